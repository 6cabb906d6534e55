package io.cartwheel.cluster.reap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.cartwheel.cluster.reap.DeadRows.Fate;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.Sibling.Form;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DeadRowsTest {
  private static final long TOLERANCE = 5;
  private static final long GRACE = 100;
  private static final long FLOOR = 20;
  private static final DeadRows DEAD_ROWS = new DeadRows(TOLERANCE, GRACE, FLOOR);

  @Test
  void aValueWithoutExpiryIsKeptForEver() {
    Row row = row(0, value(1, 1, 10, Sibling.NO_EXPIRY));
    assertEquals(Fate.KEEP, DEAD_ROWS.of(row, 1_000_000));
  }

  @Test
  void whatExpiresAndHidesNothing_isDroppedWhenItHasExpiredByAllClocks() {
    Row row = row(0, value(1, 1, 10, 50));
    assertEquals(Fate.KEEP, DEAD_ROWS.of(row, 50));
    assertEquals(Fate.KEEP, DEAD_ROWS.of(row, 50 + TOLERANCE - 1));
    assertEquals(Fate.DROP, DEAD_ROWS.of(row, 50 + TOLERANCE));
  }

  @Test
  void whatHasExpiredWhenItIsWritten_isNotDroppedUnderItsReplication() {
    Row row = row(0, value(1, 1, 100, 50));
    assertEquals(Fate.STRIP, DEAD_ROWS.of(row, 100));
    assertEquals(Fate.DROP, DEAD_ROWS.of(row, 100 + TOLERANCE));
  }

  @Test
  void whatExpiresAndHidesSomething_isStrippedAndReapedAfterTheFloor() {
    Row row = row(1, value(1, 2, 10, 50));
    assertEquals(Fate.STRIP, DEAD_ROWS.of(row, 50 + TOLERANCE));
    Row stripped = DEAD_ROWS.stripped(row, 50 + TOLERANCE);
    assertEquals(Form.STRIPPED, stripped.siblings().get(0).form());
    assertEquals(row.context(), stripped.context());
    assertSame(stripped, row.merge(stripped).merge(stripped).equals(stripped) ? stripped : row);
    assertEquals(Fate.KEEP, DEAD_ROWS.of(stripped, 50 + FLOOR - 1));
    assertEquals(Fate.REAP, DEAD_ROWS.of(stripped, 50 + FLOOR));
  }

  @Test
  void aTombstoneIsReapedAfterTheGrace() {
    Row row = row(1, tombstone(1, 2, 10));
    assertEquals(Fate.KEEP, DEAD_ROWS.of(row, 10 + GRACE - 1));
    assertEquals(Fate.REAP, DEAD_ROWS.of(row, 10 + GRACE));
  }

  @Test
  void aTombstoneIsNeverDroppedAtOnce_thoughItHidesNothingHere() {
    Row row = row(0, tombstone(1, 1, 10));
    assertEquals(Fate.KEEP, DEAD_ROWS.of(row, 10 + GRACE - 1));
    assertEquals(Fate.REAP, DEAD_ROWS.of(row, 10 + GRACE));
  }

  @Test
  void whatLivesKeepsTheRow_butNotTheBytesOfTheExpired() {
    Row row = row(0, value(1, 1, 10, 50), value(2, 1, 10, Sibling.NO_EXPIRY));
    assertEquals(Fate.STRIP, DEAD_ROWS.of(row, 1_000));
    Row stripped = DEAD_ROWS.stripped(row, 1_000);
    assertEquals(Form.STRIPPED, stripped.siblings().get(0).form());
    assertEquals(Form.VALUE, stripped.siblings().get(1).form());
    assertEquals(Fate.KEEP, DEAD_ROWS.of(stripped, 1_000));
    assertSame(stripped, DEAD_ROWS.stripped(stripped, 1_000));
  }

  /** All rows of up to two actors with up to two writes each, against the rules one by one. */
  @Test
  void everySmallRow_isTreatedByTheRules() {
    Map<Fate, Integer> seen = new EnumMap<>(Fate.class);
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 200_000; i++) {
      Row row = randomRow(random);
      long now = random.nextLong(200);
      Fate fate = DEAD_ROWS.of(row, now);
      assertEquals(byTheRules(row, now), fate, () -> row + " at " + now);
      seen.merge(fate, 1, Integer::sum);
    }
    assertEquals(Fate.values().length, seen.size(), seen.toString());
  }

  private static Row randomRow(SplittableRandom random) {
    VersionVector context = VersionVector.EMPTY;
    List<Sibling> siblings = new ArrayList<>();
    for (long actor = 1; actor <= 2; actor++) {
      int counter = random.nextInt(3);
      for (int c = 1; c <= counter; c++) {
        long time = random.nextLong(60);
        long expiry = random.nextInt(3) == 0 ? Sibling.NO_EXPIRY : 1 + random.nextLong(80);
        context = context.join(VersionVector.of(new Dot(actor, c), HybridClock.ofMillis(time)));
        switch (random.nextInt(4)) {
          case 0 -> siblings.add(tombstone(actor, c, time));
          case 1 -> siblings.add(value(actor, c, time, expiry));
          case 2 -> {
            if (expiry != Sibling.NO_EXPIRY) {
              siblings.add(form(value(actor, c, time, expiry), Form.STRIPPED));
            }
          }
          default -> {}
        }
      }
    }
    siblings.sort(Comparator.comparing(Sibling::dot));
    return new Row(context, List.copyOf(siblings));
  }

  /** The rules, each said as plainly as can be. */
  private static Fate byTheRules(Row row, long now) {
    int covered = 0;
    long latest = 0;
    for (int i = 0; i < row.context().size(); i++) {
      covered += (int) row.context().counterAt(i);
      latest = Math.max(latest, HybridClock.millisOf(row.context().timeAt(i)));
    }
    if (covered == 0) {
      return Fate.KEEP;
    }
    int tombstones = 0;
    int expired = 0;
    int bytes = 0;
    long lastExpiry = 0;
    for (Sibling s : row.siblings()) {
      if (s.form() == Form.TOMBSTONE) {
        tombstones++;
      } else if (s.expiryMillis() != Sibling.NO_EXPIRY && s.expiryMillis() + TOLERANCE <= now) {
        expired++;
        bytes += s.form() == Form.VALUE ? 1 : 0;
        lastExpiry = Math.max(lastExpiry, s.expiryMillis());
      }
    }
    boolean dead = tombstones + expired == row.siblings().size();
    if (dead && expired == covered && latest + TOLERANCE <= now) {
      return Fate.DROP;
    }
    if (bytes > 0) {
      return Fate.STRIP;
    }
    boolean byExpiryOnly = tombstones == 0 && expired > 0;
    boolean old =
        latest + (byExpiryOnly ? FLOOR : GRACE) <= now
            && (expired == 0 || lastExpiry + FLOOR <= now);
    return dead && old ? Fate.REAP : Fate.KEEP;
  }

  private static Row row(long overwritten, Sibling... siblings) {
    VersionVector context =
        overwritten == 0 ? VersionVector.EMPTY : VersionVector.of(new Dot(1, overwritten), 1);
    for (Sibling s : siblings) {
      context = context.join(VersionVector.of(s.dot(), s.time()));
    }
    return new Row(context, List.of(siblings));
  }

  private static Sibling tombstone(long actor, long counter, long millis) {
    return form(value(actor, counter, millis, Sibling.NO_EXPIRY), Form.TOMBSTONE);
  }

  private static Sibling value(long actor, long counter, long millis, long expiryMillis) {
    return new Sibling(
        new Dot(actor, counter),
        HybridClock.ofMillis(millis),
        expiryMillis,
        Sibling.STRING,
        Form.VALUE,
        new byte[] {1},
        new RequestId(actor, counter),
        false);
  }

  private static Sibling form(Sibling s, Form form) {
    return new Sibling(
        s.dot(), s.time(), s.expiryMillis(), s.type(), form, null, s.request(), false);
  }
}
