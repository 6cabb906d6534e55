package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.WriteBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of one shard, on its loop only. What a turn changes is staged: visible to this shard at
 * once, written as one batch in the phase COMMIT, acknowledged in RELEASE.
 *
 * <p>A row that is not in memory is read on an I/O thread. While that lasts, everything that wants
 * the row queues behind the read, in order (see {@link ColdRows}); so no update slips in between,
 * and what was read cannot be old by the time it is used.
 *
 * <p>Where the engine takes no writes for a while, the batch stays staged and is tried again; its
 * acknowledgements wait, and so does whoever wants a row of it. Rows that are committed are read as
 * ever. When that lasts, {@link #isStalled} says so, and peers' updates are refused.
 *
 * <p>When the disk breaks, nothing is called any more: what was asked for is never answered.
 */
public final class RowStore {

  private static final Logger log = LoggerFactory.getLogger(RowStore.class);

  /** Learns of every staged change, in the step that makes it. */
  interface Listener {
    void onStaged(Key key, StoredRow before, StoredRow after);
  }

  /** Something beside the rows that is committed in their batch. */
  interface Rider {
    /** Whether it has something to add to this turn's batch. */
    boolean isRiding();

    void addTo(WriteBatch batch);

    /** What was added has been committed. */
    void onCommitted();
  }

  private final EventLoop loop;
  private final Disk disk;
  private final Keyspaces keyspaces;
  private final UnaryOperator<Row> vectorLimit;
  private final Limits limits;
  private final ColdRows cold;
  private final RowCache cache;
  private final WriteBatch batch;
  private final List<Listener> listeners = new ArrayList<>();
  private final List<Rider> riders = new ArrayList<>();

  /** What this turn has changed; a row staged twice is written once. */
  private final Map<Key, StoredRow> staged = new LinkedHashMap<>();

  /** About what the staged rows take; where the engine stalls they pile up. */
  private long stagedBytes;

  private Durability stagedDurability = Durability.BUFFERED;
  private boolean stagedToSync;
  private boolean commitComes;
  private final Stall stall = new Stall();
  private List<Runnable> afterCommit = new ArrayList<>();
  private final List<Runnable> atBoundary = new ArrayList<>();

  /** The last commit of this shard that was only buffered. */
  private long lastBuffered;

  private int readsUntilSample = StorageMetrics.READS_PER_SAMPLE;

  /**
   * What a store keeps in memory.
   *
   * @param waiting how many reads and updates of peers may wait for cold rows at once
   * @param cacheBytes about how much of the rows used last is kept on the heap; 0 for nothing
   * @param merges room for what peers send to be merged, from its coming until it is committed;
   *     shared by all shards
   * @param loaded room for rows that were read from the disk, until the loop takes them; shared by
   *     all shards
   */
  public record Limits(int waiting, long cacheBytes, ByteBudget merges, ByteBudget loaded) {
    /** Without a bound on bytes. */
    public Limits(int waiting, long cacheBytes) {
      this(waiting, cacheBytes, ByteBudget.unlimited(), ByteBudget.unlimited());
    }
  }

  /**
   * @param vectorLimit cuts a context that has grown too long; applied to every row that is stored
   * @param limits of what it keeps in memory
   */
  public RowStore(
      EventLoop loop,
      Disk disk,
      Keyspaces keyspaces,
      UnaryOperator<Row> vectorLimit,
      Limits limits) {
    this.loop = loop;
    this.disk = disk;
    this.keyspaces = keyspaces;
    this.vectorLimit = vectorLimit;
    this.limits = limits;
    RowLoader loader = new RowLoader(loop, disk, limits.loaded(), this::onLoaded);
    this.cold = new ColdRows(limits.waiting(), loader::load, this::warm, disk.metrics());
    this.cache = new RowCache(limits.cacheBytes());
    this.batch = disk.newBatch();
  }

  void listen(Listener listener) {
    listeners.add(listener);
  }

  void ride(Rider rider) {
    riders.add(rider);
  }

  /** A rider has something to add: this turn ends with a commit. */
  void onRiding() {
    stagedToSync = true;
    commitWillCome();
  }

  /**
   * Calls {@code reader} with the row as of now, {@link StoredRow#ABSENT} where there is none; at
   * once when it is warm. Never refused: for a caller that bounds its own requests.
   */
  public void read(Key key, Consumer<StoredRow> reader) {
    cold.submit(List.of(key), rows -> reader.accept(rows.get(0)), false);
  }

  /**
   * As {@link #read}.
   *
   * @return false, and nothing is called, where too many wait for cold rows already
   */
  public boolean tryRead(Key key, Consumer<StoredRow> reader) {
    return cold.submit(List.of(key), rows -> reader.accept(rows.get(0)), true);
  }

  /**
   * In one step: reads the rows, lets {@code step} compute what they become, and stages what
   * changed for this turn's commit. The step runs at once when all are warm, else when they have
   * been read; nothing comes between. Never refused: for a caller that bounds its own requests.
   *
   * @param keys where one is there twice, what {@code step} says last of it holds
   * @param step from the rows in the order of {@code keys} to the rows to be; the same object means
   *     no change
   * @param stored called in the phase RELEASE once the rows are as durable as asked, also where
   *     nothing changed
   */
  public void update(
      List<Key> keys, UnaryOperator<List<StoredRow>> step, Durability durability, Runnable stored) {
    cold.submit(keys, rows -> apply(keys, rows, step.apply(rows), durability, stored), false);
  }

  /** As {@link #tryUpdate(Key, long, UnaryOperator, boolean, Runnable)}, as its keyspace has it. */
  public boolean tryUpdate(Key key, UnaryOperator<StoredRow> step, Runnable stored) {
    return tryUpdate(key, 0, step, false, stored);
  }

  /**
   * As {@link #update} for one row, as durable as its keyspace has it.
   *
   * @param bytes that {@code step} holds until it has been committed
   * @param toDisk whether it must be on the disk, whatever its keyspace has
   * @return false, and nothing is called, where too many or too large ones wait already, or the
   *     engine takes no writes
   */
  public boolean tryUpdate(
      Key key, long bytes, UnaryOperator<StoredRow> step, boolean toDisk, Runnable stored) {
    boolean isFull = isStalled() || stagedBytes >= limits.merges.maxBytes();
    if (isFull || !limits.merges.take(bytes)) {
      disk.metrics().overloads.inc();
      return false;
    }
    Durability durability =
        toDisk || keyspaces.of(key.bytes()).fsync() == Keyspace.Fsync.ALWAYS
            ? Durability.SYNCED
            : Durability.BUFFERED;
    List<Key> keys = List.of(key);
    Runnable committed =
        () -> {
          limits.merges.giveBack(bytes);
          stored.run();
        };
    boolean accepted =
        cold.submit(
            keys,
            rows -> apply(keys, rows, List.of(step.apply(rows.get(0))), durability, committed),
            true);
    if (!accepted) {
      limits.merges.giveBack(bytes);
    }
    return accepted;
  }

  /**
   * Runs {@code task} when the row as it is now has been committed: at once, unless it is staged,
   * else in this turn's RELEASE. An answer with a row in it waits for this: a reader must not see
   * what a crash could still undo.
   */
  public void whenCommitted(Key key, Runnable task) {
    if (staged.containsKey(key)) {
      afterCommit.add(task);
    } else {
      task.run();
    }
  }

  /**
   * Runs {@code task} at a moment when every change made so far is committed and no other has
   * begun: at once, or right after this turn's commit.
   */
  void atBoundary(Runnable task) {
    if (staged.isEmpty()) {
      task.run();
    } else {
      atBoundary.add(task);
    }
  }

  /**
   * Whether the engine has taken no writes for so long that nothing more should be written here:
   * who may refuse does, and what is staged all the same waits.
   */
  public boolean isStalled() {
    return stall.refuses();
  }

  private void apply(
      List<Key> keys,
      List<StoredRow> before,
      List<StoredRow> after,
      Durability durability,
      Runnable stored) {
    if (after.size() != keys.size()) {
      throw new IllegalStateException(after.size() + " rows for " + keys.size() + " keys");
    }
    for (int i = 0; i < keys.size(); i++) {
      if (isChanged(before.get(i), after.get(i))) {
        stage(keys.get(i), before.get(i), after.get(i));
      }
    }
    if (durability == Durability.SYNCED) {
      stagedDurability = Durability.SYNCED;
    }
    afterCommit.add(stored);
    commitWillCome();
  }

  /** A step that leaves a row alone returns the row itself. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean isChanged(StoredRow before, StoredRow after) {
    return after != before;
  }

  private void stage(Key key, StoredRow before, StoredRow after) {
    StoredRow limited = new StoredRow(vectorLimit.apply(after.row()), after.mint());
    StoredRow earlier = staged.getOrDefault(key, before);
    if (limited.equals(earlier)) {
      return;
    }
    StoredRow replaced = staged.put(key, limited);
    stagedBytes += sizeOf(key, limited) - (replaced == null ? 0 : sizeOf(key, replaced));
    stagedToSync |= keyspaces.of(key.bytes()).fsync() != Keyspace.Fsync.NO;
    cold.onStaged(key, limited);
    for (Listener listener : listeners) {
      listener.onStaged(key, earlier, limited);
    }
  }

  private void commitWillCome() {
    if (!commitComes) {
      commitComes = true;
      loop.atTurnEnd(Phase.COMMIT, this::commit);
    }
  }

  private void commit() {
    switch (write()) {
      case STALLED -> {
        commitLater();
        return;
      }
      case BROKEN -> {
        commitComes = false;
        return;
      }
      case STORED -> {
        commitComes = false;
        onTaken();
      }
    }
    staged.clear();
    stagedBytes = 0;
    riders.forEach(Rider::onCommitted);
    stagedDurability = Durability.BUFFERED;
    stagedToSync = false;
    List<Runnable> waiting = afterCommit;
    afterCommit = new ArrayList<>();
    loop.atTurnEnd(Phase.RELEASE, () -> waiting.forEach(Runnable::run));
    List<Runnable> boundary = List.copyOf(atBoundary);
    atBoundary.clear();
    boundary.forEach(Runnable::run);
  }

  /** What staged rows wait for is tried again; nothing else may commit before. */
  private void commitLater() {
    long millis = stall.onRefused(disk.nanos());
    if (stall.becomesLong(disk.nanos())) {
      disk.metrics().stalls.inc();
      disk.metrics().stalled.inc();
      log.warn(
          "the storage engine takes no writes; until it does, they are refused ({} rows wait)",
          staged.size());
    }
    loop.schedule(millis, () -> loop.atTurnEnd(Phase.COMMIT, this::commit));
  }

  private void onTaken() {
    if (stall.refuses()) {
      disk.metrics().stalled.dec();
      log.info(
          "the storage engine takes writes again, after {} ms",
          TimeUnit.NANOSECONDS.toMillis(stall.waitedNanos(disk.nanos())));
    }
    stall.onTaken();
  }

  private enum Written {
    /** Everything staged is as durable as asked. */
    STORED,
    /** The engine has taken nothing. */
    STALLED,
    /** The disk is broken. */
    BROKEN
  }

  private Written write() {
    if (!staged.isEmpty() || riders.stream().anyMatch(Rider::isRiding)) {
      batch.clear();
      for (Map.Entry<Key, StoredRow> change : staged.entrySet()) {
        Disk.addTo(batch, change.getKey(), change.getValue());
      }
      riders.forEach(rider -> rider.addTo(batch));
      long commit = disk.commit(batch, stagedDurability, stagedToSync);
      batch.clear();
      if (commit < 0) {
        return commit == Disk.STALLED ? Written.STALLED : Written.BROKEN;
      }
      lastBuffered = Math.max(lastBuffered, commit);
      staged.forEach(cache::put);
    }
    // An update that changed nothing may rest on a row that an earlier turn wrote without a sync.
    boolean restsOnBuffered = stagedDurability == Durability.SYNCED && !disk.isSynced(lastBuffered);
    boolean stored = restsOnBuffered ? disk.sync() : !disk.isBroken();
    return stored ? Written.STORED : Written.BROKEN;
  }

  /** The row as of now, null where only the disk knows. */
  private StoredRow warm(Key key) {
    StoredRow here = staged.get(key);
    if (here != null) {
      return here;
    }
    StoredRow cached = cache.get(key);
    if (cached != null) {
      return cached;
    }
    StoredRow read = readIfWarm(key);
    if (read != null) {
      cache.put(key, read);
    }
    return read;
  }

  private StoredRow readIfWarm(Key key) {
    readsUntilSample--;
    if (readsUntilSample > 0) {
      return disk.getIfWarm(key);
    }
    readsUntilSample = StorageMetrics.READS_PER_SAMPLE;
    long begun = disk.nanos();
    StoredRow row = disk.getIfWarm(key);
    disk.metrics().readMicros.update(disk.microsSince(begun));
    return row;
  }

  private void onLoaded(Key key, StoredRow row) {
    cold.onLoaded(key, row);
  }

  private static long sizeOf(Key key, StoredRow row) {
    return RowComparison.sizeOf(key.bytes(), row.row());
  }
}
