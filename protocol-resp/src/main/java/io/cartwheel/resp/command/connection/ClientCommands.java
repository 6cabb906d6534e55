package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Client.ReplyMode;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.Handler;
import io.cartwheel.resp.command.Services.ClientFilter;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.RedisNumbers;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** CLIENT and its subcommands. They concern the node that the client speaks to. */
final class ClientCommands {
  private static final List<String> TYPES = List.of("normal", "master", "replica", "pubsub");

  private static final String[] HELP = {
    "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "GETNAME",
    "    Return the name of the current connection.",
    "ID",
    "    Return the ID of the current connection.",
    "INFO",
    "    Return information about the current client connection.",
    "KILL <ip:port>",
    "    Kill connection made from <ip:port>.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    Kill connections. Options are: ADDR <ip:port>, LADDR <ip:port>, ID <client-id>,",
    "    TYPE (NORMAL|MASTER|REPLICA|PUBSUB), USER <username>, SKIPME (YES|NO, default yes).",
    "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <client-id> [<client-id> ...]]",
    "    Return information about client connections of this node.",
    "NO-EVICT (ON|OFF)",
    "    Accepted and shown; no client is evicted.",
    "NO-TOUCH (ON|OFF)",
    "    Accepted and shown; no read touches a key.",
    "REPLY (ON|OFF|SKIP)",
    "    Control the replies sent to the current connection.",
    "SETINFO (LIB-NAME|LIB-VER) <value>",
    "    Say which library the client uses.",
    "SETNAME <name>",
    "    Assign the name <name> to the current connection.",
    "HELP",
    "    Print this help."
  };

  private ClientCommands() {}

  static CommandSpec spec() {
    return CommandSpec.command("client", -2)
        .since("2.4.0")
        .group("connection")
        .complexity("Depends on subcommand.")
        .subcommands(subcommands())
        .build("What concerns connections.", null);
  }

  private static List<CommandSpec> subcommands() {
    return List.of(
        part("getname", 2, "2.6.9", "").build("Tells the connection's name.", ClientCommands::name),
        part("help", 2, "5.0.0", "")
            .flags("loading", "stale")
            .build("Tells about the subcommands.", call -> call.reply(help(HELP))),
        part("id", 2, "5.0.0", "")
            .build(
                "Tells the connection's id.",
                call -> call.reply(new Reply.Int(call.client().id()))),
        part("info", 2, "6.2.0", "")
            .tips("nondeterministic_output")
            .build(
                "Tells about this connection.",
                call -> call.reply(new Reply.Verbatim(call.client().infoLine() + "\n"))),
        admin(
                "kill",
                -3,
                "2.4.0",
                "ip:port | [ID client-id] [TYPE type] [USER username]"
                    + " [ADDR ip:port] [LADDR ip:port] [SKIPME yes-or-no]")
            .complexity("O(N) where N is the number of connections")
            .build("Closes connections.", ClientCommands::kill),
        admin("list", -2, "2.4.0", "[TYPE type | ID client-id [client-id ...]]")
            .complexity("O(N) where N is the number of connections")
            .tips("nondeterministic_output")
            .build("Tells about the connections of this node.", ClientCommands::list),
        admin("no-evict", 3, "7.0.0", "ON | OFF")
            .build("Kept and shown.", onOff((call, on) -> call.client().noEvict(on))),
        part("no-touch", 3, "7.2.0", "ON | OFF")
            .build("Kept and shown.", onOff((call, on) -> call.client().noTouch(on))),
        part("reply", 3, "3.2.0", "ON | OFF | SKIP")
            .order(Order.READING)
            .build("Says which replies are sent.", ClientCommands::replyMode),
        part("setinfo", 4, "7.2.0", "LIB-NAME libname | LIB-VER libver")
            .build("Says which library the client uses.", ClientCommands::setInfo),
        part("setname", 3, "2.6.9", "connection-name")
            .build(
                "Names the connection.",
                call -> call.reply(ConnectionCommands.setName(call.client(), call.arg(2)))));
  }

  private static CommandSpec.Builder part(String name, int arity, String since, String arguments) {
    return CommandSpec.subcommand("client", name, arity)
        .flags("noscript", "loading", "stale")
        .since(since)
        .group("connection")
        .arguments(arguments);
  }

  private static CommandSpec.Builder admin(String name, int arity, String since, String arguments) {
    return part(name, arity, since, arguments).flags("admin", "noscript", "loading", "stale");
  }

  /** The reply of every HELP. */
  static Reply help(String... lines) {
    List<Reply> all = new ArrayList<>();
    for (String line : lines) {
      all.add(new Reply.Simple(line));
    }
    return new Reply.Array(all);
  }

  private static void name(Call call) {
    String name = call.client().name();
    call.reply(name.isEmpty() ? Reply.NULL : Reply.bulk(name));
  }

  /** Takes the word ON or OFF. */
  private interface Switch {
    void set(Call call, boolean on);
  }

  private static Handler onOff(Switch action) {
    return call -> {
      boolean on = Words.is(call.arg(2), "on");
      if (!on && !Words.is(call.arg(2), "off")) {
        call.reply(Reply.err("syntax error"));
        return;
      }
      action.set(call, on);
      call.reply(Reply.OK);
    };
  }

