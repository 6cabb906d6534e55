package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Since when nothing has been wrong. A fault is felt until it ends, and what it has held up or
 * delayed a while longer; and nodes that do not see each other are no calm, whatever the reason.
 */
final class Calm {
  private final SimulatedTime time;
  private final BooleanSupplier isWhole;

  /** Until then something is wrong that has an end already. */
  private long troubledUntilNanos = -1;

  /** Those that last and have not ended. */
  private final Set<Fault> lasting = EnumSet.noneOf(Fault.class);

  /** By the two nodes, until when what goes that way is late; for ever while the link is slow. */
  private final SortedMap<String, Long> slowUntilNanos = new TreeMap<>();

  private long apartNanos = -1;

  /**
   * @param isWhole whether all nodes run and see each other
   */
  Calm(SimulatedTime time, BooleanSupplier isWhole) {
    this.time = time;
    this.isWhole = isWhole;
  }

  /** Something is wrong, from now on for so long. */
  void disturb(long nanos) {
    troubledUntilNanos = Math.max(troubledUntilNanos, time.monotonicNanos() + nanos);
  }

  /** Something goes wrong that lasts; ends with {@link #end}. */
  void begin(Fault fault) {
    lasting.add(fault);
  }

  /** What lasted has ended, wherever it was, and is felt for so long yet. */
  void end(Fault fault, long nanos) {
    if (lasting.remove(fault)) {
      disturb(nanos);
    }
  }

  /** What goes this way is late from now on. */
  void slowDown(String way) {
    slowUntilNanos.put(way, Long.MAX_VALUE);
  }

  /** No link is slow any more; what is on its way has come, and its effects are over, then. */
  void endSlowness(long nanos) {
    long untilNanos = time.monotonicNanos() + nanos;
    slowUntilNanos.replaceAll((way, until) -> Math.min(until, untilNanos));
  }

  /** Looks whether all see each other. */
  void look() {
    if (!isWhole.getAsBoolean()) {
      apartNanos = time.monotonicNanos();
    }
  }

  /** Whether nothing is wrong now. */
  boolean isNow() {
    return isSince(time.monotonicNanos());
  }

  /** Whether nothing has been wrong from then until now. */
  boolean isSince(long nanos) {
    return isButForSlowLinksSince(nanos) && slowLinksSince(nanos) == 0;
  }

  /** Whether nothing has been wrong from then until now but that links were slow. */
  boolean isButForSlowLinksSince(long nanos) {
    look();
    return lasting.isEmpty() && troubledUntilNanos < nanos && apartNanos < nanos;
  }

  /** How many links were slow, each of them one way, at some time from then until now. */
  long slowLinksSince(long nanos) {
    return slowUntilNanos.values().stream().filter(until -> until >= nanos).count();
  }

  /** Whether, wherever somebody looked, all have seen each other from then until now. */
  boolean wereTogetherSince(long nanos) {
    look();
    return apartNanos < nanos;
  }
}
