package io.cartwheel.cluster.replica;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/** What the tests of one shard's rows stand on, in virtual time. */
final class OneShard {
  /** Keys that begin with "always:" are synced at once, those with "no:" never. */
  static final Keyspaces KEYSPACES =
      new Keyspaces(
          List.of(
              keyspace("", Keyspace.Fsync.EVERYSEC),
              keyspace("always:", Keyspace.Fsync.ALWAYS),
              keyspace("no:", Keyspace.Fsync.NO)));

  static final int MAX_WAITING = 4;

  final SimulatedTime time;
  final FakeEventLoop loop;
  final FakeEngine engine;
  final MetricRegistry metrics = new MetricRegistry();
  final List<StorageException> broken = new ArrayList<>();
  final HybridClock clock;
  final Minter minter;
  final Disk disk;
  final RowStore rows;
  private long requests;

  OneShard(long seed) {
    this(seed, new FakeEngine());
  }

  /** On what an earlier shard left in its engine. */
  OneShard(long seed, FakeEngine engine) {
    this(seed, engine, row -> row);
  }

  OneShard(long seed, FakeEngine engine, UnaryOperator<Row> vectorLimit) {
    this(new SimulatedTime(seed), engine, vectorLimit, null);
  }

  /**
   * @param io null for one that takes some virtual milliseconds
   */
  OneShard(SimulatedTime time, FakeEngine engine, UnaryOperator<Row> vectorLimit, Executor io) {
    this(time, engine, vectorLimit, io, new RowStore.Limits(MAX_WAITING, 0));
  }

  /** On an empty engine, with these limits. */
  OneShard(long seed, RowStore.Limits limits) {
    this(new SimulatedTime(seed), new FakeEngine(), row -> row, null, limits);
  }

  private OneShard(
      SimulatedTime time,
      FakeEngine engine,
      UnaryOperator<Row> vectorLimit,
      Executor io,
      RowStore.Limits limits) {
    this.time = time;
    this.engine = engine;
    this.loop = time.newLoop();
    this.clock = new HybridClock(time);
    this.minter = new Minter(time.newRandom(), time.newRandom().nextLong());
    this.disk = newDisk(engine, io == null ? time.newExecutor(1, 5) : io);
    this.rows = new RowStore(loop, disk, KEYSPACES, vectorLimit, limits);
  }

  /** What it answers as one of the nodes of {@code standing}. */
  ReplicaShard replica(Standing standing, long oldestMergeMillis) {
    return new ReplicaShard(
        loop, disk, rows, standing, owners(standing), hints(standing), clock, oldestMergeMillis);
  }

  KeyOwners owners(Standing standing) {
    return new KeyOwners(standing, KEYSPACES);
  }

  /** What it keeps for others; of one standing only, and once. */
  Hints hints(Standing standing) {
    return hints(standing, 1 << 20);
  }

  Hints hints(Standing standing, long maxBytes) {
    HintBudget budget = new HintBudget(maxBytes, time, metrics);
    int partitions = standing.table().partitions();
    Hints hints = new Hints(0, 1, partitions, rows, disk, loop, owners(standing), budget, clock);
    rows.listen(hints);
    rows.ride(hints);
    return hints;
  }

  private Disk newDisk(StorageEngine storage, Executor io) {
    return new Disk(storage, io, time, new StorageMetrics(metrics), broken::add);
  }

  static Keyspace keyspace(String prefix, Keyspace.Fsync fsync) {
    return new Keyspace(prefix, 3, 2, 2, Keyspace.Conflicts.SIBLINGS, 0, fsync);
  }

  static Key key(String name) {
    return new Key(name.getBytes(StandardCharsets.UTF_8));
  }

  /** The row after a write that has seen all of it. */
  StoredRow overwritten(StoredRow row, String value) {
    return overwritten(row, value, Sibling.NO_EXPIRY);
  }

  /**
   * @param value null for a tombstone
   */
  StoredRow overwritten(StoredRow row, String value, long expiryMillis) {
    return minter.stamp(row, row.row().context(), newValue(value, expiryMillis), clock);
  }

  private Minter.NewValue newValue(String value, long expiryMillis) {
    byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    return new Minter.NewValue(
        bytes, Sibling.STRING, expiryMillis, new RequestId(1, ++requests), false);
  }

  /** A row that somebody else has written. */
  Row foreign(String value) {
    return overwritten(StoredRow.ABSENT, value).row();
  }

  /** The values of a row, separated by commas. */
  static String text(StoredRow row) {
    return text(row.row());
  }

  static String text(Row row) {
    List<String> values = new ArrayList<>();
    for (Sibling s : row.siblings()) {
      values.add(s.value() == null ? "-" : new String(s.value(), StandardCharsets.UTF_8));
    }
    return String.join(",", values);
  }

  /** Makes the row of a key cold. */
  void evict(Key key) {
    engine.evict(RowKey.of(key));
  }

  /** What the engine holds for the key. */
  StoredRow onDisk(Key key) {
    return Disk.decode(engine.get(NodeStore.ROWS, RowKey.of(key)));
  }
}
