package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Failure;
import java.util.BitSet;

/** How often a write is executed, and over what. */
final class Executions {
  private final History history;
  private final Fault.Counts counts;
  private final Copies copies;
  private final Excuse.Counts excuses;

  Executions(History history, Fault.Counts counts, Copies copies, Excuse.Counts excuses) {
    this.history = history;
    this.counts = counts;
    this.copies = copies;
    this.excuses = excuses;
  }

  /** A disk stores what has been decided. */
  void onStored(Decision decision) {
    Request request = decision.write.request;
    if (request.outcome == Request.Outcome.REFUSED) {
      throw new Violation(decision + " takes effect, though its client was told that it does not");
    }
    if (request.kind.isReadModifyWrite()) {
      checkOnlyOnce(decision);
    }
    if (request.isAcknowledged() && request.endedNanos < decision.atNanos) {
      counts.add(Fault.EXECUTED_LATE);
    }
    checkNotOverItself(decision);
  }

  /** A client was told that its write is not executed. */
  void onRefused(Request request, Failure failure) {
    for (Write write : request.writes) {
      if (write.isStamped()) {
        throw new Violation(write + " is stored, but its client is told " + failure);
      }
    }
  }

  private void checkOnlyOnce(Decision decision) {
    for (Decision other : decision.write.decisions) {
      if (other != decision && other.dot != null) {
        boolean forgot =
            other.node == decision.node
                && copies.hasLost(other.node, other.atNanos)
                && excuses.excuse(Excuse.LOST_DISK);
        if (!forgot) {
          throw new Violation(decision + " is a second execution, after " + other);
        }
      }
    }
  }

  /** A retry must not overwrite what has overwritten its first attempt. */
  private void checkNotOverItself(Decision decision) {
    for (Decision earlier : decision.write.decisions) {
      if (earlier == decision || earlier.dot == null) {
        continue;
      }
      BitSet overwritten = decision.surelySeen;
      for (int i = overwritten.nextSetBit(0); i >= 0; i = overwritten.nextSetBit(i + 1)) {
        Decision between = history.decision(i);
        if (between.write != decision.write && between.surelySeen.get(earlier.number)) {
          throw new Violation(
              decision + " overwrites " + between + ", which has overwritten " + earlier);
        }
      }
    }
  }
}
