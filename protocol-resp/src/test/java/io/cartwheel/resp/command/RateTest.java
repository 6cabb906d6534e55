package io.cartwheel.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RateTest {
  private static final long SECOND = 1_000_000_000;

  private final Rate rate = new Rate();

  @Test
  void perSecond_isOfTheLastInterval() {
    rate.sample(1000, -5 * SECOND);
    assertEquals(0, rate.perSecond());
    rate.sample(1500, -4 * SECOND);
    assertEquals(500, rate.perSecond());
    rate.sample(1600, -2 * SECOND);
    assertEquals(50, rate.perSecond());
    rate.sample(1600, -SECOND);
    assertEquals(0, rate.perSecond());
  }

  @Test
  void perSecond_ofACountThatWasSetBack_isNeverNegative() {
    rate.sample(1000, 0);
    rate.sample(30, SECOND);
    assertEquals(30, rate.perSecond());
  }

  @Test
  void perSecond_withoutTimeBetween_keepsWhatItWas() {
    rate.sample(0, 0);
    rate.sample(10, SECOND);
    rate.sample(20, SECOND);
    assertEquals(10, rate.perSecond());
    rate.sample(20, 2 * SECOND);
    assertEquals(10, rate.perSecond());
  }
}
