package io.cartwheel.resp.command.quorum;

import io.cartwheel.resp.command.Handler;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** What HELP answers, in Redis's layout: a syntax, and below it, indented, what it does. */
public final class Help {
  private Help() {}

  /**
   * @param command in upper case
   * @param lines syntax and description in turn
   */
  public static Handler of(String command, String... lines) {
    List<Reply> text = new ArrayList<>();
    text.add(
        new Reply.Simple(command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for (int i = 0; i < lines.length; i++) {
      text.add(new Reply.Simple((i % 2 == 0 ? "" : "    ") + lines[i]));
    }
    text.add(new Reply.Simple("HELP"));
    text.add(new Reply.Simple("    Prints this help."));
    Reply reply = new Reply.Array(List.copyOf(text));
    return call -> call.reply(reply);
  }
}
