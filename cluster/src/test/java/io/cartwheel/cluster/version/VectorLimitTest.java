package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.at;
import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.row;
import static io.cartwheel.cluster.version.Rows.tombstone;
import static io.cartwheel.cluster.version.Rows.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class VectorLimitTest {
  private static final long GRACE_MILLIS = 1_000;
  private static final long NOW_MILLIS = 1_000_000;

  @Test
  void aShortVector_isTheVeryRow() {
    Row row = rowAgedMillis(9_000, 9_000);
    assertSame(row, cut(3, row).row());
  }

  @Test
  void theOldestTimeGoesFirst() {
    // The last entry is the sibling's.
    VectorLimit.Cut cut = cut(2, rowAgedMillis(5_000, 9_000, 7_000));
    assertEquals(2, cut.entries());
    assertEquals(0, cut.youngEntries());
    assertTrue(cut.row().context().covers(dot(1, 1)));
    assertEquals(2, cut.row().context().size());
    assertEquals(1, cut.row().siblings().size());
  }

  @Test
  void entriesYoungerThanTheGrace_stay() {
    VectorLimit.Cut cut = cut(1, rowAgedMillis(999, 1_000, 5));
    assertEquals(1, cut.entries());
    assertTrue(cut.row().context().covers(dot(1, 1)));
    assertTrue(cut.row().context().covers(dot(3, 1)));
  }

  @Test
  void actorsOfSiblingsThatAreThere_stay() {
    Row row =
        row(
            Rows.vector(dot(9, 1)),
            at(value(dot(1, 1), "old"), 1),
            at(tombstone(dot(2, 1)), 1),
            at(value(dot(3, 1), "old"), 1));
    VectorLimit.Cut cut = cut(1, row);
    assertEquals(1, cut.entries());
    assertEquals(row.siblings(), cut.row().siblings());
    row.siblings().forEach(s -> assertTrue(cut.row().context().covers(s.dot())));
  }

  @Test
  void beyondTenTimesTheLimit_theOldestGoesWhateverItsAge() {
    long[] young = new long[25];
    Arrays.setAll(young, i -> i);
    VectorLimit.Cut cut = cut(2, rowAgedMillis(young));
    assertEquals(20, cut.row().context().size());
    assertEquals(6, cut.entries());
    assertEquals(6, cut.youngEntries());
    assertTrue(cut.row().context().covers(dot(1, 1)), "the youngest is there");
    assertEquals(0, cut.row().context().counterOf(25), "the oldest is gone");
  }

  @Test
  void beyondTenTimesTheLimit_actorsOfSiblingsStay() {
    Sibling[] siblings = new Sibling[30];
    for (int i = 0; i < siblings.length; i++) {
      siblings[i] = value(dot(i + 1, 1), "v");
    }
    Row row = row(siblings);
    assertSame(row, cut(1, row).row());
  }

  @Test
  void nonsense_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> new VectorLimit(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new VectorLimit(1, -1));
  }

  private static VectorLimit.Cut cut(int limit, Row row) {
    return new VectorLimit(limit, GRACE_MILLIS).cut(row, HybridClock.ofMillis(NOW_MILLIS));
  }

  /** Actors 1, 2, 3... with entries of these ages, and a sibling of actor 99, just written. */
  private static Row rowAgedMillis(long... ages) {
    VersionVector context = VersionVector.EMPTY;
    for (int i = 0; i < ages.length; i++) {
      long time = HybridClock.ofMillis(NOW_MILLIS - ages[i]);
      context = context.join(VersionVector.of(dot(i + 1, 1), time));
    }
    return row(context, at(value(dot(99, 1), "v"), HybridClock.ofMillis(NOW_MILLIS)));
  }
}
