package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.version.Row;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/** What must be there once everything is well again, and what must not. */
final class Ending {
  private final SimulatedTime time;
  private final History history;
  private final Plan plan;
  private final Disks disks;
  private final Forgotten forgotten;

  Ending(SimulatedTime time, History history, Plan plan, Disks disks, Forgotten forgotten) {
    this.time = time;
    this.history = history;
    this.plan = plan;
    this.disks = disks;
    this.forgotten = forgotten;
  }

  /** All that was acknowledged is there, or something that saw it, but for what disks lost. */
  void checkNothingIsLost(long nowMillis) {
    for (String key : history.keys()) {
      Row merged = merged(key);
      List<Decision> present = history.decisionsOf(merged);
      BitSet seen = forgotten.seen(key);
      present.forEach(decision -> seen.or(decision.seen));
      for (Write write : history.writesOf(key)) {
        if (write.request.isAcknowledged()
            && !write.isTraceless()
            && !write.lastCopyLost
            && !write.isIn(seen)) {
          throw new Violation(write + " was acknowledged and is lost; there are " + present);
        }
      }
      checkContents(key, merged, nowMillis);
      checkNothingCameBack(key, merged, present, nowMillis);
    }
  }

  Row merged(String key) {
    Row merged = Row.EMPTY;
    for (int node = 0; node < disks.nodes(); node++) {
      merged = merged.merge(disks.row(node, key));
    }
    return merged;
  }

  /** Sets that only grow hold what was added, whatever vectors and histories say. */
  private void checkContents(String key, Row merged, long nowMillis) {
    if (!Workload.onlyGrows(key) || plan.flushes()) {
      return;
    }
    TreeSet<Integer> items = new TreeSet<>();
    merged.siblings().stream()
        .filter(sibling -> sibling.isLive(nowMillis))
        .forEach(sibling -> items.addAll(History.items(sibling.value())));
    for (Write write : history.writesOf(key)) {
      Request request = write.request;
      boolean isThere = items.remove(request.number);
      if (request.isAcknowledged() && !write.lastCopyLost && !isThere) {
        throw new Violation(write + " was acknowledged, but what it added is gone");
      }
      if (request.outcome == Request.Outcome.REFUSED && isThere) {
        throw new Violation(write + " was refused, but what it added is there");
      }
    }
    if (!items.isEmpty()) {
      throw new Violation(key + " holds what nobody added: " + items);
    }
  }

  /** What was seen by a write that is there is not there beside it. */
  private void checkNothingCameBack(
      String key, Row merged, List<Decision> present, long nowMillis) {
    for (int i = 0; i < present.size(); i++) {
      Decision shown = present.get(i);
      if (!merged.siblings().get(i).isLive(nowMillis)) {
        continue;
      }
      forgotten.checkIsNotBack("the end", shown, time.monotonicNanos());
      for (Decision other : present) {
        // Two attempts of one write are one to readers.
        if (other != shown
            && other.write != shown.write
            && other.surelySeen.get(shown.number)
            && !forgotten.mayCutContexts()) {
          throw new Violation(key + ": " + shown + " is there beside " + other + ", which saw it");
        }
      }
    }
  }
}
