package io.cartwheel.cluster.version;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HybridClockTest {
  private final StoppedClock wall = new StoppedClock();
  private final HybridClock clock = new HybridClock(wall);

  @Test
  void ticks_ascendWhileTheWallClockStands() {
    long first = clock.tick();
    assertEquals(HybridClock.ofMillis(StoppedClock.START_MILLIS), first);
    assertEquals(first + 1, clock.tick());
  }

  @Test
  void ticks_followTheWallClock() {
    clock.tick();
    wall.wallMillis += 5;
    assertEquals(HybridClock.ofMillis(StoppedClock.START_MILLIS + 5), clock.tick());
  }

  @Test
  void ticks_ascendWhenTheWallClockGoesBack() {
    long before = clock.tick();
    wall.wallMillis -= 3_600_000;
    assertTrue(clock.tick() > before);
    assertEquals(StoppedClock.START_MILLIS, clock.nowMillis());
  }

  @Test
  void now_doesNotGoBackWithTheWallClock() {
    wall.wallMillis += 5_000;
    long before = clock.now();
    wall.wallMillis -= 4_000;
    assertTrue(clock.now() >= before);
    assertTrue(clock.tick() > before);
  }

  @Test
  void counterThatOverflows_carriesIntoTheMilliseconds() {
    long last = 0;
    for (int i = 0; i < 1 << 17; i++) {
      long tick = clock.tick();
      assertTrue(tick > last);
      last = tick;
    }
    assertEquals(StoppedClock.START_MILLIS + 1, HybridClock.millisOf(last));
    wall.wallMillis += 10;
    assertEquals(HybridClock.ofMillis(StoppedClock.START_MILLIS + 10), clock.tick());
  }

  @Test
  void now_takesNoStep() {
    long tick = clock.tick();
    assertEquals(tick, clock.now());
    assertEquals(tick, clock.now());
  }

  @Test
  void observe_takesAPeersTime() {
    long remote = HybridClock.ofMillis(StoppedClock.START_MILLIS + 60_000) + 7;
    assertTrue(clock.observe(remote));
    assertEquals(remote, clock.now());
    assertEquals(remote + 1, clock.tick());
  }

  @Test
  void observe_ofAnOlderTime_changesNothing() {
    long tick = clock.tick();
    assertTrue(clock.observe(5));
    assertTrue(clock.observe(0));
    assertEquals(tick, clock.now());
  }

  @Test
  void observe_refusesAPeerTooFarAheadAndDoesNotTakeItsTime() {
    long tick = clock.tick();
    assertFalse(clock.observe(HybridClock.ofMillis(StoppedClock.START_MILLIS + 60_001)));
    assertFalse(clock.observe(Long.MAX_VALUE));
    assertFalse(clock.observe(-1));
    assertEquals(tick, clock.now());
  }

  @Test
  void observe_judgesByTheWallClockSoThatPeersCannotPullEachOtherAlong() {
    assertTrue(clock.observe(HybridClock.ofMillis(StoppedClock.START_MILLIS + 50_000)));
    assertFalse(clock.observe(HybridClock.ofMillis(StoppedClock.START_MILLIS + 100_000)));
  }

  @Test
  void tickAfter_isLaterThanWhatWasSeen() {
    long seen = HybridClock.ofMillis(StoppedClock.START_MILLIS + 1_000);
    assertEquals(seen + 1, clock.tickAfter(seen));
    assertEquals(seen + 2, clock.tick());
  }

  @Test
  void tickAfter_ofATimeTooFarAhead_isLaterButTheClockStays() {
    long seen = HybridClock.ofMillis(StoppedClock.START_MILLIS + 3_600_000);
    assertEquals(seen + 1, clock.tickAfter(seen));
    assertEquals(StoppedClock.START_MILLIS, clock.nowMillis());
  }

  @Test
  void latestCredible_isAMinuteFromNow() {
    assertEquals(HybridClock.ofMillis(StoppedClock.START_MILLIS + 60_000), clock.latestCredible());
  }

  private void pass(long millis) {
    wall.wallMillis += millis;
    wall.nanos += millis * 1_000_000;
  }

  @Test
  void clockThatIsAhead_goesOnSlowlyUntilTheWallClockHasCaughtUp() {
    long remote = HybridClock.ofMillis(StoppedClock.START_MILLIS + 10_000);
    clock.observe(remote);
    long before = clock.now();
    for (int i = 0; i < 30_000; i++) {
      pass(1);
      long now = i % 3 == 0 ? clock.tick() : clock.now();
      assertTrue(now >= before, "at " + i);
      before = now;
      if (i == 1_000) {
        long aheadMillis = clock.nowMillis() - HybridClock.millisOf(remote);
        assertTrue(aheadMillis > 400 && aheadMillis < 600, "after a second " + aheadMillis);
      }
    }
    assertEquals(wall.wallMillis, clock.nowMillis());
  }

  @Test
  void clockThatWasAhead_neverGoesBackWhereOnlyTheTimeIsAsked() {
    clock.observe(HybridClock.ofMillis(StoppedClock.START_MILLIS + 2_000));
    long before = clock.now();
    for (int i = 0; i < 6_000; i++) {
      pass(1);
      long now = clock.now();
      assertTrue(now >= before, "at " + i);
      before = now;
    }
    assertEquals(wall.wallMillis, clock.nowMillis());
  }
}
