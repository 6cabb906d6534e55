package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.StorageIterator;
import java.util.ArrayList;
import java.util.List;

/**
 * Versions of the rows of a range, in order of position, as many as fit.
 *
 * @param rows a page never ends between two rows of one position
 * @param complete whether nothing of the range is left
 */
record RowPage(List<KeyedRow> rows, boolean complete) {
  /** A greater limit is taken for this one. */
  static final int MAX_ROWS = 10_000;

  /** A page of more bytes ends with the run, so that it fits a message with room to spare. */
  static final int MAX_BYTES = 1 << 20;

  private static final int VERSION_ENTRY_BYTES = 24;
  private static final int SIBLING_BYTES = 48;

  /**
   * @param range from where the page begins to where the whole range ends; its values are not kept
   */
  static RowPage read(StorageIterator range, int limit) {
    int maxRows = Math.max(1, Math.min(limit, MAX_ROWS));
    List<KeyedRow> rows = new ArrayList<>();
    long bytes = 0;
    long lastPosition = 0;
    while (range.next()) {
      byte[] rowKey = range.key();
      long position = RowKey.position(rowKey);
      boolean full = rows.size() >= maxRows || bytes >= MAX_BYTES;
      if (full && !Position.isSameRun(position, lastPosition)) {
        return new RowPage(rows, false);
      }
      Row versions = Disk.decode(range.value()).row().versionsOnly();
      rows.add(new KeyedRow(RowKey.key(rowKey), versions));
      lastPosition = position;
      bytes += rowKey.length + (long) VERSION_ENTRY_BYTES * versions.context().size();
      bytes += (long) SIBLING_BYTES * versions.siblings().size();
    }
    return new RowPage(rows, true);
  }
}
