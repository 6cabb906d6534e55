package io.cartwheel.resp.command.strings;

import static io.cartwheel.resp.command.strings.StringCommands.string;

import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.Reads;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.update.KeyUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** GET, MGET, STRLEN, GETRANGE, SUBSTR. */
final class ReadCommands {
  private static final Reply EMPTY_BULK = new Reply.Bulk(new byte[0]);

  private ReadCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        string("get", -2, "1.0.0")
            .flags("readonly", "fast")
            .key("RO", "access")
            .arguments("key [CONTEXT] [R n]")
            .build(
                "Answers the value of a key; a token and all values where writes were concurrent.",
                ReplyException.handler(ReadCommands::get)),
        string("mget", -2, "1.0.0")
            .flags("readonly", "fast")
            .keys(1, -1, 1, "RO", "access")
            .tips("request_policy:multi_shard")
            .complexity("O(N), N the number of keys")
            .arguments("key [key ...]")
            .build("Answers the values of several keys.", ReadCommands::mget),
        string("strlen", 2, "2.2.0")
            .flags("readonly", "fast")
            .key("RO")
            .arguments("key")
            .build("Answers how many bytes a value has.", ReadCommands::strlen),
        string("getrange", 4, "2.4.0")
            .flags("readonly")
            .key("RO", "access")
            .complexity("O(N), N the length of the answer")
            .arguments("key start end")
            .build(
                "Answers a part of a value, from one index to another.",
                ReplyException.handler(ReadCommands::getRange)),
        string("substr", 4, "1.0.0")
            .flags("readonly")
            .key("RO", "access")
            .complexity("O(N), N the length of the answer")
            .arguments("key start end")
            .build("The old name of GETRANGE.", ReplyException.handler(ReadCommands::getRange)));
  }

  private static void get(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    if (call.argc() == 2) {
      Reads.one(call, key, 0, reading -> plainView(key, reading));
      return;
    }
    boolean context = false;
    int r = 0;
    for (int i = 2; i < call.argc(); i++) {
      if (Words.is(call.arg(i), "CONTEXT")) {
        context = true;
      } else if (Words.is(call.arg(i), "R") && i + 1 < call.argc()) {
        i++;
        r = Options.replicas(call, "R", key, call.arg(i));
      } else {
        throw new ReplyException(i == 2 ? Options.wrongArity("get") : Options.SYNTAX_ERROR);
      }
    }
    boolean withToken = context;
    Reads.one(
        call,
        key,
        r,
        reading -> withToken ? Reads.tokenAndValues(key, reading) : plainView(key, reading));
  }

  private static Reply plainView(byte[] key, Reading reading) {
    if (reading.isConflict()) {
      return Reads.tokenAndValues(key, reading);
    }
    Sibling only = reading.single();
    if (only == null) {
      return Reply.NULL;
    }
    Reply wrongType = KeyUpdate.wrongType(only);
    return wrongType == null ? new Reply.Bulk(only.value()) : wrongType;
  }

  private static void mget(Call call) {
    List<byte[]> keys = Arrays.asList(call.argv()).subList(1, call.argc());
    Reads.each(
        call,
        keys,
        readings -> {
          List<Reply> values = new ArrayList<>(keys.size());
          for (int i = 0; i < keys.size(); i++) {
            Reply value = plainView(keys.get(i), readings.get(i));
            // As in Redis: what is no string is as if it were not there.
            values.add(value instanceof Reply.Error ? Reply.NULL : value);
          }
          return new Reply.Array(values);
        });
  }

  private static void strlen(Call call) {
    Reads.string(
        call,
        call.arg(1),
        value -> value == null ? Reply.ZERO : Reply.integer(value.value().length));
  }

  private static void getRange(Call call) throws ReplyException {
    long start = Options.integer(call.arg(2));
    long end = Options.integer(call.arg(3));
    Reads.string(
        call, call.arg(1), value -> value == null ? EMPTY_BULK : part(value.value(), start, end));
  }

  /** Negative indexes count from the end; both ends are included. */
  private static Reply part(byte[] value, long start, long end) {
    if (start < 0 && end < 0 && start > end) {
      return EMPTY_BULK;
    }
    long from = Math.max(0, start < 0 ? value.length + start : start);
    long to = Math.min(value.length - 1, Math.max(0, end < 0 ? value.length + end : end));
    return from > to
        ? EMPTY_BULK
        : new Reply.Bulk(Arrays.copyOfRange(value, (int) from, (int) to + 1));
  }
}
