package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One page of a walk over the ring: partition after partition, until there are enough keys, the
 * range ends, or it has passed over enough; then the page is shorter, perhaps empty, and tells
 * where to go on.
 *
 * <p>While little is found it asks for more at once: for more partitions where they hold few rows,
 * for more rows of one where they are dead. So a walk costs in proportion to the rows that it
 * passes over, dead or alive, and a page no more than a bound. What a partition has answered is
 * kept until those before it are covered.
 *
 * <p>So many owners are asked that of each keyspace enough are among them, also of one that keeps
 * fewer copies.
 */
final class ScanOperation {
  /** A page crosses no more partitions, so that it stays short on an empty ring. */
  static final int MAX_PARTITIONS = 64;

  /** Partitions asked at once. */
  static final int MAX_WINDOW = 16;

  /** A page passes over no more rows than about this and what it asked for at first. */
  static final int MAX_PASSED_ROWS = 8192;

  /** Rows asked for at once, of all partitions together. */
  private static final int MAX_ROWS_AT_ONCE = 4096;

  /** Rows asked for beyond the keys wanted: some may be dead. */
  private static final int SPARE_ROWS = 16;

  private final CoordinatorShard shard;
  private final ScanRequest request;
  private final Consumer<ScanResult> done;
  private final long begunMachineNanos;
  private final long begunNanos;
  private final List<Key> keys = new ArrayList<>();
  private final ArrayDeque<PartitionScan> window = new ArrayDeque<>();
  private long at;
  private boolean atEnd;
  private int windowSize = 1;

  /** Enough for any run, and far from the end of an int. */
  private static final int MAX_ROW_LIMIT = 1 << 24;

  private int rowLimit;
  private int crossed;
  private long passedRows;
  private int awaited;

  ScanOperation(CoordinatorShard shard, ScanRequest request, Consumer<ScanResult> done) {
    this.shard = shard;
    this.request = request;
    this.done = done;
    this.begunMachineNanos = shard.machineNanos();
    this.begunNanos = shard.nanos();
    this.at = ScanMerge.runStart(request.from(), request.granularityBits());
    this.rowLimit = Math.max(1, request.limit()) + SPARE_ROWS;
  }

  void start() {
    PartitionTable table = shard.ports().tables().current();
    int partitions = table.partitions();
    List<PartitionScan> begun = new ArrayList<>();
    ArrayDeque<PartitionScan> answered = new ArrayDeque<>(window);
    window.clear();
    long from = at;
    while (window.size() < windowSize) {
      PartitionScan kept = answered.peek();
      if (kept != null && kept.range().from() == from) {
        window.add(answered.poll());
      } else {
        int partition = Position.partition(from, partitions);
        long end = partition + 1 == partitions ? 0 : Position.firstOf(partition + 1, partitions);
        long to = ScanMerge.earlierEnd(end, request.to());
        begun.add(scanOf(table, partition, new PartitionScan.Range(from, to, rowLimit)));
        window.add(begun.get(begun.size() - 1));
      }
      from = window.getLast().range().to();
      if (from == request.to()) {
        break;
      }
    }
    awaited = begun.size(); // At least one: what is kept begins after a partition not yet covered.
    begun.forEach(PartitionScan::step);
  }

  private PartitionScan scanOf(PartitionTable table, int partition, PartitionScan.Range range) {
    int copies = shard.keyspaces().greatestN();
    Owners owners = Owners.of(table, partition, copies);
    int all = owners.names().size();
    int needed = 1;
    for (Keyspace keyspace : shard.keyspaces().all()) {
      int n = keyspace.effectiveN(all);
      int r = keyspace.effectiveR(all);
      int wanted = request.misses() ? r : Math.max(r, n - keyspace.effectiveW(all) + 1);
      // Whoever is not asked may be one of its owners.
      needed = Math.max(needed, all - n + wanted);
    }
    long deadlineNanos = begunNanos + shard.requestTimeoutNanos();
    return new PartitionScan(shard, owners, needed, range, deadlineNanos, ended -> onPartition());
  }

