package io.cartwheel.cluster.coordinate;

/**
 * The time by which a shard waits for others. It knows two reasons for which silence is no sign of
 * a fault, and makes the shard more patient by as much:
 *
 * <ul>
 *   <li>The shard's own loop was held up, by its disk, by a collection of garbage, or by a machine
 *       with too much to do: who did not run has heard nobody. Own time stands still meanwhile.
 *   <li>Even the quicker of the peers' answers take long, though no peer is missing: everybody is
 *       busy. Own time goes the more slowly then. What a single peer does changes little.
 * </ul>
 *
 * <p>While it is watched it is read at least every so often by a loop that runs; where two readings
 * are further apart, the loop was held up for the rest. How long the quicker quarter of the answers
 * takes at the most is followed by small steps, up by one part and down by three (as in "Frugal
 * Streaming for Estimating Quantiles", Ma, Muthukrishnan and Sandler 2013).
 *
 * <p>For patience only. Whether a write may still take effect is told by a clock that goes on, for
 * others go by it. Pure; a reading never goes back.
 */
final class OwnTime {
  /** Between two readings by a watch that keeps its time. */
  static final long WATCH_MILLIS = 5;

  /** A watch is a little late on any machine. */
  static final long GREATEST_STEP_NANOS = 2 * WATCH_MILLIS * 1_000_000;

  /** Own time goes no more slowly than by this, however long answers take. */
  static final int MOST_PATIENCE = 4;

  private static final double UP = 1.04;
  private static final double DOWN = 1 / (UP * UP * UP);
  private static final double LEAST_QUICK_NANOS = 10_000;

  private final long usualNanos;
  private double quickNanos;
  private boolean watched;
  private long latestNanos;
  private long ownNanos;

  /**
   * @param usualNanos the quicker answers take no longer, unless everybody is busy
   */
  OwnTime(long usualNanos) {
    this.usualNanos = usualNanos;
    // Nothing is known yet, and a few slow answers will do.
    this.quickNanos = usualNanos;
  }

  /**
   * The reading that belongs to this reading of the machine's monotonic clock.
   *
   * @param isWhole whether no peer is missing
   */
  long at(long machineNanos, boolean isWhole) {
    long step = machineNanos - latestNanos;
    long counted = watched ? Math.min(step, GREATEST_STEP_NANOS) : step;
    boolean slows = isWhole && quickNanos > usualNanos;
    ownNanos += slows ? (long) (counted / patience()) : counted;
    latestNanos = machineNanos;
    return ownNanos;
  }

  /** By how much own time goes more slowly than the machine's: from 1. */
  double patience() {
    return Math.max(1, quickNanos / usualNanos);
  }

  /** A peer has answered after so long by the machine's clock. */
  void onAnswered(long tookNanos) {
    double next = quickNanos * (tookNanos > quickNanos ? UP : DOWN);
    quickNanos = Math.max(LEAST_QUICK_NANOS, Math.min(MOST_PATIENCE * (double) usualNanos, next));
  }

  boolean isWatched() {
    return watched;
  }

  /**
   * From the latest reading on there will be one every {@link #WATCH_MILLIS}, or there will not.
   */
  void watch(boolean yes) {
    watched = yes;
  }
}
