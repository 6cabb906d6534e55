package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/**
 * MULTI, EXEC, DISCARD: a transaction may be begun and is never carried out. Each of its commands
 * is refused by the connection, and EXEC answers as Redis does after such errors. Were MULTI itself
 * refused, the commands that clients send right behind it would be carried out one by one; and a
 * client that waits for the answer to MULTI would not know that it has to end what follows.
 */
final class TransactionCommands {
  private static final Reply ABORTED =
      new Reply.Error("EXECABORT Transaction discarded because of previous errors.");

  private TransactionCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        transaction("multi", "1.2.0")
            .flags("noscript", "loading", "stale", "fast", "allow_busy")
            .build(
                "Begins a transaction, of which no command is executed.",
                TransactionCommands::multi),
        transaction("exec", "1.2.0")
            .flags("noscript", "loading", "stale", "skip_slowlog")
            .build("Ends a transaction with an error.", call -> end(call, "EXEC", ABORTED)),
        transaction("discard", "2.0.0")
            .flags("noscript", "loading", "stale", "fast", "allow_busy")
            .build("Ends a transaction.", call -> end(call, "DISCARD", Reply.OK)));
  }

  private static CommandSpec.Builder transaction(String name, String since) {
    return CommandSpec.command(name, 1)
        .acl("transaction")
        .order(Order.READING)
        .since(since)
        .group("transactions");
  }

  private static void multi(Call call) {
    if (call.client().inTransaction()) {
      call.reply(Reply.err("MULTI calls can not be nested"));
    } else {
      call.client().inTransaction(true);
      call.reply(Reply.OK);
    }
  }

  private static void end(Call call, String name, Reply reply) {
    if (call.client().inTransaction()) {
      call.client().inTransaction(false);
      call.reply(reply);
    } else {
      call.reply(Reply.err(name + " without MULTI"));
    }
  }
}
