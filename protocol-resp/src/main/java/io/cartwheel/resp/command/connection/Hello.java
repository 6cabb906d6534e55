package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.RedisNumbers;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;
import java.util.OptionalLong;

/** HELLO: nothing is changed unless all of it is right, but that AUTH stands once it was right. */
final class Hello {
  private Hello() {}

  static void execute(Call call) {
    int version = call.client().protocolVersion();
    if (call.argc() > 1) {
      OptionalLong wanted = RedisNumbers.parseLong(call.arg(1));
      if (wanted.isEmpty()) {
        call.reply(Reply.err("Protocol version is not an integer or out of range"));
        return;
      }
      if (wanted.getAsLong() < 2 || wanted.getAsLong() > 3) {
        call.reply(new Reply.Error("NOPROTO unsupported protocol version"));
        return;
      }
      version = (int) wanted.getAsLong();
    }
    Reply wrong = options(call);
    if (wrong != null) {
      call.reply(wrong);
      return;
    }
    call.client().protocolVersion(version);
    call.reply(greeting(call, version));
  }

  /** Carries out AUTH and SETNAME; null, or what is wrong. */
  private static Reply options(Call call) {
    byte[] name = null;
    for (int i = 2; i < call.argc(); i++) {
      int following = call.argc() - 1 - i;
      if (Words.is(call.arg(i), "auth") && following >= 2) {
        Reply wrong = Authentication.check(call, call.arg(i + 1), call.arg(i + 2));
        if (wrong != null) {
          return wrong;
        }
        i += 2;
      } else if (Words.is(call.arg(i), "setname") && following >= 1) {
        name = call.arg(i + 1);
        if (!ConnectionCommands.isPrintable(name)) {
          return ConnectionCommands.setName(call.client(), name);
        }
        i++;
      } else {
        return Reply.err("Syntax error in HELLO option '" + Words.text(call.arg(i), 128) + "'");
      }
    }
    if (!call.client().isAuthenticated()) {
      return new Reply.Error(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " <proto> AUTH <user> <pass> option can be used to authenticate the client and"
              + " select the RESP protocol version at the same time");
    }
    if (name != null) {
      call.client().name(Words.text(name));
    }
    return null;
  }

  private static Reply greeting(Call call, int version) {
    return new Reply.Map(
        List.of(
            Reply.bulk("server"), Reply.bulk("redis"),
            Reply.bulk("version"), Reply.bulk(ConnectionCommands.REDIS_VERSION),
            Reply.bulk("proto"), new Reply.Int(version),
            Reply.bulk("id"), new Reply.Int(call.client().id()),
            Reply.bulk("mode"), Reply.bulk("cluster"),
            Reply.bulk("role"), Reply.bulk("master"),
            Reply.bulk("modules"), Reply.EMPTY_ARRAY));
  }
}
