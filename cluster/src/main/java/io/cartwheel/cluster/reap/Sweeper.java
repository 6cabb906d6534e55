package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.replica.RowWalk;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * Walks all rows of one shard again and again: strips, drops, and hands to the {@link Reaper} what
 * is to be reaped. Slices are short and pauses between them long, so that it costs little whatever
 * the rows are; a pass over few rows is short, over very many it takes hours. On the shard's loop
 * only.
 */
public final class Sweeper {
  /** A slice is followed by a pause in proportion to what it has read of this. */
  private static final RowWalk.Limits SLICE = new RowWalk.Limits(512, 512 << 10);

  private static final long PAUSE_MILLIS = 50;

  /** Two passes do not begin within less, or a quarter of the floor if that is less. */
  private static final long PASS_MILLIS = 15_000;

  private static final int PASSES_PER_FLOOR = 4;

  /**
   * The first owner reaps a row, and each later one so many floors later: it is for when the row is
   * not at the first, or could not be dropped everywhere.
   */
  private static final int FLOORS_PER_OWNER = 2;

  private final int shard;
  private final ReapSettings settings;
  private final EventLoop loop;
  private final Clock clock;
  private final HybridClock hybrid;
  private final RowStore rows;
  private final RowWalk walk;
  private final Neighbours neighbours;
  private final Reaper reaper;
  private final ReapMetrics metrics;

  /**
   * When rows of a partition were last handed to the reaper, by partition: it is not done for each
   * row on its own, because each time costs all owners a sync.
   */
  private final TreeMap<Integer, Long> reapedNanos = new TreeMap<>();

  private boolean reapsPartition;
  private long passBegunNanos;
  private int partition;
  private byte[] from;
  private long deadThisPass;
  private long deadLastPass;

  /** Changes of the present slice that are not stored yet. */
  private int changing;

  public Sweeper(
      int shard, ReapSettings settings, ReapPorts ports, Reaper reaper, ReapMetrics metrics) {
    this.shard = shard;
    this.settings = settings;
    this.loop = ports.loop();
    this.clock = ports.clock();
    this.hybrid = ports.hybrid();
    this.rows = ports.rows();
    this.walk = ports.walk();
    this.neighbours = ports.neighbours();
    this.reaper = reaper;
    this.metrics = metrics;
  }

  /** Begins; once. */
  public void start() {
    passBegunNanos = clock.monotonicNanos();
    loop.schedule(passMillis(), this::beginPass);
  }

  private long passMillis() {
    return Math.max(1, Math.min(PASS_MILLIS, settings.deadRows().floorMillis() / PASSES_PER_FLOOR));
  }

  private void beginPass() {
    passBegunNanos = clock.monotonicNanos();
    partition = shard;
    from = null;
    deadThisPass = 0;
    step();
  }

  private void step() {
    PartitionTable table = neighbours.table();
    if (table == null) {
      loop.schedule(passMillis(), this::beginPass);
    } else if (partition >= table.partitions()) {
      endPass();
    } else if (reaper.isBusy()) {
      loop.schedule(PAUSE_MILLIS, this::step);
    } else {
      long nowMillis = hybrid.nowMillis();
      if (from == null) {
        Long before = reapedNanos.get(partition);
        long floorNanos = settings.deadRows().floorMillis() * 1_000_000;
        reapsPartition = before == null || clock.monotonicNanos() - before >= floorNanos;
      }
      walk.slice(
          partition,
          table.partitions(),
          from,
          SLICE,
          stored -> isToBeSeen(stored.row(), nowMillis),
          this::onSlice);
    }
  }

  private boolean isToBeSeen(Row row, long nowMillis) {
    DeadRows deadRows = settings.deadRows();
    return deadRows.isDead(row, nowMillis) || deadRows.of(row, nowMillis) != DeadRows.Fate.KEEP;
  }

