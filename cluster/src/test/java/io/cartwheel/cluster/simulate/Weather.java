package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.transport.VirtualNetwork.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What becomes of messages in a storm. */
final class Weather implements VirtualNetwork.Weather {
  private static final long MILLI = 1_000_000;

  /**
   * Where tombstones are reaped: the old value comes once more when its tombstone may have gone.
   */
  private static final long LATEST_DOUBLE_MILLIS = 30_000;

  /** A slow link is so much of its delay slower at times. */
  private static final int JITTER_PART = 8;

  private final Plan plan;
  private final SplittableRandom random;
  private final Calm calm;
  private final Fault.Counts counts;
  private final int percent;

  /** How late what goes one way between two addresses is. */
  final SortedMap<String, Long> slow = new TreeMap<>();

  Weather(Plan plan, SplittableRandom random, Calm calm, Fault.Counts counts) {
    this.calm = calm;
    this.plan = plan;
    this.random = random;
    this.counts = counts;
    this.percent = List.of(2, 6, 15).get(plan.intensity() - 1);
  }

  @Override
  public Passage passage(String from, String to, long fairDelayNanos) {
    List<Long> delays = new ArrayList<>(2);
    if (hits(Fault.LOST)) {
      return new Passage(delays, false);
    }
    delays.add(slow(from, to) + delay(fairDelayNanos));
    if (hits(Fault.DOUBLED)) {
      if (plan.mayReviveTheReaped() && random.nextBoolean()) {
        delays.add(random.nextLong(1, LATEST_DOUBLE_MILLIS) * MILLI);
        return new Passage(delays, true);
      }
      delays.add(delay(late(random.nextLong(1, 400) * MILLI)));
    }
    return new Passage(delays, hits(Fault.OVERTAKEN));
  }

  private long slow(String from, String to) {
    Long nanos = slow.get(LinkFaults.way(from, to));
    return nanos == null ? 0 : random.nextLong(nanos, nanos + nanos / JITTER_PART);
  }

  private long delay(long fairDelayNanos) {
    return hits(Fault.LATE) ? late(random.nextLong(5, 600) * MILLI) : fairDelayNanos;
  }

  private long late(long nanos) {
    calm.disturb(nanos + FaultInjector.feltNanos(Fault.LATE));
    return nanos;
  }

  private boolean hits(Fault fault) {
    if (plan.has(fault) && random.nextInt(100) < percent) {
      counts.add(fault);
      calm.disturb(FaultInjector.feltNanos(fault));
      return true;
    }
    return false;
  }
}
