package io.cartwheel.cluster.transport;

import java.util.SplittableRandom;

/**
 * How long to wait before the next attempt: twice as long as before it, up to a limit, less a
 * random part of up to half, so that nodes which lost each other together do not dial together.
 */
final class Backoff {
  private final long minMillis;
  private final long maxMillis;
  private final SplittableRandom random;
  private long nextMillis;

  Backoff(long minMillis, long maxMillis, SplittableRandom random) {
    this.minMillis = minMillis;
    this.maxMillis = maxMillis;
    this.random = random;
    this.nextMillis = minMillis;
  }

  /** The wait before the attempt that follows one that has failed. */
  long nextMillis() {
    long wait = nextMillis - random.nextLong(nextMillis / 2 + 1);
    nextMillis = Math.min(maxMillis, nextMillis * 2);
    return wait;
  }

  /** An attempt has succeeded. */
  void reset() {
    nextMillis = minMillis;
  }
}
