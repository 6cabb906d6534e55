package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Walks the stored rows of one shard's partitions in slices, on an I/O thread, and picks some. By
 * the time they are handed over they may have changed: who acts on one looks again in the step that
 * does it. On the shard's loop only.
 */
public final class RowWalk {
  private final RowStore rows;
  private final Disk disk;
  private final EventLoop loop;

  RowWalk(RowStore rows, Disk disk, EventLoop loop) {
    this.rows = rows;
    this.disk = disk;
    this.loop = loop;
  }

  /** A row that was picked. */
  public record Found(Key key, StoredRow row) {}

  /**
   * How far a slice goes at most.
   *
   * @param rows that are looked at
   * @param bytes of them; the last one may exceed it
   */
  public record Limits(int rows, long bytes) {}

  /**
   * What a slice has found.
   *
   * @param next where the next slice of the partition begins, null where there is none
   * @param rows that were looked at
   * @param bytes of these rows
   */
  public record Slice(List<Found> found, byte[] next, int rows, long bytes) {}

  /**
   * @param partitions of the ring
   * @param from null for the partition's beginning, else what the slice before said
   * @param wanted called on an I/O thread
   * @param then called on the loop; never where the disk breaks
   */
  public void slice(
      int partition,
      int partitions,
      byte[] from,
      Limits limits,
      Predicate<StoredRow> wanted,
      Consumer<Slice> then) {
    byte[] begin = from == null ? RowKey.first(Position.firstOf(partition, partitions)) : from;
    byte[] end = RowKey.end(RowKey.endOf(partition, partitions));
    // What this turn has staged is to be seen: the walk begins after its commit.
    rows.atBoundary(() -> disk.walk(begin, end, range -> walk(range, limits, wanted), loop, then));
  }

  private static Slice walk(StorageIterator range, Limits limits, Predicate<StoredRow> wanted) {
    List<Found> found = new ArrayList<>();
    int rows = 0;
    long bytes = 0;
    while (range.next()) {
      byte[] key = range.key();
      byte[] value = range.value();
      StoredRow row = Disk.decode(value);
      rows++;
      bytes += key.length + value.length;
      if (wanted.test(row)) {
        found.add(new Found(new Key(RowKey.key(key)), row));
      }
      if (rows >= limits.rows() || bytes >= limits.bytes()) {
        // The least key after this one.
        return new Slice(List.copyOf(found), Arrays.copyOf(key, key.length + 1), rows, bytes);
      }
    }
    return new Slice(List.copyOf(found), null, rows, bytes);
  }
}
