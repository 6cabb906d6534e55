package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.StorageIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The rows of one shard as ranges of positions, to be compared with a peer's. A range is read on an
 * I/O thread, after the commit of what is staged. On the shard's loop only.
 */
public final class RowRanges {
  /** Rows whose versions one page tells; the rest of the range is another page. */
  static final int MAX_ROWS = 1_024;

  static final int MAX_BYTES = 128 << 10;

  private final RowStore rows;
  private final Disk disk;
  private final EventLoop loop;

  RowRanges(RowStore rows, Disk disk, EventLoop loop) {
    this.rows = rows;
    this.disk = disk;
    this.loop = loop;
  }

  /**
   * Versions of the first rows of a range, in the order of their stored keys.
   *
   * @param until up to which position all rows that count are here, exclusive; 0 for the end of the
   *     ring
   */
  public record Page(List<KeyedRow> rows, long until) {}

  /**
   * Reads a page.
   *
   * @param to exclusive, 0 for the end of the ring
   * @param counts which keys are told
   */
  public void versions(long from, long to, Predicate<byte[]> counts, Consumer<Page> then) {
    rows.atBoundary(
        () ->
            disk.walk(
                RowKey.first(from), RowKey.end(to), range -> page(range, to, counts), loop, then));
  }

  /**
   * Compares what a peer tells of its rows in a range with ours there.
   *
   * @param nowMillis as in {@link RowComparison#of}
   */
  public void compare(
      CompareRows asked, Predicate<byte[]> counts, long nowMillis, Consumer<RowComparison> then) {
    rows.atBoundary(
        () ->
            disk.walk(
                RowKey.first(asked.from()),
                RowKey.end(asked.to()),
                range -> RowComparison.of(range, asked, counts, nowMillis),
                loop,
                then));
  }

  private static Page page(StorageIterator range, long to, Predicate<byte[]> counts) {
    List<KeyedRow> page = new ArrayList<>();
    long bytes = 0;
    long lastPosition = 0;
    while (range.next()) {
      byte[] rowKey = range.key();
      long position = RowKey.position(rowKey);
      if ((page.size() >= MAX_ROWS || bytes >= MAX_BYTES) && position != lastPosition) {
        return new Page(page, position);
      }
      byte[] key = RowKey.key(rowKey);
      if (counts.test(key)) {
        Row versions = Disk.decode(range.value()).row().versionsOnly();
        page.add(new KeyedRow(key, versions));
        bytes += RowComparison.sizeOf(key, versions);
      }
      lastPosition = position;
    }
    return new Page(page, to);
  }
}
