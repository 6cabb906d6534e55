package io.cartwheel.resp.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All commands of this server by name. Immutable. */
public final class CommandTable {
  private final Map<String, CommandSpec> byName = new TreeMap<>();

  /** Buckets by a hash of the lower-case name: found without making a string. */
  private final CommandSpec[][] buckets = new CommandSpec[1024][];

  public CommandTable(List<CommandSpec> commands) {
    for (CommandSpec command : commands) {
      if (byName.put(command.name(), command) != null) {
        throw new IllegalArgumentException("two commands named " + command.name());
      }
    }
    for (CommandSpec command : byName.values()) {
      int bucket = bucketOf(command.name().getBytes(StandardCharsets.US_ASCII));
      CommandSpec[] before = buckets[bucket] == null ? new CommandSpec[0] : buckets[bucket];
      buckets[bucket] = Arrays.copyOf(before, before.length + 1);
      buckets[bucket][before.length] = command;
    }
  }

  /** The command of this name, in any case, or null. */
  public CommandSpec find(byte[] name) {
    CommandSpec[] candidates = buckets[bucketOf(name)];
    if (candidates != null) {
      for (CommandSpec candidate : candidates) {
        if (Words.is(name, candidate.name())) {
          return candidate;
        }
      }
    }
    return null;
  }

  /** As {@link #find(byte[])}. */
  public CommandSpec find(String name) {
    return find(name.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The command or subcommand that these words call, or null; only names are looked at. */
  public CommandSpec resolve(byte[][] argv) {
    CommandSpec command = find(argv[0]);
    if (command == null || command.subcommands().isEmpty() || argv.length < 2) {
      return command;
    }
    return command.subcommand(argv[1]);
  }

  /** All, in order of their names. */
  public List<CommandSpec> all() {
    return new ArrayList<>(byName.values());
  }

  private int bucketOf(byte[] name) {
    int hash = 0;
    for (byte b : name) {
      hash = hash * 31 + Words.lower(b);
    }
    return (hash ^ (hash >>> 10)) & (buckets.length - 1);
  }
}
