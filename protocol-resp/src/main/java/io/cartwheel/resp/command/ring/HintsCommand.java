package io.cartwheel.resp.command.ring;

import io.cartwheel.cluster.node.HintsView;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.protocol.Reply;
import java.util.Map;
import java.util.SortedMap;

/** RING HINTS: what the node spoken to keeps for others. */
final class HintsCommand {
  private HintsCommand() {}

  static void run(Call call) throws ReplyException {
    HintsView hints = call.services().ring().hints();
    if (call.argc() == 2) {
      long nowMillis = call.services().coordinator().nowMillis();
      hints.held(held -> call.reply(new Reply.Verbatim(lines(held, hints.isPaused(), nowMillis))));
    } else if (call.argc() == 3 && Words.is(call.arg(2), "PAUSE")) {
      hints.pause();
      call.reply(Reply.OK);
    } else if (call.argc() == 3 && Words.is(call.arg(2), "RESUME")) {
      hints.resume();
      call.reply(Reply.OK);
    } else if (call.argc() >= 4 && call.argc() <= 5 && Words.is(call.arg(2), "DROP")) {
      drop(call, hints);
    } else {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
  }

  private static void drop(Call call, HintsView hints) throws ReplyException {
    NodeName target = RingCommands.requireMember(call.services().ring(), call.arg(3));
    if (call.argc() == 4) {
      throw new ReplyException(
          new Reply.Error(
              "ERR what "
                  + target
                  + " has missed would reach it by repair only; RING HINTS DROP "
                  + target
                  + " CONFIRM does it"));
    }
    if (!Words.is(call.arg(4), "CONFIRM")) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    hints.drop(target, dropped -> call.reply(Reply.integer(dropped)));
  }

  private static String lines(
      SortedMap<NodeName, HintsView.Held> all, boolean paused, long nowMillis) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<NodeName, HintsView.Held> entry : all.entrySet()) {
      HintsView.Held held = entry.getValue();
      new Line(text)
          .pair("target", entry.getKey())
          .pair("count", held.count())
          .pair("bytes", held.bytes())
          .pair("oldest-ms", Math.max(0, nowMillis - held.oldestMillis()))
          .pair("paused", paused ? "yes" : "no")
          .end();
    }
    return text.toString();
  }
}
