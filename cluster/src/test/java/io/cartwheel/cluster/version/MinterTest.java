package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.row;
import static io.cartwheel.cluster.version.Rows.value;
import static io.cartwheel.cluster.version.Rows.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MinterTest {
  private static final long PROCESS = 77;

  private final StoppedClock wall = new StoppedClock();
  private final HybridClock clock = new HybridClock(wall);
  private final Minter minter = new Minter(new SplittableRandom(1), PROCESS);

  @Test
  void stamp_extendsItsActorWhileItsFieldIsThere() {
    StoredRow first = stamp(minter, StoredRow.ABSENT);
    StoredRow second = stamp(minter, first);
    assertEquals(1, only(first).counter());
    assertEquals(dot(only(first).actor(), 2), only(second));
    assertEquals(new StoredRow.Mint(only(second).actor(), 2, PROCESS), second.mint());
  }

  @Test
  void stamp_beginsAFreshActorForEachRow() {
    assertNotEquals(
        only(stamp(minter, StoredRow.ABSENT)).actor(),
        only(stamp(minter, StoredRow.ABSENT)).actor());
  }

  @Test
  void stamp_beginsAFreshActorWhereAnotherProcessWroteTheField() {
    StoredRow first = stamp(minter, StoredRow.ABSENT);
    Minter restarted = new Minter(new SplittableRandom(2), PROCESS + 1);
    StoredRow second = stamp(restarted, first);
    assertNotEquals(only(first).actor(), only(second).actor());
    assertEquals(1, only(second).counter());
  }

  @Test
  void stamp_beginsAFreshActorWhereTheRowOrThePastKnowsALaterDot() {
    StoredRow first = stamp(minter, StoredRow.ABSENT);
    long actor = only(first).actor();
    StoredRow ahead = first.merge(row(value(dot(actor, 2), "from before")));
    assertNotEquals(actor, stamp(minter, ahead).mint().actor());
    StoredRow byToken = minter.stamp(first, vector(dot(actor, 2)), newValue("x"), clock);
    assertNotEquals(actor, byToken.mint().actor());
    assertEquals(1, byToken.mint().counter());
  }

  @Test
  void stamp_keepsItsActorWhereAnotherWroteMeanwhile() {
    StoredRow first = stamp(minter, StoredRow.ABSENT);
    StoredRow merged = first.merge(row(first.row().context(), value(dot(5, 1), "other")));
    assertEquals(dot(only(first).actor(), 2), dotOf(stamp(minter, merged).mint()));
  }

  @Test
  void stamp_dropsWhatItsPastCoversAndKeepsTheRest() {
    StoredRow held = new StoredRow(row(value(dot(5, 1), "a"), value(dot(6, 1), "b")), null);
    StoredRow stamped = minter.stamp(held, vector(dot(5, 1)), newValue("c"), clock);
    List<Dot> dots = stamped.row().siblings().stream().map(Sibling::dot).toList();
    assertEquals(2, dots.size());
    assertTrue(dots.contains(dot(6, 1)));
    assertTrue(dots.contains(dotOf(stamped.mint())));
    assertTrue(stamped.row().context().covers(held.row().context()));
  }

  @Test
  void stamp_isLaterThanEveryTimeInTheRow() {
    long ahead = clock.now() + HybridClock.ofMillis(30_000);
    StoredRow held =
        new StoredRow(row(VersionVector.of(dot(5, 1), ahead), value(dot(6, 1), "b")), null);
    assertTrue(stamp(minter, held).row().latestTime() > ahead);
    assertTrue(clock.now() > ahead, "the clock follows what is credible");
  }

  @Test
  void stamp_doesNotBelieveTimesOfATokenThatLieInTheFuture() {
    VersionVector forged = VersionVector.of(dot(5, 9), Long.MAX_VALUE);
    StoredRow stamped = minter.stamp(StoredRow.ABSENT, forged, newValue("x"), clock);
    long bound = HybridClock.ofMillis(wall.wallMillis() + HybridClock.MAX_AHEAD_MILLIS + 1);
    assertTrue(stamped.row().latestTime() <= bound);
    assertTrue(stamped.row().context().covers(dot(5, 9)));
  }

  @Test
  void stamp_withoutValue_isATombstone() {
    StoredRow deleted =
        minter.stamp(
            StoredRow.ABSENT,
            VersionVector.EMPTY,
            new Minter.NewValue(null, Sibling.STRING, Sibling.NO_EXPIRY, new RequestId(1, 1), true),
            clock);
    Sibling sibling = deleted.row().siblings().get(0);
    assertEquals(Sibling.Form.TOMBSTONE, sibling.form());
    assertTrue(sibling.readModifyWrite());
    assertFalse(sibling.isLive(0));
  }

  @Test
  void actors_getNewRandomBitsWhenTheirNumbersAreUsedUp() {
    Minter old = new Minter(new SplittableRandom(2), PROCESS, -2);
    long before = only(stamp(old, StoredRow.ABSENT)).actor();
    long after = only(stamp(old, StoredRow.ABSENT)).actor();
    long further = only(stamp(old, StoredRow.ABSENT)).actor();
    assertEquals(0xffff_ffffL, before & 0xffff_ffffL);
    assertEquals(0, after & 0xffff_ffffL);
    assertNotEquals(before >>> 32, after >>> 32);
    assertEquals(after + 1, further);
  }

  private StoredRow stamp(Minter by, StoredRow row) {
    return by.stamp(row, row.row().context(), newValue("v"), clock);
  }

  private static Minter.NewValue newValue(String text) {
    return new Minter.NewValue(
        text.getBytes(StandardCharsets.UTF_8),
        Sibling.STRING,
        Sibling.NO_EXPIRY,
        new RequestId(1, 1),
        false);
  }

  private static Dot only(StoredRow row) {
    assertEquals(1, row.row().siblings().size());
    return row.row().siblings().get(0).dot();
  }

  private static Dot dotOf(StoredRow.Mint mint) {
    return dot(mint.actor(), mint.counter());
  }
}
