package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Dead rows that have gone from the disks: what they had overwritten is not to come back. */
final class Forgotten {
  private final SimulatedTime time;
  private final History history;
  private final Plan plan;
  private final Fault.Counts counts;
  private final Excuse.Counts excuses;

  /** What was there when a dead row went from a disk; by key. */
  private final Map<String, List<Gone>> gone = new TreeMap<>();

  private final Map<String, BitSet> seen = new TreeMap<>();

  private record Gone(Decision decision, long atNanos) {}

  /** Whether a copy of a disk was put back that was older than the grace. */
  private boolean oldCopy;

  Forgotten(
      SimulatedTime time, History history, Plan plan, Fault.Counts counts, Excuse.Counts excuses) {
    this.time = time;
    this.history = history;
    this.plan = plan;
    this.counts = counts;
    this.excuses = excuses;
  }

  /** An older copy of a disk has been put back. */
  void onRestored(long ageNanos) {
    oldCopy |= ageNanos >= plan.limits().tombstoneGraceMillis() * 1_000_000;
  }

  /** A disk is about to forget a row. */
  void onGone(String key, Row row, long nowMillis) {
    if (row.liveCount(nowMillis) > 0) {
      return;
    }
    long covered = 0;
    for (int i = 0; i < row.context().size(); i++) {
      covered += row.context().counterAt(i);
    }
    counts.add(covered == row.siblings().size() ? Fault.DROPPED : Fault.REAPED);
    BitSet all = seen.computeIfAbsent(key, k -> new BitSet());
    for (Decision decision : history.decisionsOf(row)) {
      all.or(decision.seen);
      gone.computeIfAbsent(key, k -> new ArrayList<>())
          .add(new Gone(decision, time.monotonicNanos()));
    }
  }

  /** What the dead rows had seen that have gone: it needs nobody's memory any more. */
  BitSet seen(String key) {
    BitSet all = seen.get(key);
    return all == null ? new BitSet() : (BitSet) all.clone();
  }

  boolean covers(Write write) {
    BitSet all = seen.get(write.key);
    return all != null && write.isIn(all);
  }

  /** What is deleted or has expired before a write begins, and what that has overwritten. */
  BitSet seenOrDead(String key, long millis) {
    BitSet all = seen(key);
    for (Write write : history.writesOf(key)) {
      long expiryMillis = write.request.expiryMillis;
      boolean expired = expiryMillis != Sibling.NO_EXPIRY && expiryMillis <= millis;
      for (Decision decision : write.decisions) {
        if (decision.dot != null && (decision.deletes || expired)) {
          all.or(decision.surelySeen);
        }
      }
    }
    return all;
  }

  /** What deletes, expires or has gone, and what that has overwritten. */
  BitSet seenOrMortal(String key) {
    BitSet all = seen(key);
    for (Write write : history.writesOf(key)) {
      for (Decision decision : write.decisions) {
        if (decision.deletes || write.request.expiryMillis != Sibling.NO_EXPIRY) {
          all.or(decision.seen);
        }
      }
    }
    return all;
  }

  /** A value that a tombstone has overwritten is not there again when the tombstone has gone. */
  void checkIsNotBack(String what, Decision shown, long beforeNanos) {
    for (Gone one : gone.getOrDefault(shown.write.key, List.of())) {
      if (one.decision != shown
          && one.decision.surelySeen.get(shown.number)
          && one.atNanos < beforeNanos
          && !isExcused()) {
        throw new Violation(
            what
                + " shows "
                + shown
                + ", which was overwritten by "
                + one.decision
                + ", which has gone since");
      }
    }
  }

  private boolean isExcused() {
    return (oldCopy && excuses.excuse(Excuse.OLD_COPY)) || mayCutContexts();
  }

  /** Whether a context may have been cut, so that an old value comes back. */
  boolean mayCutContexts() {
    return plan.cutsContexts() && excuses.excuse(Excuse.CUT_CONTEXT);
  }
}
