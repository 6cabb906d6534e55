package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Judges by {@link History} whether the cluster keeps its promises. */
final class Oracle {
  /** What the disks hold now. */
  interface Disks {
    int nodes();

    Row row(int node, String key);

    /** Those that are to hold the key. */
    List<Integer> ownersOf(String key);
  }

  private final SimulatedTime time;
  private final History history;
  private final Plan plan;
  private final Disks disks;
  private final Fault.Counts counts;
  private final Consumer<String> log;

  /** What was there when a dead row went from a disk; by key. */
  private final Map<String, List<Gone>> gone = new TreeMap<>();

  private record Gone(Decision decision, long atNanos) {}

  /** So long an attempt may take by the clock of its client's node, before another is made. */
  private static final long ATTEMPT_MILLIS = NodeSettings.Timeouts.DEFAULTS.attempt();

  /** How long it may take a node to learn that another has been stopped. */
  private static final long UNNOTICED_NANOS = 3_000_000_000L;

  /** For so long who hands a row on may act upon an answer, or wait for its own disk meanwhile. */
  private static final long ANSWER_COUNTS_NANOS = 5_000_000_000L;

  /** When an older copy of a disk was put back last. */
  private long restoredNanos = Long.MIN_VALUE;

  /** When each node last lost rows. */
  private final long[] destroyedNanos;

  Oracle(SimulatedTime time, Plan plan, Disks disks, Fault.Counts counts, Consumer<String> log) {
    this.log = log;
    this.time = time;
    this.history = new History(time, plan.keyspaces());
    this.plan = plan;
    this.disks = disks;
    this.counts = counts;
    this.destroyedNanos = new long[disks.nodes()];
    Arrays.fill(destroyedNanos, -1);
  }

  void log(Supplier<String> line) {
    if (log != Run.SILENT) {
      log.accept(line.get());
    }
  }

  History history() {
    return history;
  }

  Request request(int number) {
    return history.requests.get(number);
  }

  /** A coordinator executes a write. */
  Decision onDecided(Write write, Decision.Place place, Reading reading, long nowMillis) {
    Decision decision = history.decide(write, place, reading, nowMillis);
    if (write.decisions.size() > 1) {
      counts.add(Fault.RETRIED);
    }
    return decision;
  }

