package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HedgeDelayTest {
  private static final long MILLI = 1_000_000;

  private final HedgeDelay delay = new HedgeDelay();

  @Test
  void tooFewAnswers_tellNothing() {
    for (int i = 0; i < HedgeDelay.SAMPLES - 1; i++) {
      delay.onAnswered(5 * MILLI);
      assertEquals(Long.MAX_VALUE, delay.nanos());
    }
    delay.onAnswered(5 * MILLI);
    assertEquals(5 * MILLI, delay.nanos());
  }

  @Test
  void isAtLeastWhatATimerCanKeep() {
    for (int i = 0; i < HedgeDelay.SAMPLES; i++) {
      delay.onAnswered(10_000);
    }
    assertEquals(MILLI, delay.nanos());
  }

  @Test
  void isThe99thPercentileOfTheLastAnswers() {
    SplittableRandom random = new SplittableRandom(1);
    long[] all = new long[10 * HedgeDelay.SAMPLES];
    for (int i = 0; i < all.length; i++) {
      all[i] = random.nextLong(MILLI, 100 * MILLI);
      delay.onAnswered(all[i]);
    }
    long[] last = Arrays.copyOfRange(all, all.length - HedgeDelay.SAMPLES, all.length);
    Arrays.sort(last);
    long slower = Arrays.stream(last).filter(nanos -> nanos > delay.nanos()).count();
    assertTrue(slower <= HedgeDelay.SAMPLES / 100, slower + " of the last are slower");
    assertTrue(delay.nanos() <= last[last.length - 1]);
  }

  @Test
  void whereAllPeersBecomeSlower_theDelayFollowsThem() {
    for (int i = 0; i < HedgeDelay.SAMPLES; i++) {
      delay.onAnswered(2 * MILLI);
    }
    int hedged = 0;
    while (delay.nanos() < 40 * MILLI) {
      delay.onHedged();
      hedged++;
    }
    assertTrue(hedged <= 5 * HedgeDelay.SAMPLES, hedged + " reads were doubled");
  }
}