  private void endPass() {
    metrics.tombstones.inc(deadThisPass - deadLastPass);
    deadLastPass = deadThisPass;
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(clock.monotonicNanos() - passBegunNanos);
    loop.schedule(Math.max(PAUSE_MILLIS, passMillis() - tookMillis), this::beginPass);
  }

  private void onSlice(RowWalk.Slice slice) {
    PartitionTable.Entry entry = neighbours.table().entry(partition);
    long nowMillis = hybrid.nowMillis();
    TreeMap<Integer, Reaping.Rows> toReap = new TreeMap<>();
    // Counted before anything can be stored at once.
    changing = 1;
    for (RowWalk.Found found : slice.found()) {
      look(found, entry, nowMillis, toReap);
    }
    if (reapsPartition && !toReap.isEmpty()) {
      reapedNanos.put(partition, clock.monotonicNanos());
      toReap.forEach((copies, reapable) -> reaper.reap(partition, copies, reapable));
    }
    int sliceOf = partition;
    from = slice.next();
    partition = slice.next() == null ? sliceOf + settings.shards() : sliceOf;
    long pauseMillis =
        1
            + Math.max(
                PAUSE_MILLIS * slice.rows() / SLICE.rows(),
                PAUSE_MILLIS * Math.min(slice.bytes(), SLICE.bytes()) / SLICE.bytes());
    loop.schedule(pauseMillis, this::onChanged);
  }

  private void look(
      RowWalk.Found found,
      PartitionTable.Entry entry,
      long nowMillis,
      TreeMap<Integer, Reaping.Rows> toReap) {
    Row row = found.row().row();
    int copies = settings.keyspaces().of(found.key().bytes()).effectiveN(entry.committed().size());
    List<NodeName> owners = entry.committed().subList(0, copies);
    int place = owners.indexOf(neighbours.self());
    deadThisPass += settings.deadRows().isDead(row, nowMillis) ? 1 : 0;
    switch (settings.deadRows().of(row, nowMillis)) {
      case KEEP -> {}
      case STRIP -> change(found.key(), stored -> strip(stored, place, nowMillis));
      case DROP -> {
        // What others own goes only when they have it.
        if (place >= 0) {
          change(found.key(), stored -> drop(stored, place, nowMillis));
        } else {
          change(found.key(), stored -> strip(stored, place, nowMillis));
        }
      }
      case REAP -> {
        long later = (long) place * FLOORS_PER_OWNER * settings.deadRows().floorMillis();
        boolean due =
            place >= 0 && settings.deadRows().of(row, nowMillis - later) == DeadRows.Fate.REAP;
        if (due) {
          toReap.computeIfAbsent(copies, n -> new Reaping.Rows()).put(found.key(), row);
        }
      }
    }
  }

  private void change(Key key, UnaryOperator<StoredRow> step) {
    changing++;
    rows.update(
        List.of(key),
        before -> List.of(step.apply(before.get(0))),
        Durability.BUFFERED,
        this::onChanged);
  }

  private void onChanged() {
    changing--;
    if (changing == 0) {
      step();
    }
  }

  private StoredRow strip(StoredRow stored, int place, long nowMillis) {
    Row stripped = settings.deadRows().stripped(stored.row(), nowMillis);
    if (stripped.equals(stored.row())) {
      return stored;
    }
    metrics.stripped.inc();
    countExpired(place);
    return new StoredRow(stripped, stored.mint());
  }

  private StoredRow drop(StoredRow stored, int place, long nowMillis) {
    if (settings.deadRows().of(stored.row(), nowMillis) != DeadRows.Fate.DROP) {
      return stored;
    }
    metrics.dropped.inc();
    boolean isStripped = settings.deadRows().stripped(stored.row(), nowMillis).equals(stored.row());
    if (!isStripped) {
      countExpired(place);
    }
    return StoredRow.ABSENT;
  }

  private void countExpired(int place) {
    if (place == 0) {
      metrics.expired.inc();
    }
  }
}
