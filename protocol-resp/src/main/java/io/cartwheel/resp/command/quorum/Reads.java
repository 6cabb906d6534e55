package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.Token;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.update.KeyUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

/** Asks the replicas of keys. */
public final class Reads {
  /** As {@link Writes#AT_ONCE}. */
  private static final int AT_ONCE = Writes.AT_ONCE;

  private Reads() {}

  /**
   * Answers what {@code view} makes of the key, or the error of the failed read.
   *
   * @param r replicas to ask, 0 for the keyspace's
   */
  public static void one(Call call, byte[] key, int r, Function<Reading, Reply> view) {
    call.services()
        .coordinator()
        .get(
            new GetRequest(key, r),
            result -> {
              if (result.failure() == null) {
                call.services().frontMetrics().lookedUp(result.reading().exists());
                call.reply(view.apply(result.reading()));
              } else {
                call.reply(Failures.reply(result.failure()));
              }
            });
  }

  /**
   * Answers what {@code view} makes of the key's one value, null where there is none; the conflict
   * error where there are several.
   */
  public static void value(Call call, byte[] key, Function<Sibling, Reply> view) {
    one(call, key, 0, reading -> ofValue(reading, view));
  }

  /** As {@link #value}, of a string; the wrong-type error where it is none. */
  public static void string(Call call, byte[] key, Function<Sibling, Reply> view) {
    value(
        call,
        key,
        sibling -> {
          Reply wrongType = KeyUpdate.wrongType(sibling);
          return wrongType == null ? view.apply(sibling) : wrongType;
        });
  }

  private static Reply ofValue(Reading reading, Function<Sibling, Reply> view) {
    return reading.isConflict()
        ? KeyUpdate.conflict(reading.live().size())
        : view.apply(reading.single());
  }

  /**
   * Reads many keys, each by its own quorum, together not atomic; one that fails fails all, because
   * an answer without it would pass for a key that does not exist.
   *
   * @param view what becomes of all readings, in the order of the keys
   */
  public static void each(Call call, List<byte[]> keys, Function<List<Reading>, Reply> view) {
    AtomicReferenceArray<Reading> readings = new AtomicReferenceArray<>(keys.size());
    AtomicReference<Reply.Error> firstError = new AtomicReference<>();
    AtomicInteger succeeded = new AtomicInteger();
    Fanout.run(
        keys.size(),
        AT_ONCE,
        (index, end) ->
            call.services()
                .coordinator()
                .get(
                    new GetRequest(keys.get(index), 0),
                    result -> {
                      if (result.failure() == null) {
                        readings.set(index, result.reading());
                        call.services().frontMetrics().lookedUp(result.reading().exists());
                        succeeded.incrementAndGet();
                      } else {
                        firstError.compareAndSet(null, Failures.reply(result.failure()));
                      }
                      end.run();
                    }),
        () -> {
          Reply.Error error = firstError.get();
          if (error == null) {
            List<Reading> all = new ArrayList<>(keys.size());
            for (int i = 0; i < keys.size(); i++) {
              all.add(readings.get(i));
            }
            call.reply(view.apply(all));
          } else {
            call.reply(
                keys.size() > 1
                    ? Failures.partly(error, succeeded.get(), keys.size(), "read")
                    : error);
          }
        });
  }

  /** {@code [token, value, ...]}. */
  public static Reply tokenAndValues(byte[] key, Reading reading) {
    List<Reply> items = new ArrayList<>(1 + reading.live().size());
    items.add(Reply.bulk(Token.encode(key, reading.context())));
    for (Sibling sibling : reading.live()) {
      items.add(new Reply.Bulk(sibling.value()));
    }
    return new Reply.Array(items);
  }
}
