package io.cartwheel.resp.fake;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A whole cluster in a map: one replica, always current, that stamps and reads as the real ones do,
 * so siblings and tokens behave. Answers before it returns, in the caller's thread. A failure can
 * be put in the way of the next requests.
 */
public final class InMemoryCoordinator implements Coordinator {
  private static final int SIBLING_LIMIT = 100;

  private final TreeMap<Key, StoredRow> rows =
      new TreeMap<>(
          (a, b) -> {
            int byPosition = Long.compareUnsigned(a.position(), b.position());
            return byPosition != 0 ? byPosition : Arrays.compareUnsigned(a.bytes(), b.bytes());
          });
  private final Keyspaces keyspaces;
  private final Update.Decoder decoder;
  private final HybridClock clock;
  private final Minter minter = new Minter(new SplittableRandom(1), 1);
  private final AtomicLong requests = new AtomicLong();
  private final int copies;
  private Failure failure;

  /** Three copies, siblings shown, the machine's clock. */
  public InMemoryCoordinator(Update.Decoder decoder) {
    this(
        decoder,
        new Keyspaces(
            List.of(
                new Keyspace(
                    "", 3, 2, 2, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC))),
        new Clock() {
          @Override
          public long wallMillis() {
            return System.currentTimeMillis();
          }

          @Override
          public long monotonicNanos() {
            return System.nanoTime();
          }
        },
        3);
  }

  public InMemoryCoordinator(Update.Decoder decoder, Keyspaces keyspaces, Clock clock, int copies) {
    this.decoder = decoder;
    this.keyspaces = keyspaces;
    this.clock = new HybridClock(clock);
    this.copies = copies;
  }

  /** Every request fails so from now on; null ends it. */
  public synchronized void failWith(Failure reason) {
    failure = reason;
  }

  @Override
  public void get(GetRequest request, Consumer<GetResult> done) {
    done.accept(getNow(request));
  }

  private synchronized GetResult getNow(GetRequest request) {
    return failure != null
        ? new GetResult(null, failure)
        : new GetResult(reading(new Key(request.key())), null);
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteResult> done) {
    done.accept(writeNow(request));
  }

  private synchronized WriteResult writeNow(WriteRequest request) {
    if (failure != null) {
      return new WriteResult(null, failure);
    }
    List<Key> keys = request.keys().stream().map(Key::new).toList();
    for (Key key : keys) {
      if (key.slot() != keys.get(0).slot()) {
        throw new IllegalArgumentException("keys of several slots in one write");
      }
    }
    Update.Decision decision =
        decoder
            .decode(request.update())
            .decide(keys.stream().map(this::reading).toList(), nowMillis());
    if (decision.changes().size() != keys.size()) {
      throw new IllegalStateException(
          decision.changes().size() + " changes for " + keys.size() + " keys");
    }
    Map<Key, StoredRow> after = new TreeMap<>(rows.comparator());
    RequestId id = new RequestId(1, requests.incrementAndGet());
    for (int i = 0; i < keys.size(); i++) {
      StoredRow stamped = apply(keys.get(i), decision.changes().get(i), request, id);
      if (stamped.row().liveCount(nowMillis()) > SIBLING_LIMIT) {
        return new WriteResult(null, new Failure.TooManySiblings(SIBLING_LIMIT));
      }
      after.put(keys.get(i), stamped);
    }
    after.values().removeIf(StoredRow::isAbsent);
    rows.putAll(after);
    return new WriteResult(decision.reply(), null);
  }

  private StoredRow apply(Key key, Update.Change change, WriteRequest request, RequestId id) {
    StoredRow held = rows.getOrDefault(key, StoredRow.ABSENT);
    boolean context = request.kind() == Write.Kind.CONTEXT;
    boolean rmw = request.kind() == Write.Kind.READ_MODIFY_WRITE;
    VersionVector past = context ? request.past() : held.row().context();
    if (change instanceof Update.Change.Put put) {
      return minter.stamp(
          held,
          past,
          new Minter.NewValue(put.value(), put.type(), put.expiryMillis(), id, rmw),
          clock);
    }
    if (change instanceof Update.Change.Delete) {
      return held.isAbsent() && past.isEmpty()
          ? held
          : minter.stamp(held, past, new Minter.NewValue(null, (byte) 0, 0, id, rmw), clock);
    }
    return held;
  }

  @Override
  public void scan(ScanRequest request, Consumer<ScanResult> done) {
    done.accept(scanNow(request));
  }

  private synchronized ScanResult scanNow(ScanRequest request) {
    if (failure != null) {
      return new ScanResult(List.of(), 0, failure);
    }
    List<byte[]> keys = new ArrayList<>();
    long lastRun = 0;
    for (Key key : rows.keySet()) {
      long position = key.position();
      if (Long.compareUnsigned(position, request.from()) < 0) {
        continue;
      }
      if (request.to() != 0 && Long.compareUnsigned(position, request.to()) >= 0) {
        break;
      }
      long run = runOf(position, request.granularityBits());
      if (keys.size() >= request.limit() && run != lastRun) {
        return new ScanResult(keys, run, null);
      }
      if (reading(key).exists()) {
        keys.add(key.bytes());
      }
      lastRun = run;
    }
    return new ScanResult(keys, 0, null);
  }

  /** The first position that shares so many top bits. */
  private static long runOf(long position, int bits) {
    return bits == 0 ? 0 : position >>> (64 - bits) << (64 - bits);
  }

  @Override
  public void count(Consumer<CountResult> done) {
    done.accept(countNow());
  }

  private synchronized CountResult countNow() {
    return new CountResult(
        rows.keySet().stream().filter(key -> reading(key).exists()).count(), failure);
  }

  @Override
  public void randomKey(Consumer<RandomKeyResult> done) {
    done.accept(randomKeyNow());
  }

  private synchronized RandomKeyResult randomKeyNow() {
    return new RandomKeyResult(
        rows.keySet().stream()
            .filter(key -> reading(key).exists())
            .findFirst()
            .map(Key::bytes)
            .orElse(null),
        failure);
  }

  @Override
  public Keyspace keyspaceOf(byte[] key) {
    return keyspaces.of(key);
  }

  @Override
  public int copiesOf(byte[] key) {
    return keyspaces.of(key).effectiveN(copies);
  }

  @Override
  public long nowMillis() {
    return clock.nowMillis();
  }

  private Reading reading(Key key) {
    StoredRow held = rows.getOrDefault(key, StoredRow.ABSENT);
    boolean newest = keyspaces.of(key.bytes()).conflicts() == Keyspace.Conflicts.NEWEST;
    return Reading.of(held.row(), newest, nowMillis());
  }
}