  private static void replyMode(Call call) {
    for (ReplyMode mode : ReplyMode.values()) {
      if (Words.is(call.arg(2), mode.name())) {
        call.client().replyMode(mode);
        call.reply(Reply.OK);
        return;
      }
    }
    call.reply(Reply.err("syntax error"));
  }

  private static void setInfo(Call call) {
    String attribute = Words.text(call.arg(2), 128).toLowerCase(Locale.ROOT);
    if (!attribute.equals("lib-name") && !attribute.equals("lib-ver")) {
      call.reply(Reply.err("Unrecognized option '" + Words.text(call.arg(2), 128) + "'"));
    } else if (!ConnectionCommands.isPrintable(call.arg(3))) {
      call.reply(Reply.err(attribute + " cannot contain spaces, newlines or special characters."));
    } else {
      call.client().libraryInfo(attribute, Words.text(call.arg(3)));
      call.reply(Reply.OK);
    }
  }

  private static void list(Call call) {
    ClientFilter filter = ClientFilter.ANY;
    if (call.argc() == 4 && Words.is(call.arg(2), "type")) {
      String type = type(call.arg(3));
      if (type == null) {
        call.reply(unknownType(call.arg(3)));
        return;
      }
      filter = new ClientFilter(List.of(), null, null, null, type, 0, -1);
    } else if (call.argc() > 3 && Words.is(call.arg(2), "id")) {
      List<Long> ids = new ArrayList<>();
      for (int i = 3; i < call.argc(); i++) {
        OptionalLong id = RedisNumbers.parseLong(call.arg(i));
        if (id.isEmpty()) {
          call.reply(Reply.err("Invalid client ID"));
          return;
        }
        ids.add(id.getAsLong());
      }
      filter = new ClientFilter(ids, null, null, null, null, 0, -1);
    } else if (call.argc() > 2) {
      call.reply(Reply.err("syntax error"));
      return;
    }
    StringBuilder lines = new StringBuilder();
    call.services().clients().infoLines(filter).forEach(line -> lines.append(line).append('\n'));
    call.reply(new Reply.Verbatim(lines.toString()));
  }

  /** One of Redis's types of clients by its name in any case, or null. */
  private static String type(byte[] word) {
    String name = Words.text(word, 16).toLowerCase(Locale.ROOT);
    return name.equals("slave") ? "replica" : TYPES.contains(name) ? name : null;
  }

  private static Reply unknownType(byte[] word) {
    return Reply.err("Unknown client type '" + Words.text(word, 128) + "'");
  }

  private static void kill(Call call) {
    if (call.argc() == 3) {
      ClientFilter byAddress =
          new ClientFilter(List.of(), Words.text(call.arg(2)), null, null, null, 0, -1);
      boolean found = call.services().clients().kill(byAddress) > 0;
      call.reply(found ? Reply.OK : Reply.err("No such client"));
      return;
    }
    KillOptions options = new KillOptions();
    for (int i = 2; i < call.argc(); i += 2) {
      Reply wrong =
          i + 1 < call.argc()
              ? options.take(call.arg(i), call.arg(i + 1))
              : Reply.err("syntax error");
      if (wrong != null) {
        call.reply(wrong);
        return;
      }
    }
    call.reply(Reply.integer(call.services().clients().kill(options.filter(call.client().id()))));
  }

  /** The filter that CLIENT KILL's newer form is given word by word. */
  private static final class KillOptions {
    private final List<Long> ids = new ArrayList<>();
    private String address;
    private String localAddress;
    private String user;
    private String type;
    private long maxAgeSeconds;
    private boolean skipMe = true;

    /** Null, or what is wrong. */
    Reply take(byte[] option, byte[] value) {
      if (Words.is(option, "id")) {
        OptionalLong id = RedisNumbers.parseLong(value);
        if (id.isEmpty() || id.getAsLong() < 1) {
          return Reply.err("client-id should be greater than 0");
        }
        ids.add(id.getAsLong());
      } else if (Words.is(option, "maxage")) {
        OptionalLong age = RedisNumbers.parseLong(value);
        if (age.isEmpty() || age.getAsLong() < 1) {
          return Reply.err("maxage is not an integer or out of range");
        }
        maxAgeSeconds = age.getAsLong();
      } else if (Words.is(option, "type")) {
        type = type(value);
        return type == null ? unknownType(value) : null;
      } else if (Words.is(option, "addr")) {
        address = Words.text(value);
      } else if (Words.is(option, "laddr")) {
        localAddress = Words.text(value);
      } else if (Words.is(option, "user")) {
        user = Words.text(value);
        return user.equals("default") ? null : Reply.err("No such user '" + user + "'");
      } else if (Words.is(option, "skipme")) {
        skipMe = Words.is(value, "yes");
        return skipMe || Words.is(value, "no") ? null : Reply.err("syntax error");
      } else {
        return Reply.err("syntax error");
      }
      return null;
    }

    ClientFilter filter(long self) {
      return new ClientFilter(
          ids, address, localAddress, user, type, maxAgeSeconds, skipMe ? self : -1);
    }
  }
}
