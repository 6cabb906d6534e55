package io.cartwheel.cluster.replica;

/**
 * How long a shard's commit has waited for an engine that takes no writes, when it is tried again,
 * and whether it is time to say no to what is new. Time is an argument, in nanoseconds of a clock
 * that never goes back. Pure.
 *
 * <p>An engine that only slows writers down takes the batch a few milliseconds later: those are
 * spent waiting, for a client would rather wait than be refused. What has come in by then is as
 * much as the sockets bring in that time; from then on nothing more is taken.
 */
final class Stall {
  /** Shorter ones are not worth a refusal. */
  static final long GRACE_NANOS = 25_000_000;

  private static final long FIRST_RETRY_MILLIS = 1;
  private static final long MAX_RETRY_MILLIS = 50;

  private boolean waiting;
  private boolean refuses;
  private long sinceNanos;
  private long retryMillis;

  /**
   * The engine did not take the batch.
   *
   * @return when it is to be tried again
   */
  long onRefused(long nowNanos) {
    if (!waiting) {
      waiting = true;
      sinceNanos = nowNanos;
      retryMillis = FIRST_RETRY_MILLIS;
    } else {
      retryMillis = Math.min(MAX_RETRY_MILLIS, 2 * retryMillis);
    }
    return retryMillis;
  }

  /** The engine has taken the batch. */
  void onTaken() {
    waiting = false;
    refuses = false;
  }

  /**
   * Whether it has waited too long just now, and had not before.
   *
   * @return true once in each stall
   */
  boolean becomesLong(long nowNanos) {
    boolean becomes = waiting && !refuses && nowNanos - sinceNanos >= GRACE_NANOS;
    refuses |= becomes;
    return becomes;
  }

  /** Whether what is new is to be refused. */
  boolean refuses() {
    return refuses;
  }

  /** How long the commit has waited. */
  long waitedNanos(long nowNanos) {
    return waiting ? nowNanos - sinceNanos : 0;
  }
}
