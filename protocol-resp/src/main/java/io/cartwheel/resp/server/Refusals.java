package io.cartwheel.resp.server;

import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.Reply;
import java.util.Locale;
import java.util.Set;

/** Why a command is not carried out, in Redis's words. */
final class Refusals {
  static final Reply NO_AUTH = new Reply.Error("NOAUTH Authentication required.");
  static final Reply NO_TRANSACTIONS =
      Reply.err(
          "transactions are not supported: nothing is executed from MULTI up to EXEC or DISCARD");
  static final Reply BUSY =
      new Reply.Error("BUSY the command is longer than what all commands may take at this node");
  static final Reply INTERNAL = Reply.err("internal error");
  static final String MAX_CLIENTS = "-ERR max number of clients reached\r\n";

  /** Redis 7's text, to the letter: people search for it. */
  static final String PROTECTED =
      "-DENIED Redis is running in protected mode because protected mode is enabled and no password"
          + " is set for the default user. In this mode connections are only accepted from the"
          + " loopback interface. If you want to connect from external computers to Redis you may"
          + " adopt one of the following solutions: 1) Just disable protected mode sending the"
          + " command 'CONFIG SET protected-mode no' from the loopback interface by connecting to"
          + " Redis from the same host the server is running, however MAKE SURE Redis is not"
          + " publicly accessible from internet if you do so. Use CONFIG REWRITE to make this"
          + " change permanent. 2) Alternatively you can just disable the protected mode by editing"
          + " the Redis configuration file, and setting the protected mode option to 'no', and then"
          + " restarting the server. 3) If you started the server manually just for testing, restart"
          + " it with the '--protected-mode no' option. 4) Setup a an authentication password for the"
          + " default user. NOTE: You only need to do one of the above things in order for the server"
          + " to start accepting connections from the outside.\r\n";

  /** So much of what a client sent is shown to it in an error. */
  private static final int SHOWN_BYTES = 128;

  private static final Set<String> IN_TRANSACTIONS =
      Set.of("multi", "exec", "discard", "reset", "quit");

  private Refusals() {}

  /** Whether this is carried out in a transaction, too. */
  static boolean mayEndTransaction(CommandSpec spec) {
    return IN_TRANSACTIONS.contains(spec.name());
  }

  /** Whether this is an error that nobody had to be asked for. */
  static boolean isQuick(Reply reply) {
    return reply instanceof Reply.Error error && !error.text().startsWith("NOQUORUM");
  }

  /** Whether these words come from a browser that was lured here. */
  static boolean isHttp(byte[][] argv) {
    return Words.is(argv[0], "post") || Words.is(argv[0], "host:");
  }

  /** For words that name no command. */
  static Reply unknown(CommandTable table, byte[][] argv) {
    CommandSpec container = table.find(argv[0]);
    if (container != null) {
      return Reply.err(
          "unknown subcommand '"
              + Words.text(argv[1], SHOWN_BYTES)
              + "'. Try "
              + container.name().toUpperCase(Locale.ROOT)
              + " HELP.");
    }
    StringBuilder args = new StringBuilder();
    for (int i = 1; i < argv.length && args.length() < SHOWN_BYTES; i++) {
      String shown = Words.text(argv[i], SHOWN_BYTES - args.length());
      args.append('\'').append(shown).append("' ");
    }
    return Reply.err(
        "unknown command '"
            + Words.text(argv[0], SHOWN_BYTES)
            + "', with args beginning with: "
            + args);
  }

  static Reply arity(CommandSpec spec) {
    return Reply.err("wrong number of arguments for '" + spec.name() + "' command");
  }
}
