package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.update.EncodableUpdate;
import io.cartwheel.resp.command.update.ReplyBytes;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Sends updates to the coordinators of their keys. */
public final class Writes {
  /** Of one command: more would only wait in the queues of the peers. */
  public static final int AT_ONCE = 64;

  private Writes() {}

  /** Overwrites what the coordinator knows. */
  public static void plain(Call call, byte[] key, EncodableUpdate update, int w) {
    send(call, List.of(key), Kind.PLAIN, update, VersionVector.EMPTY, w);
  }

  /** Computed from what the coordinator knows. */
  public static void readModifyWrite(Call call, byte[] key, EncodableUpdate update, int w) {
    send(call, List.of(key), Kind.READ_MODIFY_WRITE, update, VersionVector.EMPTY, w);
  }

  /** As {@link #readModifyWrite}, of an update that answers the value before: that is a read. */
  public static void exchange(Call call, byte[] key, EncodableUpdate update, int w) {
    execute(
        call.services().coordinator(),
        new WriteRequest(
            List.of(key), Kind.READ_MODIFY_WRITE, update.encode(), VersionVector.EMPTY, w),
        reply -> {
          if (!(reply instanceof Reply.Error)) {
            call.services().frontMetrics().lookedUp(reply instanceof Reply.Bulk);
          }
          call.reply(reply);
        });
  }

  /** Overwrites what the token's reader saw, exactly. */
  public static void context(
      Call call, byte[] key, EncodableUpdate update, VersionVector past, int w) {
    send(call, List.of(key), Kind.CONTEXT, update, past, w);
  }

  /**
   * @param keys of one slot; answered with what the update decides
   */
  public static void send(
      Call call, List<byte[]> keys, Kind kind, EncodableUpdate update, VersionVector past, int w) {
    WriteRequest request = new WriteRequest(keys, kind, update.encode(), past, w);
    execute(call.services().coordinator(), request, call::reply);
  }

  /** Sends a request; {@code done} gets what the update decided, or the error of its failure. */
  public static void execute(Coordinator coordinator, WriteRequest request, Consumer<Reply> done) {
    coordinator.write(
        request,
        result ->
            done.accept(
                result.failure() == null
                    ? ReplyBytes.decode(result.reply())
                    : Failures.reply(result.failure())));
  }

  /** A key and what becomes of it. */
  public record Item(byte[] key, EncodableUpdate update) {}

  /** The items, of several for one key only the last, each where its key came first. */
  public static List<Item> lastOfEachKey(List<Item> items) {
    if (items.size() < 2) {
      return items;
    }
    Map<Key, Item> last = new LinkedHashMap<>();
    for (Item item : items) {
      last.put(new Key(item.key), item);
    }
    return new ArrayList<>(last.values());
  }

  /**
   * Writes many keys, each by its own quorum, together not atomic. Ends with the sum of the integer
   * replies; where a key failed, with its error and how many of all were written.
   *
   * @param items no key twice
   * @param participle what was done to the keys, for the error
   */
  public static void each(Call call, List<Item> items, String participle, Consumer<Result> done) {
    Coordinator coordinator = call.services().coordinator();
    AtomicReference<Reply.Error> firstError = new AtomicReference<>();
    AtomicInteger succeeded = new AtomicInteger();
    AtomicLong sum = new AtomicLong();
    Fanout.run(
        items.size(),
        AT_ONCE,
        (index, end) -> {
          Item item = items.get(index);
          execute(
              coordinator,
              new WriteRequest(
                  List.of(item.key), Kind.PLAIN, item.update.encode(), VersionVector.EMPTY, 0),
              reply -> {
                if (reply instanceof Reply.Error error) {
                  firstError.compareAndSet(null, error);
                } else {
                  succeeded.incrementAndGet();
                  sum.addAndGet(reply instanceof Reply.Int integer ? integer.value() : 0);
                }
                end.run();
              });
        },
        () -> {
          Reply.Error error = firstError.get();
          boolean several = items.size() > 1;
          done.accept(
              new Result(
                  sum.get(),
                  error != null && several
                      ? Failures.partly(error, succeeded.get(), items.size(), participle)
                      : error));
        });
  }

  /**
   * @param sum of the integer replies
   * @param error null where all succeeded
   */
  public record Result(long sum, Reply.Error error) {}
}
