package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import java.util.EnumSet;
import java.util.Set;
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
    look();
    return lasting.isEmpty() && troubledUntilNanos < nanos && apartNanos < nanos;
  }

  /** Whether, wherever somebody looked, all have seen each other from then until now. */
  boolean wereTogetherSince(long nanos) {
    look();
    return apartNanos < nanos;
  }
}
