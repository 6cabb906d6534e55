package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Judges by {@link History} whether the cluster keeps its promises: is told of all that happens,
 * and lets each of its rooms judge what is theirs. What it excuses stands in {@link Excuse}.
 */
final class Oracle {
  private final Plan plan;
  private final Disks disks;
  private final Fault.Counts counts;
  private final Consumer<String> log;
  private final Excuse.Counts excuses = new Excuse.Counts();
  private final History history;
  private final Forgotten forgotten;
  private final Copies copies;
  private final Executions executions;
  private final Sight sight;
  private final Ending ending;

  Oracle(
      SimulatedTime time,
      Plan plan,
      Disks disks,
      Calm calm,
      Fault.Counts counts,
      Consumer<String> log) {
    this.plan = plan;
    this.disks = disks;
    this.counts = counts;
    this.log = log;
    this.history = new History(time, plan);
    this.forgotten = new Forgotten(time, history, plan, counts, excuses);
    this.copies = new Copies(time, history, disks, forgotten, excuses);
    this.executions = new Executions(history, counts, copies, excuses);
    this.sight = new Sight(history, plan, disks, copies, forgotten, calm, counts, excuses);
    this.ending = new Ending(time, history, plan, disks, forgotten);
  }

  void log(Supplier<String> line) {
    if (log != Run.SILENT) {
      log.accept(line.get());
    }
  }

  History history() {
    return history;
  }

  Excuse.Counts excuses() {
    return excuses;
  }

  Request request(int number) {
    return history.requests.get(number);
  }

  /** A client's request begins. */
  void onBegun(Request request) {
    sight.onBegun(request);
    history.begin(request);
  }

  /** A coordinator executes a write. */
  Decision onDecided(Write write, Decision.Place place, Reading reading, long nowMillis) {
    Decision decision = history.decide(write, place, reading, nowMillis);
    if (write.decisions.size() > 1) {
      counts.add(Fault.RETRIED);
    }
    return decision;
  }

  /** A coordinator executes a write that changes nothing. */
  void onUnchanged(Write write, Reading reading) {
    write.unchangedSaw = forgotten.seen(write.key);
    history.seenIn(write.key, reading).forEach(seen -> write.unchangedSaw.or(seen.seen));
  }

  /** A disk is about to take a batch of what follows. */
  void onBatch(int node) {
    copies.onBatch(node);
  }

  /** A disk is about to store a row. */
  void onStored(int node, String key, Row before, Row after) {
    countStripped(before, after);
    history.onStored(node, key, before, after).forEach(executions::onStored);
    // What a node that is no owner lets go of is where it belongs.
    if (after.isEmpty() && !before.isEmpty() && disks.ownersOf(key).contains(node)) {
      forgotten.onGone(key, before, disks.nowMillis());
    }
    copies.onStored(node, key, after);
    int bound = plan.limits().liveSiblings() * disks.nodes();
    if (after.siblings().size() > bound) {
      throw new Violation(key + " at n" + node + ": " + after.siblings().size() + " siblings");
    }
  }

  private void countStripped(Row before, Row after) {
    for (Sibling s : before.siblings()) {
      boolean stripped =
          s.form() == Sibling.Form.VALUE
              && after.siblings().stream()
                  .anyMatch(a -> a.dot().equals(s.dot()) && a.form() == Sibling.Form.STRIPPED);
      if (stripped) {
        counts.add(Fault.STRIPPED);
      }
    }
  }

  /**
   * A disk is about to drop a hint.
   *
   * @param ageMillis how long it has been kept
   */
  void onHintDropped(int node, String key, int target, long ageMillis) {
    if (ageMillis < plan.bounds().hintsMaxAgeMillis() || !excuses.excuse(Excuse.HINT_GIVEN_UP)) {
      copies.onHintDropped(node, key, target);
    }
  }

  /**
   * A machine has crashed: what it had not synced may be gone.
   *
   * @param hinted keys of the hints that are gone
   */
  void onCrashed(int node, Set<String> hinted) {
    copies.onLost(node, true, hinted);
  }

  /** A disk is empty now. */
  void onEmptied(int node) {
    copies.onLost(node, false, Set.of());
  }

  /**
   * An older copy of a disk has been put back.
   *
   * @param ageNanos how old it was
   * @param hinted keys of the hints that are gone
   */
  void onRestored(int node, long ageNanos, Set<String> hinted) {
    copies.onLost(node, false, hinted);
    forgotten.onRestored(ageNanos);
  }

  /** A client's write is acknowledged. */
  void onAcknowledged(Request request) {
    for (Write write : request.writes) {
      if (!write.isTraceless() && !forgotten.covers(write)) {
        copies.onAcknowledged(write);
        write.ownersAtAcknowledgement = copies.owners(write);
        if (copies.holders(write) > write.ownersAtAcknowledgement.cardinality()) {
          counts.add(Fault.SLOPPY);
        }
      }
      sight.onAcknowledged(write);
    }
  }

  /** A client was told that its write is not executed. */
  void onRefused(Request request, Failure failure) {
    executions.onRefused(request, failure);
  }

  /** A client has read. */
  void onRead(Request request, Reading reading) {
    sight.onRead(request, reading);
  }

  /** What a client is shown is stored by the time at which the answer leaves. */
  void checkIsStored(Request request, Reading reading) {
    sight.checkIsStored(request, reading);
  }

  boolean isFirstOwner(int node, String key) {
    return disks.ownersOf(key).get(0) == node;
  }

  /** A node says that its replica is current. */
  void onSaysItIsCurrent(int node, String key, long startedNanos) {
    sight.onSaysItIsCurrent(node, key, startedNanos);
  }

  /** All is well again: what was acknowledged is there, and nothing else. */
  void checkNothingIsLost(long nowMillis) {
    ending.checkNothingIsLost(nowMillis);
  }

  Row merged(String key) {
    return ending.merged(key);
  }
}
