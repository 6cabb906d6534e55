package io.cartwheel.resp.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * One command as data; also what COMMAND answers. Made by {@link #command} and {@link #subcommand}.
 *
 * @param name in lower case; a subcommand's is {@code client|list}
 * @param arity as in Redis: exact, or minus the least number of words
 * @param flags Redis's words: write, readonly, fast, loading, stale, noscript, no_auth, admin...
 * @param firstKey index of the first key, 0 for none
 * @param lastKey index of the last, negative counted from the end
 * @param keyStep from key to key
 * @param keyFlags what is done to the keys, in Redis's words: RO, RW, OW, RM, access, update,
 *     insert, delete
 * @param order how the command keeps its place among those of its connection
 * @param aclCategories Redis's words without the at sign; those that follow from the flags are
 *     among them
 * @param tips Redis's hints for clients and proxies
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
    Set<String> keyFlags,
    Order order,
    Set<String> aclCategories,
    List<String> tips,
    Docs docs,
    Handler handler,
    List<CommandSpec> subcommands) {

  /** The key flag that says that the others depend on the command's options. */
  public static final String VARIABLE_FLAGS = "variable_flags";

  /** How a command keeps its place among those of its connection. */
  public enum Order {
    /**
     * Affects the reading of later commands: takes effect as soon as it is read, whatever waits;
     * its reply keeps its place.
     */
    READING,
    /**
     * Concerns only this connection or this node: takes effect after all earlier ones were begun.
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

  /** Whether a command of so many words, the name included, fits. */
  public boolean fits(int argc) {
    return arity >= 0 ? argc == arity : argc >= -arity;
  }

  public boolean has(String flag) {
    return flags.contains(flag);
  }

  /** The keys in the words of a command that {@link #fits}; perhaps one of them twice. */
  public List<byte[]> keysOf(byte[][] argv) {
    if (firstKey == 0) {
      return List.of();
    }
    int last = Math.min(lastKey >= 0 ? lastKey : argv.length + lastKey, argv.length - 1);
    if (last == firstKey) {
      return List.of(argv[last]);
    }
    List<byte[]> keys = new ArrayList<>();
    for (int i = firstKey; i <= last; i += keyStep) {
      keys.add(argv[i]);
    }
    return keys;
  }

  /** The subcommand of this name, in any case, without the command's own; or null. */
  public CommandSpec subcommand(byte[] word) {
    for (CommandSpec candidate : subcommands) {
      if (Words.equal(word, candidate.name, name.length() + 1)) {
        return candidate;
      }
    }
    return null;
  }

  /** Begins a command. */
  public static Builder command(String name, int arity) {
    return new Builder(name, arity);
  }

  /** Begins a subcommand; the command's own name counts in the arity, as in Redis. */
  public static Builder subcommand(String command, String name, int arity) {
    return new Builder(command + "|" + name, arity);
  }

  /** Gathers the parts of a command. What is not said is empty, and the order follows the keys. */
  public static final class Builder {
    private static final List<String> CATEGORY_GROUPS = List.of("string", "connection");

    private final String name;
    private final int arity;
    private Set<String> flags = new TreeSet<>();
    private int firstKey;
    private int lastKey;
    private int keyStep;
    private Set<String> keyFlags = Set.of();
    private Order order;
    private final Set<String> aclCategories = new TreeSet<>();
    private List<String> tips = List.of();
    private String since = "0.1.0";
    private String group = "generic";
    private String complexity = "O(1)";
    private String arguments = "";
    private List<CommandSpec> subcommands = List.of();

    private Builder(String name, int arity) {
      this.name = name.toLowerCase(Locale.ROOT);
      this.arity = arity;
    }

    public Builder flags(String... words) {
      flags = new TreeSet<>(List.of(words));
      return this;
    }

    /** One key, the first word after the name. */
    public Builder key(String... keyFlagWords) {
      return keys(1, 1, 1, keyFlagWords);
    }

    public Builder keys(int first, int last, int step, String... keyFlagWords) {
      firstKey = first;
      lastKey = last;
      keyStep = step;
      keyFlags = new TreeSet<>(List.of(keyFlagWords));
      return this;
    }

    public Builder order(Order value) {
      order = value;
      return this;
    }

    /** Those beyond what the flags say. */
    public Builder acl(String... categories) {
      aclCategories.addAll(List.of(categories));
      return this;
    }

    public Builder tips(String... words) {
      tips = List.of(words);
      return this;
    }

    public Builder since(String version) {
      since = version;
      return this;
    }

    /** Also the ACL category of that name, where Redis has one. */
    public Builder group(String value) {
      group = value;
      return this;
    }

    public Builder complexity(String value) {
      complexity = value;
      return this;
    }

    /** The syntax in redis-cli's notation, without the name. */
    public Builder arguments(String notation) {
      arguments = notation;
      return this;
    }

    public Builder subcommands(List<CommandSpec> specs) {
      subcommands = List.copyOf(specs);
      return this;
    }

    /**
     * @param summary one sentence of our own
     * @param handler null for a command that has only subcommands
     */
    public CommandSpec build(String summary, Handler handler) {
      Order chosen = order != null ? order : firstKey > 0 ? Order.KEYS : Order.LOCAL;
      return new CommandSpec(
          name,
          arity,
          flags,
          firstKey,
          lastKey,
          keyStep,
          keyFlags,
          chosen,
          allCategories(),
          tips,
          new Docs(summary, since, group, complexity, arguments),
          handler,
          subcommands);
    }

    /** As Redis derives them from the flags. */
    private Set<String> allCategories() {
      Set<String> all = new TreeSet<>(aclCategories);
      if (flags.contains("write")) {
        all.add("write");
      }
      if (flags.contains("readonly")) {
        all.add("read");
      }
      if (flags.contains("admin")) {
        all.addAll(List.of("admin", "dangerous"));
      }
      all.add(flags.contains("fast") ? "fast" : "slow");
      if (subcommands.isEmpty() && CATEGORY_GROUPS.contains(group)) {
        all.add(group);
      }
      if (firstKey > 0 && group.equals("generic")) {
        all.add("keyspace");
      }
      return all;
    }
  }
}