  /** A disk is about to store a row. */
  void onStored(int node, String key, Row before, Row after) {
    countStripped(before, after);
    for (Decision decision : history.onStored(node, key, before, after)) {
      Request request = decision.write.request;
      if (request.outcome == Request.Outcome.REFUSED) {
        throw new Violation(
            decision + " takes effect, though its client was told that it does not");
      }
      if (request.kind.isReadModifyWrite()) {
        checkExecutedOnce(decision);
      }
      checkNotOverItself(decision);
    }
    if (after.isEmpty() && !before.isEmpty() && !disks.ownersOf(key).contains(node)) {
      onLetGo(node, key);
    }
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
   * A node drops a row because others have it: their copies stand for its own. Where nobody has,
   * the copy is counted as if it were still there, and will be missed; unless an owner had it, and
   * has lost it between its answer and now.
   */
  private void onLetGo(int node, String key) {
    for (Write write : history.writesOf(key)) {
      if (!write.intactCopies.get(node)) {
        continue;
      }
      for (int other = 0; other < disks.nodes(); other++) {
        if (other != node && holds(other, write)) {
          write.intactCopies.set(other);
          write.intactCopies.clear(node);
        }
      }
      if (write.intactCopies.get(node) && hasAnOwnerJustLostRows(key)) {
        write.intactCopies.clear(node);
      }
    }
  }

  /** Whether an owner may have lost what it had acknowledged to who now lets go of a row. */
  private boolean hasAnOwnerJustLostRows(String key) {
    for (int owner : disks.ownersOf(key)) {
      long destroyed = destroyedNanos[owner];
      if (destroyed >= 0 && time.monotonicNanos() - destroyed <= ANSWER_COUNTS_NANOS) {
        return true;
      }
    }
    return false;
  }

  /** How many owners have stored the write since it was acknowledged and lost nothing. */
  private int intactOwners(Write write) {
    int intact = 0;
    for (int owner : disks.ownersOf(write.key)) {
      intact += write.intactCopies.get(owner) ? 1 : 0;
    }
    return intact;
  }

  private void checkExecutedOnce(Decision decision) {
    for (Decision other : decision.write.decisions) {
      if (other != decision
          && other.dot != null
          && destroyedSince(decision.write.request.begunNanos) == 0) {
        throw new Violation(decision + " is a second execution, after " + other);
      }
    }
  }

  /** A retry must not overwrite what has overwritten its first attempt. */
  private void checkNotOverItself(Decision decision) {
    Request request = decision.write.request;
    boolean isAnswered = request.isAcknowledged() && request.endedNanos < decision.atNanos;
    boolean passesForTimely = decision.nowMillis <= request.begunMillis + ATTEMPT_MILLIS;
    if (!plan.clocksAreRight() && (isAnswered || passesForTimely)) {
      // A node that was stopped, or its message late, and whose clock lags, cannot tell that an
      // attempt comes too late.
      counts.add(Fault.EXECUTED_LATE);
      return;
    }
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

  /** Rows of this node are gone. */
  void onDestroyed(int node) {
    destroyedNanos[node] = time.monotonicNanos();
    for (String key : history.keys()) {
      for (Write write : history.writesOf(key)) {
        if (write.intactCopies.get(node) && !holds(node, write)) {
          write.intactCopies.clear(node);
        }
      }
    }
  }

  private int destroyedSince(long nanos) {
    int count = 0;
    for (long destroyed : destroyedNanos) {
      count += destroyed >= nanos ? 1 : 0;
    }
    return count;
  }

  /** Whether the node's disk holds the write, or one that saw it. */
  private boolean holds(int node, Write write) {
    for (Decision decision : history.decisionsOf(disks.row(node, write.key))) {
      if (write.isIn(decision.seen)) {
        return true;
      }
    }
    return false;
  }

  /** An older copy of a disk has been put back. */
  void onRestored() {
    restoredNanos = time.monotonicNanos();
  }

  /** A disk is about to forget a row. */
  void onGone(String key, Row row, long nowMillis) {
    boolean isDead =
        row.siblings().stream()
            .allMatch(
                s ->
                    s.form() == Sibling.Form.TOMBSTONE
                        || (s.expiryMillis() != Sibling.NO_EXPIRY
                            && s.expiryMillis() <= nowMillis));
    if (!isDead) {
      return;
    }
    long covered = 0;
    for (int i = 0; i < row.context().size(); i++) {
      covered += row.context().counterAt(i);
    }
    counts.add(covered == row.siblings().size() ? Fault.DROPPED : Fault.REAPED);
    for (Decision decision : history.decisionsOf(row)) {
      gone.computeIfAbsent(key, k -> new ArrayList<>())
          .add(new Gone(decision, time.monotonicNanos()));
    }
  }

  /** What the dead rows had seen that have gone: it needs nobody's memory any more. */
  private BitSet seenByTheGone(String key) {
    BitSet seen = new BitSet();
    for (Gone one : gone.getOrDefault(key, List.of())) {
      seen.or(one.decision.seen);
    }
    return seen;
  }

  /**
   * A value that a tombstone has overwritten is not there again when the tombstone has gone; unless
   * an old copy of a disk was put back since, or so short a time before that nobody could know.
   */
  private void checkIsNotBack(String what, Decision shown, long beforeNanos) {
    if (plan.cutsContexts()) {
      return;
    }
    for (Gone one : gone.getOrDefault(shown.write.key, List.of())) {
      boolean excused =
          restoredNanos != Long.MIN_VALUE && restoredNanos + UNNOTICED_NANOS >= one.atNanos;
      if (one.decision != shown
          && one.decision.surelySeen.get(shown.number)
          && one.atNanos < beforeNanos
          && !excused) {
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

  /** A client's write is acknowledged. */
  void onAcknowledged(Request request, boolean isLull) {
    for (Write write : request.writes) {
      if (leavesNoTrace(write) || write.isIn(seenByTheGone(write.key))) {
        continue;
      }
      for (int node = 0; node < disks.nodes(); node++) {
        write.intactCopies.set(node, holds(node, write));
      }
      Keyspace keyspace = history.keyspaceOf(write.key);
      int stored = write.intactCopies.cardinality();
      write.ownersAtAcknowledgement = intactOwners(write);
      if (stored > write.ownersAtAcknowledgement) {
        counts.add(Fault.SLOPPY);
      }
      int copies = Math.min(keyspace.n(), disks.nodes());
      int wanted = Math.min(keyspace.w(), copies);
      if (stored + destroyedSince(request.begunNanos) < wanted) {
        throw new Violation(
            write
                + " is acknowledged, but stored by "
                + stored
                + " nodes instead of "
                + wanted
                + ": "
                + write.decisions);
      }
      if (isLull && !request.kind.hasContext()) {
        checkSawTheEarlier(write, keyspace, copies);
      }
    }
  }

  /** A client was told that its write is not executed. */
  void onRefused(Request request, Failure failure) {
    for (Write write : request.writes) {
      if (write.isStamped()) {
        throw new Violation(write + " is stored, but its client is told " + failure);
      }
    }
  }

  /** Whether it has decided to change nothing. */
  private static boolean leavesNoTrace(Write write) {
    Request request = write.request;
    if (request.kind == Request.Kind.SET_NX && SimulatedUpdates.NOTHING.equals(request.reply)) {
      return true;
    }
    if (request.kind == Request.Kind.DEL_CONTEXT
        && write.decisions.stream().anyMatch(d -> d.dot == null)) {
      // All that the token names was gone already.
      return true;
    }
    return request.kind.deletes() && write.decisions.stream().anyMatch(d -> d.deletesNothing);
  }

  /**
   * Where nothing is wrong, a plain write overwrites all that was acknowledged before it. It need
   * not know of what is dead, nor of what that has overwritten: a row in which nothing lives is not
   * brought to who has none, and hides nothing there.
   */
  private void checkSawTheEarlier(Write write, Keyspace keyspace, int copies) {
    Decision last = write.decisions.get(write.decisions.size() - 1);
    int asked = Math.max(Math.min(keyspace.r(), copies), copies - keyspace.w() + 1);
    BitSet forgotten = seenByTheGone(write.key);
    forgotten.or(seenByTheDead(write));
    for (Write earlier : acknowledgedBefore(write.key, write.request.begunNanos)) {
      if (!earlier.request.kind.deletes()
          && intactOwners(earlier) + asked > copies
          && !earlier.isIn(last.seen)
          && !earlier.isIn(forgotten)) {
        throw new Violation(
            write + " did not see " + earlier + ", though nothing was wrong: they become siblings");
      }
    }
  }

  /** What is deleted or has expired before a write begins, and what that has overwritten. */
  private BitSet seenByTheDead(Write before) {
    BitSet seen = new BitSet();
    for (Write write : history.writesOf(before.key)) {
      long expiryMillis = write.request.expiryMillis;
      boolean expired =
          expiryMillis != Sibling.NO_EXPIRY && expiryMillis <= before.request.begunMillis;
      for (Decision decision : write.decisions) {
        if (decision.dot != null && (decision.deletes || expired)) {
          seen.or(decision.surelySeen);
        }
      }
    }
    return seen;
  }

  boolean isFirstOwner(int node, String key) {
    return disks.ownersOf(key).get(0) == node;
  }

  /**
   * A node says that its replica is current: what was acknowledged before its process started, and
   * is there on so many other owners that it cannot have compared its rows with none of them, it
   * has. What fallbacks acknowledged may reach an owner after it has compared its rows. What is
   * deleted or may expire is not asked for: where nothing lives nothing is brought.
   */
  void onSaysItIsCurrent(int node, String key, long startedNanos) {
    List<Integer> owners = disks.ownersOf(key);
    if (!owners.contains(node)) {
      return;
    }
    Keyspace keyspace = history.keyspaceOf(key);
    int w = Math.min(keyspace.w(), owners.size());
    BitSet excused = null;
    for (Write write : acknowledgedBefore(key, startedNanos)) {
      int others = intactOwners(write) - (write.intactCopies.get(node) ? 1 : 0);
      boolean isOwnersWord = write.ownersAtAcknowledgement >= w;
      if (isOwnersWord && others >= w && !holds(node, write)) {
        excused = excused == null ? seenByTheMortal(key) : excused;
        if (!write.isIn(excused)) {
          throw new Violation(
              "n" + node + " says that it is current, but has not got " + write + " back");
        }
      }
    }
  }

  /** What deletes, expires or has gone, and what that has overwritten. */
  private BitSet seenByTheMortal(String key) {
    BitSet seen = seenByTheGone(key);
    for (Write write : history.writesOf(key)) {
      for (Decision decision : write.decisions) {
        if (decision.deletes || write.request.expiryMillis != Sibling.NO_EXPIRY) {
          seen.or(decision.seen);
        }
      }
    }
    return seen;
  }

  private List<Write> acknowledgedBefore(String key, long nanos) {
    List<Write> found = new ArrayList<>();
    for (Write write : history.writesOf(key)) {
      if (write.request.isAcknowledged()
          && write.request.endedNanos < nanos
          && !leavesNoTrace(write)) {
        found.add(write);
      }
    }
    return found;
  }

  /**
   * A client has read.
   *
   * @param isLull whether nothing was wrong all the while
   */
  void onRead(Request request, Reading reading, boolean isLull) {
    String key = request.keys.get(0);
    BitSet seen = seenByTheGone(key);
    history.seenIn(key, reading).forEach(decision -> seen.or(decision.seen));
    for (Sibling sibling : reading.live()) {
      if (sibling.expiryMillis() != Sibling.NO_EXPIRY
          && sibling.expiryMillis() <= request.begunMillis) {
        throw new Violation(request + " " + key + " shows what had expired before: " + sibling);
      }
    }
    if (reading.isConflict()) {
      counts.add(Fault.SIBLINGS);
      checkShownAreConcurrent(request, reading);
      if (plan.faults().isEmpty() && Workload.isPlain(key)) {
        throw new Violation(
            request + " " + key + " shows siblings, though nothing ever failed: " + reading.live());
      }
    }
    for (Sibling sibling : reading.live()) {
      checkIsNotBack(request + " " + key, history.decisionOf(sibling), request.begunNanos);
    }
    Keyspace keyspace = history.keyspaceOf(key);
    int copies = Math.min(keyspace.n(), disks.nodes());
    int asked = Math.min(keyspace.r(), copies);
    // Who stands in for an owner may have answered where one was out of reach or silent.
    boolean byOwners = copies == disks.nodes() || isLull;
    for (Write earlier : acknowledgedBefore(key, request.begunNanos)) {
      if (byOwners && intactOwners(earlier) + asked > copies && !earlier.isIn(seen)) {
        throw new Violation(
            request + " " + key + " does not see " + earlier + ", though R + W > N");
      }
    }
  }

  /** A context that has been cut may let an old value come back. */
  private boolean mayCutContexts() {
    return plan.cutsContexts();
  }

  /** What a client is shown is stored by the time at which the answer leaves. */
  void checkIsStored(Request request, Reading reading) {
    for (Sibling sibling : reading.live()) {
      Decision shown = history.decisionOf(sibling);
      if (shown.dot == null && !isOverwrittenInStore(shown)) {
        throw new Violation(request + " shows " + shown + ", which a crash could still undo");
      }
    }
  }

  /** Whether what is stored in its place came after it, in the same commit. */
  private boolean isOverwrittenInStore(Decision shown) {
    for (Write write : history.writesOf(shown.write.key)) {
      for (Decision later : write.decisions) {
        if (later.dot != null && later.surelySeen.get(shown.number)) {
          return true;
        }
      }
    }
    return false;
  }

  private void checkShownAreConcurrent(Request request, Reading reading) {
    for (Sibling one : reading.live()) {
      for (Sibling other : reading.live()) {
        Decision shown = history.decisionOf(one);
        Decision later = history.decisionOf(other);
        if (shown != later && later.surelySeen.get(shown.number) && !mayCutContexts()) {
          throw new Violation(request + " shows " + shown + " beside " + later + ", which saw it");
        }
      }
    }
  }

  /** All that was acknowledged and has an intact copy is there, or something that saw it. */
  void checkNothingIsLost(long nowMillis) {
    for (String key : history.keys()) {
      Row merged = merged(key);
      List<Decision> present = history.decisionsOf(merged);
      BitSet seen = seenByTheGone(key);
      present.forEach(decision -> seen.or(decision.seen));
      for (Write write : history.writesOf(key)) {
        if (write.request.isAcknowledged()
            && !leavesNoTrace(write)
            && !write.intactCopies.isEmpty()
            && !write.isIn(seen)) {
          throw new Violation(
              write
                  + " was acknowledged and is lost; there are "
                  + present
                  + "; nodes "
                  + write.intactCopies
                  + " had stored it and lost nothing");
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
    for (Sibling sibling : merged.siblings()) {
      if (sibling.isLive(nowMillis)) {
        items.addAll(History.items(sibling.value()));
      }
    }
    for (Write write : history.writesOf(key)) {
      Request request = write.request;
      boolean isThere = items.remove(request.number);
      if (request.isAcknowledged() && !write.intactCopies.isEmpty() && !isThere) {
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
    if (mayCutContexts()) {
      return;
    }
    for (int i = 0; i < present.size(); i++) {
      Decision shown = present.get(i);
      if (merged.siblings().get(i).isLive(nowMillis)) {
        checkIsNotBack("the end", shown, time.monotonicNanos());
      }
      for (Decision other : present) {
        if (other != shown
            && merged.siblings().get(i).isLive(nowMillis)
            && other.write != shown.write
            && other.surelySeen.get(shown.number)) {
          // Two attempts of one write are one to readers.
          throw new Violation(key + ": " + shown + " is there beside " + other + ", which saw it");
        }
      }
    }
  }
}
