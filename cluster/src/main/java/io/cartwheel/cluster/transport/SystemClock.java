package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.Clock;

/** The clock of this machine. */
public final class SystemClock implements Clock {
  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public long monotonicNanos() {
    return System.nanoTime();
  }
}
