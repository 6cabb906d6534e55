package io.cartwheel.cluster.environment;

/** The time of this machine. Both readings may be taken from any thread. */
public interface Clock {
  /** Milliseconds since 1970; may jump both ways. */
  long wallMillis();

  /**
   * Nanoseconds since some moment; never goes back within a process. For durations and deadlines of
   * this process.
   */
  long monotonicNanos();
}
