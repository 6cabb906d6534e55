package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets a warning through once in an interval; the next line after it tells how many were held back.
 * Safe for use by all threads.
 */
final class RepeatedWarnings {
  /** Distinct warnings that are remembered; the oldest is forgotten, and may then be repeated. */
  private static final int MAX_REMEMBERED = 256;

  private static final class Seen {
    private long loggedAt;
    private int heldBack;
  }

  private final Clock clock;
  private final long intervalNanos;
  private final Consumer<String> log;
  private final Map<String, Seen> seen =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  RepeatedWarnings(Clock clock, long intervalMillis, Consumer<String> log) {
    this.clock = clock;
    this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
    this.log = log;
  }

  synchronized void warn(String warning) {
    long now = clock.monotonicNanos();
    Seen before = seen.get(warning);
    if (before == null) {
      before = new Seen();
      seen.put(warning, before);
    } else if (now - before.loggedAt < intervalNanos) {
      before.heldBack++;
      return;
    }
    before.loggedAt = now;
    log.accept(
        before.heldBack == 0 ? warning : warning + " (" + before.heldBack + " more like this)");
    before.heldBack = 0;
  }
}
