package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageIterator;
import java.util.function.Consumer;

/**
 * The live rows of one shard, partition by partition. Kept up with every staged change; at the
 * start counted from the disk: for one partition after the other a snapshot is taken between two
 * commits and walked on an I/O thread, while the changes since are counted apart and then added.
 *
 * <p>A row counts as live while it has a sibling with a value that has not expired, however its
 * keyspace reads it. On the shard's loop only.
 */
final class LiveCounts implements RowStore.Listener {
  /** After so many rows a walk lets other work have its thread. */
  private static final int ROWS_PER_SLICE = 4_096;

  private final int shard;
  private final int shards;
  private final int partitions;
  private final RowStore rows;
  private final Disk disk;
  private final EventLoop loop;

  /** By partition / shards; null until the partition's snapshot has been taken. */
  private final LiveCount[] counts;

  /** Partitions of this shard below this index have been counted to the end. */
  private int counted;

  LiveCounts(int shard, int shards, int partitions, RowStore rows, Disk disk, EventLoop loop) {
    this.shard = shard;
    this.shards = shards;
    this.partitions = partitions;
    this.rows = rows;
    this.disk = disk;
    this.loop = loop;
    this.counts = new LiveCount[shard < partitions ? (partitions - shard - 1) / shards + 1 : 0];
  }

  /** Begins to count; once. */
  void start() {
    countNext();
  }

  @Override
  public void onStaged(Key key, StoredRow before, StoredRow after) {
    LiveCount count = counts[key.partition(partitions) / shards];
    long wasUntil = LiveCount.liveUntil(before.row());
    long isUntil = LiveCount.liveUntil(after.row());
    if (count != null && wasUntil != isUntil) {
      count.add(wasUntil, -1);
      count.add(isUntil, 1);
    }
  }

  /** The live rows of a partition of this shard, -1 while they have not been counted. */
  long live(int partition, long nowMillis) {
    int index = partition / shards;
    return index < counted ? counts[index].live(nowMillis) : -1;
  }

  private void countNext() {
    if (counted < counts.length) {
      rows.atBoundary(this::beginPartition);
    }
  }

  private void beginPartition() {
    int partition = counted * shards + shard;
    counts[counted] = new LiveCount();
    StorageIterator snapshot =
        disk.snapshot(
            RowKey.first(Position.firstOf(partition, partitions)),
            RowKey.end(RowKey.endOf(partition, partitions)));
    countSlice(snapshot, new LiveCount());
  }

  private void countSlice(StorageIterator snapshot, LiveCount sum) {
    Consumer<Boolean> onSlice =
        more -> {
          if (more) {
            countSlice(snapshot, sum);
          } else {
            counts[counted].add(sum);
            counted++;
            countNext();
          }
        };
    disk.onIo(() -> walk(snapshot, sum), loop, onSlice);
  }

  /** Whether there is more; closes the snapshot at its end. */
  private static boolean walk(StorageIterator snapshot, LiveCount sum) {
    for (int i = 0; i < ROWS_PER_SLICE; i++) {
      if (!snapshot.next()) {
        snapshot.close();
        return false;
      }
      sum.add(LiveCount.liveUntil(Disk.decode(snapshot.value()).row()), 1);
    }
    return true;
  }
}
