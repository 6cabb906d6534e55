package io.cartwheel.resp.command.keys;

import static io.cartwheel.resp.command.keys.KeyCommands.generic;
import static io.cartwheel.resp.command.update.ExpireUpdate.IF_EARLIER;
import static io.cartwheel.resp.command.update.ExpireUpdate.IF_EXISTS;
import static io.cartwheel.resp.command.update.ExpireUpdate.IF_LATER;
import static io.cartwheel.resp.command.update.ExpireUpdate.IF_NONE;

import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Expiry;
import io.cartwheel.resp.command.quorum.Reads;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Writes;
import io.cartwheel.resp.command.update.ExpireUpdate;
import io.cartwheel.resp.command.update.PersistUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/** EXPIRE, TTL, EXPIRETIME in all units, and PERSIST. */
final class ExpiryCommands {
  private static final long NO_KEY = -2;
  private static final long NO_EXPIRY = -1;

  private ExpiryCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        expire("expire", "1.0.0", "seconds")
            .build(
                "Lets a key expire after so many seconds.",
                ReplyException.handler(call -> expire(call, Expiry.Unit.EX))),
        expire("pexpire", "2.6.0", "milliseconds")
            .build(
                "Lets a key expire after so many milliseconds.",
                ReplyException.handler(call -> expire(call, Expiry.Unit.PX))),
        expire("expireat", "1.2.0", "unix-time-seconds")
            .build(
                "Lets a key expire at a time in seconds.",
                ReplyException.handler(call -> expire(call, Expiry.Unit.EXAT))),
        expire("pexpireat", "2.6.0", "unix-time-milliseconds")
            .build(
                "Lets a key expire at a time in milliseconds.",
                ReplyException.handler(call -> expire(call, Expiry.Unit.PXAT))),
        read("ttl", "1.0.0")
            .tips("nondeterministic_output")
            .build("Answers in how many seconds a key expires.", call -> ttl(call, true, true)),
        read("pttl", "2.6.0")
            .tips("nondeterministic_output")
            .build(
                "Answers in how many milliseconds a key expires.", call -> ttl(call, false, true)),
        read("expiretime", "7.0.0")
            .build("Answers the second at which a key expires.", call -> ttl(call, true, false)),
        read("pexpiretime", "7.0.0")
            .build(
                "Answers the millisecond at which a key expires.", call -> ttl(call, false, false)),
        generic("persist", 2, "2.2.0")
            .flags("write", "fast")
            .key("RW", "update")
            .arguments("key")
            .build(
                "Takes the expiry of a key away.",
                call -> Writes.readModifyWrite(call, call.arg(1), new PersistUpdate(), 0)));
  }

  private static CommandSpec.Builder expire(String name, String since, String timeArgument) {
    return generic(name, -3, since)
        .flags("write", "fast")
        .key("RW", "update")
        .arguments("key " + timeArgument + " [NX | XX | GT | LT]");
  }

  private static CommandSpec.Builder read(String name, String since) {
    return generic(name, 2, since).flags("readonly", "fast").key("RO", "access").arguments("key");
  }

  private static void expire(Call call, Expiry.Unit unit) throws ReplyException {
    int flags = 0;
    for (int i = 3; i < call.argc(); i++) {
      flags |= condition(call.arg(i));
    }
    if ((flags & IF_NONE) != 0 && flags != IF_NONE) {
      throw new ReplyException(
          Reply.err("NX and XX, GT or LT options at the same time are not compatible"));
    }
    if ((flags & IF_LATER) != 0 && (flags & IF_EARLIER) != 0) {
      throw new ReplyException(Reply.err("GT and LT options at the same time are not compatible"));
    }
    long time = Expiry.ofKey(call, call.arg(2), unit);
    Writes.readModifyWrite(call, call.arg(1), new ExpireUpdate(flags, time), 0);
  }

  private static int condition(byte[] word) throws ReplyException {
    if (Words.is(word, "NX")) {
      return IF_NONE;
    } else if (Words.is(word, "XX")) {
      return IF_EXISTS;
    } else if (Words.is(word, "GT")) {
      return IF_LATER;
    } else if (Words.is(word, "LT")) {
      return IF_EARLIER;
    }
    throw new ReplyException(Reply.err("Unsupported option " + Words.text(word)));
  }

  private static void ttl(Call call, boolean seconds, boolean relative) {
    Reads.one(
        call,
        call.arg(1),
        0,
        reading -> {
          long expiry = latestExpiry(reading);
          if (expiry < 0) {
            return Reply.integer(expiry);
          }
          long now = call.services().coordinator().nowMillis();
          long millis = relative ? Math.max(0, expiry - now) : expiry;
          return Reply.integer(seconds ? roundedSeconds(millis) : millis);
        });
  }

  /** As Redis rounds: half a second up. */
  private static long roundedSeconds(long millis) {
    return millis / 1000 + (millis % 1000 >= 500 ? 1 : 0);
  }

  /** When the last of the live values is gone. */
  private static long latestExpiry(Reading reading) {
    long latest = NO_KEY;
    for (Sibling value : reading.live()) {
      if (value.expiryMillis() == Sibling.NO_EXPIRY) {
        return NO_EXPIRY;
      }
      latest = Math.max(latest, value.expiryMillis());
    }
    return latest;
  }
}
