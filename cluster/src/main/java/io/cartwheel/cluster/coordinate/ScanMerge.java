package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Pages of one range from several replicas, merged: only as far as all pages reach, and of each key
 * only whether it lives. Positions are unsigned, an end of 0 is the end of the ring. Pure.
 */
final class ScanMerge {
  /**
   * @param live keys in order of position
   * @param coveredTo up to here (exclusive) all live keys are in {@code live}
   * @param rows of keys up to there, dead or alive
   */
  record Page(List<Key> live, long coveredTo, int rows) {}

  private ScanMerge() {}

  /**
   * @param newest whether a key's keyspace shows only the latest of its siblings
   */
  static Page merge(
      List<Scanned> pages, long from, long to, Predicate<byte[]> newest, long nowMillis) {
    long coveredTo = to;
    for (Scanned page : pages) {
      if (!page.complete()) {
        // To the end of the run, though the last row may be long before it: else a page of one row
        // that is larger than a page would cover nothing, and be asked for again for ever.
        coveredTo = earlierEnd(coveredTo, Position.nextRun(lastPosition(page, from - 1)));
      }
    }
    Map<Key, Row> rows =
        new TreeMap<>(
            (a, b) -> {
              int order = Long.compareUnsigned(a.position(), b.position());
              return order != 0 ? order : Arrays.compareUnsigned(a.bytes(), b.bytes());
            });
    for (Scanned page : pages) {
      for (KeyedRow row : page.rows()) {
        Key key = new Key(row.key());
        if (isBefore(key.position(), coveredTo)) {
          rows.merge(key, row.row(), Row::merge);
        }
      }
    }
    List<Key> live = new ArrayList<>();
    rows.forEach(
        (key, row) -> {
          if (Reading.of(row, newest.test(key.bytes()), nowMillis).exists()) {
            live.add(key);
          }
        });
    return new Page(live, coveredTo, rows.size());
  }

  private static long lastPosition(Scanned page, long ifEmpty) {
    List<KeyedRow> rows = page.rows();
    return rows.isEmpty() ? ifEmpty : new Key(rows.get(rows.size() - 1).key()).position();
  }

  static boolean isBefore(long position, long end) {
    return end == 0 || Long.compareUnsigned(position, end) < 0;
  }

  static long earlierEnd(long a, long b) {
    return a == 0 || (b != 0 && Long.compareUnsigned(b, a) < 0) ? b : a;
  }

  /** The first position of the run that shares so many top bits with {@code position}. */
  static long runStart(long position, int bits) {
    return bits == 0 ? 0 : position & (-1L << (64 - bits));
  }
}
