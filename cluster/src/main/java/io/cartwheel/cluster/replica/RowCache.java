package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The rows of a shard that were read or written last, as they are committed, absent ones too: a
 * write reads its row twice on every owner, and most of the cost of that is the engine's search.
 * Bounded by an estimate of its bytes; the least recently used go first. On the shard's loop only,
 * which is also the only one that commits: what is here is never stale.
 */
final class RowCache {
  /** About what the objects around a row cost. */
  private static final int ROW_BYTES = 200;

  private static final int SIBLING_BYTES = 120;

  /** A row larger than this share of the whole would only push out many that are wanted. */
  private static final int SHARE = 16;

  private final long maxBytes;
  private final Map<Key, StoredRow> rows = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * @param maxBytes 0 for no cache
   */
  RowCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** The committed row, or null where it is not here. */
  StoredRow get(Key key) {
    return rows.get(key);
  }

  /** The row as it has been committed, or read. */
  void put(Key key, StoredRow row) {
    StoredRow before = rows.remove(key);
    bytes -= before == null ? 0 : sizeBytes(key, before);
    long size = sizeBytes(key, row);
    if (size > maxBytes / SHARE) {
      return;
    }
    rows.put(key, row);
    bytes += size;
    Iterator<Map.Entry<Key, StoredRow>> eldest = rows.entrySet().iterator();
    while (bytes > maxBytes) {
      Map.Entry<Key, StoredRow> oldest = eldest.next();
      bytes -= sizeBytes(oldest.getKey(), oldest.getValue());
      eldest.remove();
    }
  }

  long bytes() {
    return bytes;
  }

  int size() {
    return rows.size();
  }

  private static long sizeBytes(Key key, StoredRow row) {
    long size = ROW_BYTES + key.bytes().length + 24L * row.row().context().size();
    for (Sibling sibling : row.row().siblings()) {
      size += SIBLING_BYTES + (sibling.value() == null ? 0 : sibling.value().length);
    }
    return size;
  }
}
