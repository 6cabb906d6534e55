package io.cartwheel.storage;

/**
 * The name of a table: lower-case letters, digits and dashes.
 *
 * @param name the name under which an engine keeps it
 */
public record Table(String name) {
  public Table {
    if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "table name '" + name + "': lower-case letters, digits and dashes, at most 63");
    }
  }
}
