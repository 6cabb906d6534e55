package io.cartwheel.cluster.coordinate;

import java.util.Arrays;

/**
 * After how long a read is slow enough to ask one more replica: the 99th percentile of what peers
 * took of late, so that about one read in a hundred asks twice. Pure.
 *
 * <p>What a slow peer would have taken is not waited for. It is counted as twice the delay; so
 * where all peers become slower the delay follows, instead of doubling their load for ever.
 */
final class HedgeDelay {
  /** Too few tell nothing about the slowest hundredth. */
  static final int SAMPLES = 128;

  private static final int SAMPLES_PER_LOOK = 32;
  private static final double QUANTILE = 0.99;

  /** Timers are no finer. */
  private static final long LEAST_NANOS = 1_000_000;

  private final long[] samples = new long[SAMPLES];
  private int next;
  private boolean full;
  private long delayNanos = Long.MAX_VALUE;

  /** A peer has answered a read. */
  void onAnswered(long tookNanos) {
    samples[next] = tookNanos;
    next = (next + 1) % SAMPLES;
    full |= next == 0;
    if (full && next % SAMPLES_PER_LOOK == 0) {
      look();
    }
  }

  /** A peer was slower than the delay. */
  void onHedged() {
    onAnswered(2 * delayNanos);
  }

  private void look() {
    long[] sorted = samples.clone();
    Arrays.sort(sorted);
    delayNanos = Math.max(LEAST_NANOS, sorted[(int) (SAMPLES * QUANTILE)]);
  }

  /** {@link Long#MAX_VALUE} while too little is known. */
  long nanos() {
    return delayNanos;
  }
}
