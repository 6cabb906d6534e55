package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Client;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.RedisNumbers;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * PING, ECHO, QUIT, RESET, HELLO, SELECT, AUTH, TIME, and the tables of MULTI, CLIENT and COMMAND.
 */
public final class ConnectionCommands {
  /** What INFO and HELLO call this server: the Redis whose commands it speaks. */
  public static final String REDIS_VERSION = "7.2.0";

  private static final String GROUP = "connection";
  private static final String[] EARLY = {
    "noscript", "loading", "stale", "fast", "no_auth", "allow_busy"
  };
  private static final long MICROS_PER_MILLI = 1000;

  private ConnectionCommands() {}

  /** All of them. */
  public static List<CommandSpec> specs() {
    List<CommandSpec> all = new ArrayList<>(plain());
    all.addAll(reading());
    all.addAll(TransactionCommands.specs());
    all.add(ClientCommands.spec());
    all.add(CommandCommands.spec());
    return all;
  }

  private static List<CommandSpec> plain() {
    return List.of(
        CommandSpec.command("ping", -1)
            .flags("fast")
            .tips("request_policy:all_shards", "response_policy:all_succeeded")
            .since("1.0.0")
            .group(GROUP)
            .arguments("[message]")
            .build("Answers PONG, or the message.", ConnectionCommands::ping),
        CommandSpec.command("echo", 2)
            .flags("loading", "stale", "fast")
            .since("1.0.0")
            .group(GROUP)
            .arguments("message")
            .build("Answers the message.", call -> call.reply(Reply.bulk(call.arg(1)))),
        CommandSpec.command("time", 1)
            .flags("loading", "stale", "fast")
            .tips("nondeterministic_output")
            .since("2.6.0")
            .group("server")
            .build("Tells this node's time.", ConnectionCommands::time));
  }

  private static List<CommandSpec> reading() {
    return List.of(
        CommandSpec.command("quit", -1)
            .flags(EARLY)
            .order(Order.READING)
            .since("1.0.0")
            .group(GROUP)
            .build("Closes the connection.", ConnectionCommands::quit),
        CommandSpec.command("reset", 1)
            .flags(EARLY)
            .order(Order.READING)
            .since("6.2.0")
            .group(GROUP)
            .build("Puts the connection into the state of a new one.", ConnectionCommands::reset),
        CommandSpec.command("hello", -1)
            .flags(EARLY)
            .order(Order.READING)
            .since("6.0.0")
            .group(GROUP)
            .arguments("[protover [AUTH username password] [SETNAME clientname]]")
            .build("Begins a conversation in a version of the protocol.", Hello::execute),
        CommandSpec.command("select", 2)
            .flags("loading", "stale", "fast")
            .order(Order.READING)
            .since("1.0.0")
            .group(GROUP)
            .arguments("index")
            .build("Chooses the database; there is only 0.", ConnectionCommands::select),
        CommandSpec.command("auth", -2)
            .flags(EARLY)
            .order(Order.READING)
            .since("1.0.0")
            .group(GROUP)
            .complexity("O(N) where N is the length of the password")
            .arguments("[username] password")
            .build("Authenticates the connection.", Authentication::execute));
  }

  private static void ping(Call call) {
    if (call.argc() > 2) {
      call.reply(Reply.err("wrong number of arguments for 'ping' command"));
    } else {
      call.reply(call.argc() == 1 ? Reply.PONG : Reply.bulk(call.arg(1)));
    }
  }

  private static void quit(Call call) {
    call.client().closeAfterReplies();
    call.reply(Reply.OK);
  }

  private static void reset(Call call) {
    Client client = call.client();
    client.inTransaction(false);
    client.protocolVersion(2);
    client.name("");
    client.noTouch(false);
    client.noEvict(false);
    client.replyMode(Client.ReplyMode.ON);
    client.authenticated(!call.services().config().passwordRequired());
    call.reply(new Reply.Simple("RESET"));
  }

  private static void select(Call call) {
    OptionalLong index = RedisNumbers.parseLong(call.arg(1));
    if (index.isEmpty()) {
      call.reply(Reply.err("value is not an integer or out of range"));
    } else if (index.getAsLong() != (int) index.getAsLong()) {
      call.reply(Reply.err("value is out of range, value must between -2147483648 and 2147483647"));
    } else if (index.getAsLong() != 0) {
      call.reply(Reply.err("DB index is out of range"));
    } else {
      call.reply(Reply.OK);
    }
  }

  private static void time(Call call) {
    long micros = call.services().coordinator().nowMillis() * MICROS_PER_MILLI;
    call.reply(
        new Reply.Array(
            List.of(
                Reply.bulk(Long.toString(micros / 1_000_000)),
                Reply.bulk(Long.toString(micros % 1_000_000)))));
  }

  /** Redis's condition: what a line of CLIENT LIST can show. */
  static boolean isPrintable(byte[] word) {
    for (byte b : word) {
      if (b < '!' || b > '~') {
        return false;
      }
    }
    return true;
  }

  /** Gives the connection a name, or says why not. */
  static Reply setName(Client client, byte[] name) {
    if (!isPrintable(name)) {
      return Reply.err("Client names cannot contain spaces, newlines or special characters.");
    }
    client.name(Words.text(name));
    return Reply.OK;
  }
}
