package io.cartwheel.resp.command.strings;

import io.cartwheel.resp.command.CommandSpec;
import java.util.ArrayList;
import java.util.List;

/** All commands on strings. */
public final class StringCommands {
  private StringCommands() {}

  public static List<CommandSpec> specs() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ReadCommands.specs());
    all.addAll(SetCommands.specs());
    all.addAll(ChangeCommands.specs());
    return all;
  }

  /** Begins a command of this group. */
  static CommandSpec.Builder string(String name, int arity, String since) {
    return CommandSpec.command(name, arity).group("string").since(since);
  }
}
