package io.cartwheel.resp.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** All commands of this server by name. Immutable. */
public final class CommandTable {
  private final Map<String, CommandSpec> byName = new TreeMap<>();

  public CommandTable(List<CommandSpec> commands) {
    for (CommandSpec command : commands) {
      if (byName.put(command.name(), command) != null) {
        throw new IllegalArgumentException("two commands named " + command.name());
      }
    }
  }

  /** The command of this name, in any case, or null. */
  public CommandSpec find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** All, in order of their names. */
  public List<CommandSpec> all() {
    return new ArrayList<>(byName.values());
  }
}
