package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One page of a walk over the ring: partition after partition, several at once while they turn out
 * to hold little, until there are enough keys, the range ends, or it has taken long enough; then
 * the page is shorter and tells where to go on.
 *
 * <p>So many owners are asked that of each keyspace enough are among them, also of one that keeps
 * fewer copies.
 */
final class ScanOperation {
  /** A page crosses no more partitions, so that it stays short on an empty ring. */
  static final int MAX_PARTITIONS = 64;

  /** Partitions asked at once. */
  static final int MAX_WINDOW = 16;

  /** Rows asked for beyond the keys wanted: some may be dead. */
  private static final int SPARE_ROWS = 16;

  private final CoordinatorShard shard;
  private final ScanRequest request;
  private final Consumer<ScanResult> done;
  private final long begunMachineNanos;
  private final long begunNanos;
  private final List<Key> keys = new ArrayList<>();
  private final List<PartitionScan> window = new ArrayList<>();
  private long at;
  private boolean atEnd;
  private int windowSize = 1;

  /** Enough for any run, and far from the end of an int. */
  private static final int MAX_ROW_LIMIT = 1 << 24;

  private int rowLimit;
  private int crossed;
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
    window.clear();
    long from = at;
    for (int i = 0; i < windowSize; i++) {
      int partition = Position.partition(from, partitions);
      long end = partition + 1 == partitions ? 0 : Position.firstOf(partition + 1, partitions);
      long to = ScanMerge.earlierEnd(end, request.to());
      window.add(scanOf(table, partition, new PartitionScan.Range(from, to, rowLimit)));
      if (to == request.to()) {
        break;
      }
      from = to;
    }
    awaited = window.size();
    List.copyOf(window).forEach(PartitionScan::step);
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
    if (awaited > 0) {
      return;
    }
    int before = keys.size();
    for (PartitionScan scan : window) {
      if (scan.hasMoved()) {
        break;
      }
      if (!scan.isEnough()) {
        finishShort(scan);
        return;
      }
      if (!take(scan)) {
        break;
      }
    }
    goOn(keys.size() - before);
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

  private void goOn(int found) {
    boolean longEnough =
        crossed >= MAX_PARTITIONS || shard.nanos() - begunNanos >= shard.requestTimeoutNanos() / 2;
    if (atEnd || keys.size() >= request.limit() || (longEnough && at != request.from())) {
      finish();
      return;
    }
    windowSize = found * 2 < request.limit() ? Math.min(MAX_WINDOW, windowSize * 2) : 1;
    windowSize = Math.max(1, Math.min(windowSize, MAX_PARTITIONS - crossed));
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
