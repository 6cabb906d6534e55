package io.cartwheel.resp.command;

/** How fast a count grew between its last two samples. Sampled by one thread, told to any. */
final class Rate {
  private static final double NANOS_PER_SECOND = 1e9;

  private boolean started;
  private long lastCount;
  private long lastNanos;
  private volatile long perSecond;

  /** The count is this now; one that has become smaller was set back, and grew by what it is. */
  void sample(long count, long nowNanos) {
    long nanos = nowNanos - lastNanos;
    if (started && nanos <= 0) {
      return;
    }
    if (started) {
      long grown = count >= lastCount ? count - lastCount : count;
      perSecond = Math.round(grown * NANOS_PER_SECOND / nanos);
    }
    started = true;
    lastCount = count;
    lastNanos = nowNanos;
  }

  /** 0 before the second sample. */
  long perSecond() {
    return perSecond;
  }
}
