package io.cartwheel.resp.command.strings;

import static io.cartwheel.resp.command.strings.StringCommands.string;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.quorum.Expiry;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.Reads;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Writes;
import io.cartwheel.resp.command.update.AppendUpdate;
import io.cartwheel.resp.command.update.GetDeleteUpdate;
import io.cartwheel.resp.command.update.GetExpireUpdate;
import io.cartwheel.resp.command.update.IncrementFloatUpdate;
import io.cartwheel.resp.command.update.IncrementUpdate;
import io.cartwheel.resp.command.update.SetRangeUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/** GETDEL, GETEX, APPEND, SETRANGE, and counting. */
final class ChangeCommands {

  private ChangeCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        string("getdel", 2, "6.2.0")
            .flags("write", "fast")
            .key("RW", "access", "delete")
            .arguments("key")
            .build(
                "Answers the value of a key and deletes it.",
                call -> Writes.exchange(call, call.arg(1), new GetDeleteUpdate(), 0)),
        string("getex", -2, "6.2.0")
            .flags("write", "fast")
            .key("RW", "access", "update")
            .arguments(
                "key [EX seconds | PX milliseconds | EXAT unix-time-seconds |"
                    + " PXAT unix-time-milliseconds | PERSIST]")
            .build(
                "Answers the value of a key and sets or removes its expiry.",
                ReplyException.handler(ChangeCommands::getex)),
        string("append", 3, "2.0.0")
            .flags("write", "denyoom", "fast")
            .key("RW", "insert")
            .complexity("O(N), N the length of the value")
            .arguments("key value")
            .build(
                "Adds bytes to the end of a value and answers its new length.",
                ReplyException.handler(ChangeCommands::append)),
        string("setrange", 4, "2.2.0")
            .flags("write", "denyoom")
            .key("RW", "update")
            .complexity("O(N), N the length of the value")
            .arguments("key offset value")
            .build(
                "Overwrites a part of a value and answers its new length.",
                ReplyException.handler(ChangeCommands::setRange)),
        counting("incr", 2, "1.0.0", "key")
            .build("Adds one to a number.", call -> increment(call, 1)),
        counting("decr", 2, "1.0.0", "key")
            .build("Takes one from a number.", call -> increment(call, -1)),
        counting("incrby", 3, "1.0.0", "key increment")
            .build(
                "Adds to a number.",
                ReplyException.handler(call -> increment(call, Options.integer(call.arg(2))))),
        counting("decrby", 3, "1.0.0", "key decrement")
            .build("Takes from a number.", ReplyException.handler(ChangeCommands::decrby)),
        counting("incrbyfloat", 3, "2.6.0", "key increment")
            .build("Adds to a number with a fraction.", ChangeCommands::incrementFloat));
  }

  private static CommandSpec.Builder counting(
      String name, int arity, String since, String arguments) {
    return string(name, arity, since)
        .flags("write", "denyoom", "fast")
        .key("RW", "access", "update")
        .arguments(arguments);
  }

  private static void getex(Call call) throws ReplyException {
    SetOptions options = SetOptions.ofGetex(call);
    byte[] key = call.arg(1);
    if (options.persist) {
      Writes.exchange(call, key, new GetExpireUpdate(Sibling.NO_EXPIRY), 0);
    } else if (options.unit == null) {
      Reads.string(call, key, ChangeCommands::valueOrNull);
    } else {
      long expiry;
      try {
        expiry = Expiry.ofValue(call, options.time, options.unit);
      } catch (ReplyException e) {
        // As in Redis, a bad time is an error only where there is something to expire.
        Reads.string(call, key, value -> value == null ? Reply.NULL : e.reply());
        return;
      }
      Writes.exchange(call, key, new GetExpireUpdate(expiry), 0);
    }
  }

  private static Reply valueOrNull(Sibling value) {
    return value == null ? Reply.NULL : new Reply.Bulk(value.value());
  }

  private static void append(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    byte[] suffix = Options.value(call, call.arg(2));
    Writes.readModifyWrite(
        call,
        key,
        new AppendUpdate(
            suffix, Expiry.ofKeyspace(call, key), call.services().config().maxValueSizeBytes()),
        0);
  }

  private static void setRange(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    long offset = Options.integer(call.arg(2));
    if (offset < 0) {
      throw new ReplyException(Reply.err("offset is out of range"));
    }
    byte[] part = Options.value(call, call.arg(3));
    Writes.readModifyWrite(
        call,
        key,
        new SetRangeUpdate(
            offset,
            part,
            Expiry.ofKeyspace(call, key),
            call.services().config().maxValueSizeBytes()),
        0);
  }

  private static void increment(Call call, long delta) {
    byte[] key = call.arg(1);
    Writes.readModifyWrite(call, key, new IncrementUpdate(delta, Expiry.ofKeyspace(call, key)), 0);
  }

  private static void decrby(Call call) throws ReplyException {
    long delta = Options.integer(call.arg(2));
    if (delta == Long.MIN_VALUE) {
      throw new ReplyException(Reply.err("decrement would overflow"));
    }
    increment(call, -delta);
  }

  private static void incrementFloat(Call call) {
    byte[] key = call.arg(1);
    Writes.readModifyWrite(
        call, key, new IncrementFloatUpdate(call.arg(2), Expiry.ofKeyspace(call, key)), 0);
  }
}