  private void onPartition() {
    awaited--;
    if (awaited == 0) {
      onAnswers();
    }
  }

  private void onAnswers() {
    int before = keys.size();
    boolean whole = true;
    while (whole && !window.isEmpty()) {
      PartitionScan scan = window.poll();
      if (scan.hasMoved()) {
        window.clear();
        break;
      }
      if (!scan.isEnough()) {
        finishShort(scan);
        return;
      }
      whole = take(scan);
    }
    goOn(keys.size() - before, whole);
  }

  /** Takes a partition's keys; returns whether all of its range has been covered. */
  private boolean take(PartitionScan scan) {
    PartitionScan.Range range = scan.range();
    ScanMerge.Page page =
        ScanMerge.merge(
            scan.pages(),
            range.from(),
            range.to(),
            key -> shard.keyspaces().of(key).conflicts() == Keyspace.Conflicts.NEWEST,
            shard.ports().hybrid().nowMillis());
    passedRows += page.rows();
    boolean whole = page.coveredTo() == range.to();
    long end = whole ? range.to() : ScanMerge.runStart(page.coveredTo(), request.granularityBits());
    for (Key key : page.live()) {
      if (ScanMerge.isBefore(key.position(), end)) {
        keys.add(key);
      }
    }
    if (!whole && end == range.from()) {
      // One run is longer than the page: it is asked for again, with more room.
      rowLimit = Math.min(2 * rowLimit, MAX_ROW_LIMIT);
      return false;
    }
    at = end;
    atEnd = whole && end == request.to();
    crossed += whole ? 1 : 0;
    return whole;
  }

  /**
   * @param whole whether all partitions that were asked are covered
   */
  private void goOn(int found, boolean whole) {
    boolean longEnough =
        crossed >= MAX_PARTITIONS
            || passedRows >= MAX_PASSED_ROWS
            || shard.nanos() - begunNanos >= shard.requestTimeoutNanos() / 2;
    if (atEnd || keys.size() >= request.limit() || (longEnough && at != request.from())) {
      finish();
      return;
    }
    if (found * 2 >= request.limit()) {
      windowSize = 1;
    } else if (whole) {
      windowSize *= 2;
    } else {
      rowLimit = Math.max(rowLimit, Math.min(2 * rowLimit, MAX_ROWS_AT_ONCE));
    }
    int most =
        Math.min(MAX_WINDOW, Math.min(MAX_PARTITIONS - crossed, MAX_ROWS_AT_ONCE / rowLimit));
    windowSize = Math.max(1, Math.min(windowSize, most));
    start();
  }

  /** As many keys as were asked for, and the rest of the last one's run. */
  private void finish() {
    int bits = request.granularityBits();
    int count = Math.min(keys.size(), Math.max(1, request.limit()));
    while (count > 0
        && count < keys.size()
        && run(keys.get(count), bits) == run(keys.get(count - 1), bits)) {
      count++;
    }
    long next = count < keys.size() ? run(keys.get(count), bits) : atEnd ? 0 : at;
    done.accept(new ScanResult(bytes(keys.subList(0, count)), next, null));
  }

  private static long run(Key key, int bits) {
    return ScanMerge.runStart(key.position(), bits);
  }

  /** A partition does not answer: what has been found before it is a page. */
  private void finishShort(PartitionScan failed) {
    if (!keys.isEmpty()) {
      finish();
      return;
    }
    shard.metrics().noQuorums.inc();
    int answered = Math.min(failed.answered(), failed.needed() - 1);
    long waitedMillis = shard.waitedMillis(begunMachineNanos);
    done.accept(
        new ScanResult(
            List.of(), 0, new Failure.NoQuorum(answered, failed.needed(), waitedMillis, false)));
  }

  private static List<byte[]> bytes(List<Key> keys) {
    return keys.stream().map(Key::bytes).toList();
  }
}
