package io.cartwheel.cluster.ring;

/**
 * The name of a node, unique in its cluster: ring holder, owner and hint target are this name.
 *
 * @param value by default the announced {@code host:port}
 */
public record NodeName(String value) implements Comparable<NodeName> {
  public NodeName {
    if (value.isEmpty()
        || value.length() > 255
        || !value.chars().allMatch(c -> c > ' ' && c < 127 && c != ',')) {
      throw new IllegalArgumentException(
          "node name '" + value + "': 1 to 255 printable ASCII characters, no space, no comma");
    }
  }

  @Override
  public int compareTo(NodeName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
