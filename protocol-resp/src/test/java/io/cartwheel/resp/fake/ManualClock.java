package io.cartwheel.resp.fake;

import io.cartwheel.cluster.environment.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands until it is moved. */
public final class ManualClock implements Clock {
  private final AtomicLong millis;

  public ManualClock(long wallMillis) {
    millis = new AtomicLong(wallMillis);
  }

  public void advance(long byMillis) {
    millis.addAndGet(byMillis);
  }

  @Override
  public long wallMillis() {
    return millis.get();
  }

  @Override
  public long monotonicNanos() {
    return millis.get() * 1_000_000;
  }
}
