package io.cartwheel.cluster.replica;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much this node keeps for others, all shards together, and what became of it.
 *
 * <table>
 * <caption>Metrics</caption>
 * <tr><td>{@code hints.pending}</td><td>counter: hints that wait to be delivered now</td></tr>
 * <tr><td>{@code hints.bytes}</td><td>counter: about what they take now</td></tr>
 * <tr><td>{@code hints.delivered}</td><td>counter: hints whose targets have the row on their
 *     disks</td></tr>
 * <tr><td>{@code hints.dropped}</td><td>counter: hints that were not made for want of room, were
 *     given up for their age, or dropped by an administrator</td></tr>
 * </table>
 *
 * Safe for use by all threads.
 */
public final class HintBudget {
  private static final Logger log = LoggerFactory.getLogger(HintBudget.class);
  private static final long WARNING_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long maxBytes;
  private final Clock clock;
  private final Counter pending;
  private final Counter bytes;
  private final Counter delivered;
  private final Counter dropped;

  /** When nothing is to be warned of before. */
  private final AtomicLong quietUntilNanos;

  private final AtomicLong unwarned = new AtomicLong();

  /**
   * @param maxBytes past it no hint is made, unless its row is held by this node for others alone
   */
  public HintBudget(long maxBytes, Clock clock, MetricRegistry registry) {
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.pending = registry.counter("hints.pending");
    this.bytes = registry.counter("hints.bytes");
    this.delivered = registry.counter("hints.delivered");
    this.dropped = registry.counter("hints.dropped");
    this.quietUntilNanos = new AtomicLong(clock.monotonicNanos());
  }

  boolean hasRoom(long more) {
    return bytes.getCount() + more <= maxBytes;
  }

  void onAdded(long size) {
    pending.inc();
    bytes.inc(size);
  }

  void onRemoved(long size) {
    pending.dec();
    bytes.dec(size);
  }

  public void onDelivered() {
    delivered.inc();
  }

  void onRefused() {
    drop("hints.max-bytes is reached", 1);
  }

  /** Hints have been given up; the log says so now and then. */
  public void drop(String reason, long count) {
    dropped.inc(count);
    unwarned.addAndGet(count);
    long now = clock.monotonicNanos();
    long quietUntil = quietUntilNanos.get();
    if (now - quietUntil >= 0
        && quietUntilNanos.compareAndSet(quietUntil, now + WARNING_INTERVAL_NANOS)) {
      log.warn(
          "{}: {} hints dropped; what their targets missed is left to anti-entropy",
          reason,
          unwarned.getAndSet(0));
    }
  }
}
