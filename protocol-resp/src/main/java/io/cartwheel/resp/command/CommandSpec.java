package io.cartwheel.resp.command;

import java.util.List;
import java.util.Set;

/**
 * One command as data; also what COMMAND answers.
 *
 * @param name in lower case; a subcommand's is {@code client|list}
 * @param arity as in Redis: exact, or minus the least number of words
 * @param flags Redis's words: write, readonly, fast, loading, stale, noscript, no_auth, admin...
 * @param firstKey index of the first key, 0 for none
 * @param lastKey index of the last, negative counted from the end
 * @param keyStep from key to key
 * @param order how the command keeps its place among those of its connection
 * @param aclCategories Redis's words without the at sign
 * @param docs for COMMAND DOCS
 * @param handler null for a command that has only subcommands
 * @param subcommands empty for none
 */
public record CommandSpec(
    String name,
    int arity,
    Set<String> flags,
    int firstKey,
    int lastKey,
    int keyStep,
    Order order,
    Set<String> aclCategories,
    Docs docs,
    Handler handler,
    List<CommandSpec> subcommands) {

  /** How a command keeps its place among those of its connection. */
  public enum Order {
    /**
     * Concerns only this connection or this node: takes effect when it is read, after all earlier
     * ones were begun.
     */
    LOCAL,
    /** Waits for the earlier commands on its keys. */
    KEYS,
    /** Waits for all earlier commands, and all later ones wait for it. */
    ALL
  }

  /**
   * @param summary one sentence of our own
   * @param since Redis's version of it, or ours
   * @param group string, generic, connection, server, cluster, ring
   * @param complexity as O(...)
   * @param arguments the syntax in redis-cli's notation, without the name
   */
  public record Docs(
      String summary, String since, String group, String complexity, String arguments) {}
}
