package io.cartwheel.resp.command.keys;

import static io.cartwheel.resp.command.keys.KeyCommands.generic;

import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.GlobPattern;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Failures;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Walk;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** KEYS, SCAN, RANDOMKEY. */
final class WalkCommands {
  private static final int DEFAULT_COUNT = 10;

  /** However large a COUNT: a page is held in memory, and fits one message between nodes. */
  private static final int MAX_COUNT = 10_000;

  private static final int MAX_CURSOR_DIGITS = 20;

  private WalkCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        generic("keys", 2, "1.0.0")
            .flags("readonly")
            .acl("keyspace", "dangerous")
            .order(Order.ALL)
            .tips("request_policy:all_shards", "nondeterministic_output_order")
            .complexity("O(N), N the number of keys in the cluster")
            .arguments("pattern")
            .build("Answers all keys that match a pattern.", WalkCommands::keys),
        generic("scan", -2, "2.8.0")
            .flags("readonly")
            .acl("keyspace")
            .order(Order.ALL)
            .tips("nondeterministic_output", "request_policy:special")
            .complexity("O(1) for each call, O(N) for all keys")
            .arguments("cursor [MATCH pattern] [COUNT count] [TYPE type]")
            .build(
                "Answers some keys and the cursor for more; works across nodes and restarts.",
                ReplyException.handler(WalkCommands::scan)),
        generic("randomkey", 1, "1.0.0")
            .flags("readonly")
            .acl("keyspace")
            .order(Order.ALL)
            .tips("request_policy:all_shards", "nondeterministic_output")
            .build("Answers some key.", WalkCommands::randomKey));
  }

  private static void keys(Call call) {
    GlobPattern pattern = new GlobPattern(call.arg(1));
    Walk.gather(
        call.services().coordinator(),
        0,
        0,
        Long.MAX_VALUE,
        pattern::matches,
        (keys, failure) -> call.reply(failure == null ? bulks(keys) : Failures.reply(failure)));
  }

  private static void scan(Call call) throws ReplyException {
    long cursor = cursor(call.arg(1));
    GlobPattern pattern = null;
    boolean strings = true;
    long count = DEFAULT_COUNT;
    for (int i = 2; i < call.argc(); i += 2) {
      if (i + 1 == call.argc()) {
        throw new ReplyException(Options.SYNTAX_ERROR);
      }
      byte[] value = call.arg(i + 1);
      if (Words.is(call.arg(i), "COUNT")) {
        count = Options.integer(value);
        if (count < 1) {
          throw new ReplyException(Options.SYNTAX_ERROR);
        }
      } else if (Words.is(call.arg(i), "MATCH")) {
        pattern = new GlobPattern(value);
      } else if (Words.is(call.arg(i), "TYPE")) {
        strings = Words.is(value, "string");
      } else {
        throw new ReplyException(Options.SYNTAX_ERROR);
      }
    }
    page(call, cursor, (int) Math.min(count, MAX_COUNT), strings ? pattern : null, strings);
  }

  private static void page(
      Call call, long cursor, int count, GlobPattern pattern, boolean strings) {
    long from = cursor << (64 - Walk.CURSOR_BITS);
    call.services()
        .coordinator()
        .scan(
            new ScanRequest(from, 0, count, Walk.CURSOR_BITS),
            page -> {
              if (page.failure() != null) {
                call.reply(Failures.reply(page.failure()));
                return;
              }
              List<byte[]> matching = new ArrayList<>();
              for (byte[] key : page.keys()) {
                if (strings && (pattern == null || pattern.matches(key))) {
                  matching.add(key);
                }
              }
              String next = Long.toString(page.next() >>> (64 - Walk.CURSOR_BITS));
              call.reply(new Reply.Array(List.of(Reply.bulk(next), bulks(matching))));
            });
  }

  private static long cursor(byte[] word) throws ReplyException {
    long value = 0;
    boolean valid = word.length > 0 && word.length <= MAX_CURSOR_DIGITS;
    for (int i = 0; valid && i < word.length; i++) {
      int digit = word[i] - '0';
      value = value * 10 + digit;
      valid = digit >= 0 && digit <= 9 && value < 1L << Walk.CURSOR_BITS;
    }
    if (!valid) {
      throw new ReplyException(Reply.err("invalid cursor"));
    }
    return value;
  }

  private static void randomKey(Call call) {
    call.services()
        .coordinator()
        .randomKey(
            result ->
                call.reply(
                    result.failure() == null
                        ? Reply.bulk(result.key())
                        : Failures.reply(result.failure())));
  }

  private static Reply bulks(List<byte[]> keys) {
    List<Reply> items = new ArrayList<>(keys.size());
    for (byte[] key : keys) {
      items.add(new Reply.Bulk(key));
    }
    return new Reply.Array(items);
  }
}
