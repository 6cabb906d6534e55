package io.cartwheel.cluster.version;

import io.cartwheel.cluster.environment.Clock;

/** A clock that a test sets. */
final class StoppedClock implements Clock {
  /** Some day in 2026. */
  static final long START_MILLIS = 1_780_000_000_000L;

  long wallMillis = START_MILLIS;
  long nanos;

  @Override
  public long wallMillis() {
    return wallMillis;
  }

  @Override
  public long monotonicNanos() {
    return nanos;
  }
}
