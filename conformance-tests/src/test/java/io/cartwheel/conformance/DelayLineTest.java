package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.DelayLine.Delay;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When bytes leave a slow wire, to the nanosecond: time is what the test says. */
class DelayLineTest {
  private static final long SOME_TIME_NANOS = 1_000_000_007L;

  private static long nanos(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static byte[] piece(int number) {
    return new byte[] {(byte) number};
  }

  @Test
  void piecesAreDueAfterTheDelay_whereverTheClockStands() {
    for (long now : new long[] {SOME_TIME_NANOS, -5, Long.MAX_VALUE - 1}) {
      DelayLine line = new DelayLine(new Delay(300, 0, 0));
      line.add(piece(1), now);
      assertEquals(nanos(300), line.waitNanos(now));
      assertEquals(0, line.waitNanos(now + nanos(300)));
      assertEquals(-1, line.waitNanos(now + nanos(300) + 1));
      assertArrayEquals(piece(1), line.take());
      assertTrue(line.isEmpty());
    }
  }

  @Test
  void jitterIsTheSeeds_withinItsBounds_andPiecesKeepTheirOrder() {
    Delay delay = new Delay(100, 50, 42);
    List<Long> waits = waits(delay);
    assertEquals(waits, waits(delay));
    assertFalse(waits.equals(waits(new Delay(100, 50, 43))));
    assertTrue(waits.stream().distinct().count() > 50);
    assertTrue(waits.stream().allMatch(wait -> wait >= nanos(100) && wait < nanos(150)));
  }

  /** The wait of each of many pieces that come at once. */
  private static List<Long> waits(Delay delay) {
    DelayLine line = new DelayLine(delay);
    for (int i = 0; i < 100; i++) {
      line.add(piece(i), SOME_TIME_NANOS);
    }
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      waits.add(line.waitNanos(SOME_TIME_NANOS));
      assertArrayEquals(piece(i), line.take());
    }
    return waits;
  }

  @Test
  void changedDelay_isThatOfWhatIsUnderWay() {
    DelayLine line = new DelayLine(new Delay(300, 100, 1));
    line.add(piece(1), SOME_TIME_NANOS);
    line.change(new Delay(700, 0, 1));
    assertEquals(nanos(600), line.waitNanos(SOME_TIME_NANOS + nanos(100)));
    line.change(Delay.NONE);
    assertEquals(nanos(-100), line.waitNanos(SOME_TIME_NANOS + nanos(100)));
  }

  @Test
  void pastTheBound_thereIsNoRoomUntilSomethingLeaves() {
    DelayLine line = new DelayLine(new Delay(300, 0, 0));
    int count = 0;
    while (line.hasRoom()) {
      line.add(new byte[1000], SOME_TIME_NANOS);
      count++;
    }
    assertTrue(line.heldBytes() < DelayLine.MAX_BYTES + 2000);
    line.take();
    assertTrue(line.hasRoom());
    while (!line.isEmpty()) {
      line.take();
      count--;
    }
    assertEquals(1, count);
    assertEquals(0, line.heldBytes());
    // Pieces without bytes count too.
    while (line.hasRoom()) {
      line.add(new byte[0], SOME_TIME_NANOS);
      count++;
    }
    assertTrue(count < DelayLine.MAX_BYTES / 32);
  }
}
