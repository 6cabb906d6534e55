package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.LargeRow;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.StorageIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a walk over own rows and a peer's list of versions, both in the order of the rows' keys,
 * have to tell each other.
 *
 * @param rows of ours, whole, that bring something to the peer
 * @param large further ones, each of more than {@link #LARGE_BYTES}
 * @param wanted keys of the peer's rows that bring something to us
 * @param until the position up to which all was compared, exclusive; 0 for the end of the ring
 */
public record RowComparison(
    List<KeyedRow> rows, List<LargeRow> large, List<byte[]> wanted, long until) {
  /** A comparison that has found so much ends with the position. */
  static final int MAX_BYTES = 256 << 10;

  static final int MAX_ROWS = 512;

  /** A larger row is told by its key only, and travels by itself. */
  public static final int LARGE_BYTES = MAX_BYTES;

  /** A row with its key takes about so many bytes of a message. */
  public static long sizeOf(byte[] key, Row row) {
    return key.length + row.sizeBytes();
  }

  /**
   * @param own all rows of the range that was asked about, or the first of them
   * @param counts which keys both are to have
   * @param nowMillis a row in which nothing lives by then is not brought to who has none of the
   *     key, unless it asks for all: one may have dropped it already
   */
  static RowComparison of(
      StorageIterator own, CompareRows asked, Predicate<byte[]> counts, long nowMillis) {
    return new Walk(asked, nowMillis).over(own, counts);
  }

  private static final class Walk {
    private final CompareRows asked;
    private final long nowMillis;
    private final List<KeyedRow> rows = new ArrayList<>();
    private final List<LargeRow> large = new ArrayList<>();
    private final List<byte[]> wanted = new ArrayList<>();
    private int next;
    private byte[] nextKey;
    private long bytes;
    private long lastPosition;

    Walk(CompareRows asked, long nowMillis) {
      this.asked = asked;
      this.nowMillis = nowMillis;
      this.nextKey = keyAt(0);
    }

    private byte[] keyAt(int index) {
      return index < asked.rows().size() ? RowKey.of(new Key(asked.rows().get(index).key())) : null;
    }

    RowComparison over(StorageIterator own, Predicate<byte[]> counts) {
      while (own.next()) {
        byte[] rowKey = own.key();
        long position = RowKey.position(rowKey);
        boolean full = bytes >= MAX_BYTES || rows.size() + large.size() >= MAX_ROWS;
        if (full && position != lastPosition) {
          takeTheirsBefore(RowKey.first(position));
          return new RowComparison(rows, large, wanted, position);
        }
        byte[] key = RowKey.key(rowKey);
        if (counts.test(key)) {
          takeTheirsBefore(rowKey);
          compare(rowKey, key, Disk.decode(own.value()).row());
        }
        lastPosition = position;
      }
      takeTheirsBefore(null);
      return new RowComparison(rows, large, wanted, asked.to());
    }

    /** Rows that only the peer has; it tells those that are of no use to who has none as well. */
    private void takeTheirsBefore(byte[] bound) {
      while (nextKey != null && (bound == null || Arrays.compareUnsigned(nextKey, bound) < 0)) {
        KeyedRow theirs = asked.rows().get(next);
        if (theirs.row().liveCount(nowMillis) > 0) {
          wanted.add(theirs.key());
        }
        nextKey = keyAt(++next);
      }
    }

    private void compare(byte[] rowKey, byte[] key, Row ours) {
      if (nextKey == null || !Arrays.equals(nextKey, rowKey)) {
        if (asked.full() || ours.liveCount(nowMillis) > 0) {
          give(key, ours);
        }
        return;
      }
      Row theirs = asked.rows().get(next).row();
      if (!theirs.includes(ours)) {
        give(key, ours);
      }
      if (!ours.includes(theirs)) {
        wanted.add(key);
      }
      nextKey = keyAt(++next);
    }

    private void give(byte[] key, Row ours) {
      long size = sizeOf(key, ours);
      if (size > LARGE_BYTES) {
        large.add(new LargeRow(key, size));
        bytes += key.length;
      } else {
        rows.add(new KeyedRow(key, ours));
        bytes += size;
      }
    }
  }
}
