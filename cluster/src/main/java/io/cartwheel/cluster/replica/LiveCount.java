package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many rows live, although some die by the passing of time alone. A row counts until its last
 * sibling expires; that moment follows from the row and nothing else, so what a row added can be
 * taken away exactly when it changes.
 *
 * <p>Rows that expire are counted in buckets by that moment. A bucket is dropped whole when its end
 * has passed, so an expired row counts for at most one bucket's width too long. To bound the memory
 * there are at most {@value #MAX_BUCKETS} buckets: when there would be more, all become twice as
 * wide. The width, a second at first, therefore stays below 1/256 of the span of the expiries that
 * are there: with a day between the first and the last, under six minutes. Not safe for use by
 * several threads at once.
 */
final class LiveCount {
  static final int MAX_BUCKETS = 512;
  static final long FINEST_WIDTH_MILLIS = 1_000;

  /** A row that lives until another write. */
  static final long FOREVER = Long.MAX_VALUE;

  /** A row that does not live. */
  static final long DEAD = Long.MIN_VALUE;

  /**
   * Some 140,000 years: what expires later is as good as for ever, and needs no care for overflow.
   */
  private static final long FAR_MILLIS = 1L << 52;

  /** Rows by the end (inclusive) of the bucket in which they expire. */
  private final TreeMap<Long, Long> byEnd = new TreeMap<>();

  private long widthMillis = FINEST_WIDTH_MILLIS;
  private long forever;
  private long expiring;

  /** Rows that expire up to here are no longer in any bucket. */
  private long droppedUpTo = Long.MIN_VALUE;

  /** Until when a row shows a value: a time, {@link #FOREVER} or {@link #DEAD}. */
  static long liveUntil(Row row) {
    long until = DEAD;
    for (Sibling s : row.siblings()) {
      if (s.form() == Sibling.Form.VALUE || s.form() == Sibling.Form.OMITTED) {
        boolean far = s.expiryMillis() == Sibling.NO_EXPIRY || s.expiryMillis() >= FAR_MILLIS;
        until = Math.max(until, far ? FOREVER : s.expiryMillis());
      }
    }
    return until;
  }

  /** Counts {@code rows} more (or fewer) that live until then. */
  void add(long liveUntil, long rows) {
    if (liveUntil == FOREVER) {
      forever += rows;
    } else if (liveUntil != DEAD && liveUntil > droppedUpTo) {
      addToBucket(endOf(liveUntil), rows);
      while (byEnd.size() > MAX_BUCKETS) {
        widen();
      }
    }
  }

  /** Counts what the other has counted; neither has dropped anything yet. */
  void add(LiveCount other) {
    while (widthMillis < other.widthMillis) {
      widen();
    }
    forever += other.forever;
    other.byEnd.forEach(this::add);
  }

  /** How many live at this time. Times do not go back. */
  long live(long nowMillis) {
    while (!byEnd.isEmpty() && byEnd.firstKey() <= nowMillis) {
      Map.Entry<Long, Long> expired = byEnd.pollFirstEntry();
      expiring -= expired.getValue();
      droppedUpTo = expired.getKey();
    }
    return forever + expiring;
  }

  int buckets() {
    return byEnd.size();
  }

  private void addToBucket(long end, long rows) {
    expiring += rows;
    if (byEnd.merge(end, rows, Long::sum) == 0) {
      byEnd.remove(end);
    }
  }

  private void widen() {
    widthMillis *= 2;
    TreeMap<Long, Long> narrow = new TreeMap<>(byEnd);
    byEnd.clear();
    expiring = 0;
    narrow.forEach((end, rows) -> addToBucket(endOf(end), rows));
  }

  /** A bucket of width w ends at a multiple of w and begins after the one before. */
  private long endOf(long liveUntil) {
    return -Math.floorDiv(-liveUntil, widthMillis) * widthMillis;
  }
}
