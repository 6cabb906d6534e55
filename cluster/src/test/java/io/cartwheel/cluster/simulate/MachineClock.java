package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.SimulatedTime;

/** The clock of one machine: wrong by an offset, running at a rate of its own, and jumping. */
final class MachineClock implements Clock {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final SimulatedTime time;
  private long offsetMillis;
  private double rate = 1;

  MachineClock(SimulatedTime time) {
    this.time = time;
  }

  void set(long newOffsetMillis, double newRate) {
    offsetMillis = newOffsetMillis;
    rate = newRate;
  }

  void jumpTo(long newOffsetMillis) {
    offsetMillis = newOffsetMillis;
  }

  double rate() {
    return rate;
  }

  /** Right again; the monotonic reading stays as it runs. */
  void correct() {
    offsetMillis = 0;
  }

  @Override
  public long wallMillis() {
    return time.wallMillis() + offsetMillis;
  }

  @Override
  public long monotonicNanos() {
    return (long) (time.monotonicNanos() * rate);
  }

  /** How long in true time. */
  static long millis(long nanos) {
    return nanos / NANOS_PER_MILLI;
  }
}
