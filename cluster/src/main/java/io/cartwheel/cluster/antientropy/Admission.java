package io.cartwheel.cluster.antientropy;

/**
 * How long background work pauses between two slices, so that clients do not feel it (the paper,
 * section 6.5). It watches how late the loop's timers come: what a timer waits, a request waits.
 * The pause doubles while the loop is late and halves while it is not. Pure.
 */
final class Admission {
  /** A timer of a loop that has nothing to do is a millisecond late at most. */
  private static final long LATE_NANOS = 5_000_000;

  static final int MAX_PAUSE_MILLIS = 100;

  private int pauseMillis;

  /** A timer came so much later than it was asked for. */
  void onTimer(long lateNanos) {
    pauseMillis =
        lateNanos > LATE_NANOS
            ? Math.min(MAX_PAUSE_MILLIS, Math.max(1, pauseMillis * 2))
            : pauseMillis / 2;
  }

  /** Before the next slice; 0 for none. */
  int pauseMillis() {
    return pauseMillis;
  }
}
