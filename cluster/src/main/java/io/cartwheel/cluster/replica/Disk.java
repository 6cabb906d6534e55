package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.MalformedException;
import io.cartwheel.cluster.version.RowCodec;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.WriteBatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The rows of all shards on the node's one engine, and its threads that may wait. Measures what it
 * does. The first failure breaks it for good: it tells the node, which stops, and from then on
 * commits nothing and answers nothing, because nobody can tell what the disk kept. Safe for use by
 * all threads.
 */
public final class Disk {
  private final StorageEngine engine;
  private final Executor io;
  private final Clock clock;
  private final StorageMetrics metrics;
  private final Consumer<StorageException> onBroken;
  private final AtomicBoolean broken = new AtomicBoolean();

  /** Numbers the buffered commits; those up to {@link #syncedUpTo} are on the disk. */
  private final AtomicLong bufferedCommits = new AtomicLong();

  private final AtomicLong syncedUpTo = new AtomicLong();

  /** The last buffered commit with a row that is to be on the disk within a second. */
  private final AtomicLong lastToSync = new AtomicLong();

  /**
   * @param engine with the tables of {@link NodeStore}
   * @param io runs what may wait for the disk; more threads than shards, as each shard may have a
   *     long walk under way. What its tasks throw is a broken invariant. The owner stops it before
   *     it closes the engine
   * @param onBroken stops the process; called once, on any thread
   */
  public Disk(
      StorageEngine engine,
      Executor io,
      Clock clock,
      StorageMetrics metrics,
      Consumer<StorageException> onBroken) {
    this.engine = engine;
    this.io = io;
    this.clock = clock;
    this.metrics = metrics;
    this.onBroken = onBroken;
  }

  boolean isBroken() {
    return broken.get();
  }

  /** Breaks the disk: what it holds cannot be relied on. */
  void fail(StorageException failure) {
    if (broken.compareAndSet(false, true)) {
      onBroken.accept(failure);
    }
  }

  StorageMetrics metrics() {
    return metrics;
  }

  long nanos() {
    return clock.monotonicNanos();
  }

  /** The stored row, null where only the disk knows it, or the disk is broken. */
  StoredRow getIfWarm(Key key) {
    if (isBroken()) {
      return null;
    }
    try {
      byte[] stored = engine.getIfWarm(NodeStore.ROWS, RowKey.of(key));
      return stored == StorageEngine.COLD ? null : decode(stored);
    } catch (StorageException failure) {
      fail(failure);
      return null;
    }
  }

  /**
   * Reads the stored row on an I/O thread and hands it to {@code loop}, as whatever {@code taken}
   * makes of it there.
   */
  <T> void get(Key key, Function<StoredRow, T> taken, EventLoop loop, Consumer<T> then) {
    byte[] rowKey = RowKey.of(key);
    onIo(() -> taken.apply(decode(engine.get(NodeStore.ROWS, rowKey))), loop, then);
  }

  /**
   * @param stored null where there is no row
   * @throws StorageException where it is damaged
   */
  static StoredRow decode(byte[] stored) {
    try {
      return stored == null ? StoredRow.ABSENT : RowCodec.decode(stored);
    } catch (MalformedException damaged) {
      throw new StorageException(
          "the data directory is damaged, or of a later format: " + damaged.getMessage(), damaged);
    }
  }

  static void addTo(WriteBatch batch, Key key, StoredRow row) {
    if (row.isAbsent()) {
      batch.delete(NodeStore.ROWS, RowKey.of(key));
    } else {
      batch.put(NodeStore.ROWS, RowKey.of(key), RowCodec.encode(row));
    }
  }

  /**
   * Runs {@code work} on an I/O thread, and {@code then} with its result on {@code loop}; not where
   * the disk is broken, or breaks with it.
   */
  <T> void onIo(DiskWork<T> work, EventLoop loop, Consumer<T> then) {
    io.execute(
        () -> {
          if (isBroken()) {
            return;
          }
          T result;
          try {
            result = work.run();
          } catch (StorageException failure) {
            fail(failure);
            return;
          }
          loop.execute(
              () -> {
                if (!isBroken()) {
                  then.accept(result);
                }
              });
        });
  }

  /** Work that may wait for the disk, and fail with it. */
  interface DiskWork<T> {
    T run();
  }

  /**
   * A snapshot of the rows in a range, as of now. Its creation does not wait for the disk, the walk
   * does.
   */
  StorageIterator snapshot(byte[] from, byte[] to) {
    return engine.iterate(NodeStore.ROWS, from, to);
  }

  /** As {@link #snapshot}, of all hints. */
  StorageIterator snapshotOfHints() {
    return engine.iterate(NodeStore.HINTS, null, null);
  }

  /** Walks a snapshot, taken when the walk begins, on an I/O thread. */
  <T> void walk(
      byte[] from,
      byte[] to,
      Function<StorageIterator, T> walker,
      EventLoop loop,
      Consumer<T> then) {
    onIo(
        () -> {
          try (StorageIterator rows = snapshot(from, to)) {
            return walker.apply(rows);
          }
        },
        loop,
        then);
  }

  WriteBatch newBatch() {
    return engine.newBatch();
  }

  /** What {@link #commit} answers where the disk is broken and nothing is known of the batch. */
  static final long BROKEN = -1;

  /** What {@link #commit} answers where the engine takes no writes now; nothing was written. */
  static final long STALLED = -2;

  /**
   * Writes a batch; on a loop. Waits for the disk where it is to be synced, which brings all that
   * was committed before there too, but not for the engine's background work.
   *
   * @param toSync whether it holds a row that is to be on the disk within a second
   * @return the number of this commit where it is only buffered, 0 where it is on the disk; {@link
   *     #BROKEN}; {@link #STALLED}
   */
  long commit(WriteBatch batch, Durability durability, boolean toSync) {
    if (isBroken()) {
      return BROKEN;
    }
    long committed = bufferedCommits.get();
    long begun = clock.monotonicNanos();
    int rows = batch.size();
    try {
      if (!engine.tryWrite(batch, durability)) {
        return STALLED;
      }
    } catch (StorageException failure) {
      fail(failure);
      return BROKEN;
    }
    metrics.commitMicros.update(microsSince(begun));
    metrics.commitRows.update(rows);
    if (durability == Durability.SYNCED) {
      syncedUpTo.accumulateAndGet(committed, Math::max);
      return 0;
    }
    long number = bufferedCommits.incrementAndGet();
    if (toSync) {
      lastToSync.accumulateAndGet(number, Math::max);
    }
    return number;
  }

  /** Whether a buffered commit is on the disk by now. */
  boolean isSynced(long commit) {
    return commit <= syncedUpTo.get();
  }

  /** Whether a row waits that is to be on the disk within a second. */
  boolean isSyncDue() {
    return lastToSync.get() > syncedUpTo.get();
  }

  /**
   * Brings to the disk all that was committed before.
   *
   * @return false where the disk is broken
   */
  boolean sync() {
    if (isBroken()) {
      return false;
    }
    long committed = bufferedCommits.get();
    long begun = clock.monotonicNanos();
    try {
      engine.sync();
    } catch (StorageException failure) {
      fail(failure);
      return false;
    }
    metrics.syncMicros.update(microsSince(begun));
    syncedUpTo.accumulateAndGet(committed, Math::max);
    return true;
  }

  long microsSince(long begunNanos) {
    return TimeUnit.NANOSECONDS.toMicros(clock.monotonicNanos() - begunNanos);
  }
}
