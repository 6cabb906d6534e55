package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waits_doubleUpToTheLimitLessUpToHalf() {
    Backoff backoff = new Backoff(50, 1_000, new SplittableRandom(1));
    for (int round = 0; round < 2; round++) {
      long full = 50;
      for (int i = 0; i < 10; i++) {
        long wait = backoff.nextMillis();
        assertTrue(wait >= full / 2 && wait <= full, wait + " of " + full);
        full = Math.min(1_000, full * 2);
      }
      backoff.reset();
    }
  }

  @Test
  void sameWarning_isLoggedOnceInAnIntervalAndThenCounted() {
    List<String> log = new ArrayList<>();
    long[] nanos = new long[1];
    Clock clock =
        new Clock() {
          @Override
          public long wallMillis() {
            throw new AssertionError("the wall clock jumps");
          }

          @Override
          public long monotonicNanos() {
            return nanos[0];
          }
        };
    RepeatedWarnings warnings = new RepeatedWarnings(clock, 10, log::add);
    warnings.warn("x");
    warnings.warn("y");
    warnings.warn("x");
    warnings.warn("x");
    assertEquals(List.of("x", "y"), log);
    nanos[0] = 10_000_000;
    warnings.warn("x");
    warnings.warn("x");
    assertEquals(List.of("x", "y", "x (2 more like this)"), log);
    nanos[0] = 20_000_000;
    warnings.warn("y");
    assertEquals("y", log.get(3));
    for (int i = 0; i < 1_000; i++) {
      warnings.warn("other " + i);
    }
    assertEquals(1_004, log.size());
  }
}
