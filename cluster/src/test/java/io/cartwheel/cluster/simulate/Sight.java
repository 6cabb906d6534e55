package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What readers and writers must have seen: whatever was acknowledged before they began and is held
 * by so many owners that those who answered include one.
 */
final class Sight {
  /** What goes by a link that is not slow has come. */
  private static final long ARRIVES_NANOS = 2_000_000;

  /** What a request must see: a write, and the owners that held it when the request began. */
  record Known(Write write, BitSet owners) {}

  private final History history;
  private final Plan plan;
  private final Disks disks;
  private final Copies copies;
  private final Forgotten forgotten;
  private final Calm calm;
  private final Fault.Counts counts;
  private final Excuse.Counts excuses;

  Sight(
      History history,
      Plan plan,
      Disks disks,
      Copies copies,
      Forgotten forgotten,
      Calm calm,
      Fault.Counts counts,
      Excuse.Counts excuses) {
    this.history = history;
    this.plan = plan;
    this.disks = disks;
    this.copies = copies;
    this.forgotten = forgotten;
    this.calm = calm;
    this.counts = counts;
    this.excuses = excuses;
  }

  /** A request begins. */
  void onBegun(Request request) {
    for (String key : request.keys) {
      for (Write write : acknowledged(key)) {
        request.known.add(new Known(write, copies.owners(write)));
      }
    }
  }

  private List<Write> acknowledged(String key) {
    List<Write> found = new ArrayList<>();
    for (Write write : history.writesOf(key)) {
      if (write.request.isAcknowledged() && !write.isTraceless()) {
        found.add(write);
      }
    }
    return found;
  }

  private int copiesOf(String key) {
    return Math.min(history.keyspaceOf(key).n(), disks.nodes());
  }

  /**
   * Whether so many of a key's owners, whichever they are, include one that has held the write ever
   * since the request began.
   */
  private boolean meet(Request request, Known known, int asked) {
    BitSet owners = copies.unharmed(known.owners, request.begunNanos);
    return owners.cardinality() + asked > copiesOf(known.write.key);
  }

  /** Whether they do so, too, if one owner that holds the write is not heard. */
  private boolean meetWithoutOne(Request request, Known known, int asked) {
    BitSet owners = copies.unharmed(known.owners, request.begunNanos);
    int others = copiesOf(known.write.key) - 1;
    return owners.cardinality() - 1 + Math.min(asked, others) > others;
  }

  /** Whether only owners can have answered: others do where these are out of reach or silent. */
  private boolean byOwners(Request request, String key) {
    return copiesOf(key) == disks.nodes()
        || calm.isSince(request.begunNanos)
        || !excuses.excuse(Excuse.FALLBACKS);
  }

  /** A client has read. */
  void onRead(Request request, Reading reading) {
    String key = request.keys.get(0);
    String what = request + " " + key;
    BitSet seen = forgotten.seen(key);
    history.seenIn(key, reading).forEach(decision -> seen.or(decision.seen));
    for (Sibling sibling : reading.live()) {
      if (sibling.expiryMillis() != Sibling.NO_EXPIRY
          && sibling.expiryMillis() <= request.begunMillis) {
        throw new Violation(what + " shows what had expired before: " + sibling);
      }
      forgotten.checkIsNotBack(what, history.decisionOf(sibling), request.begunNanos);
    }
    if (reading.isConflict()) {
      counts.add(Fault.SIBLINGS);
      checkShownAreConcurrent(request, reading);
      if (plan.faults().isEmpty() && Workload.isPlain(key)) {
        throw new Violation(
            what + " shows siblings, though nothing ever failed: " + reading.live());
      }
    }
    int r = request.r == 0 ? history.keyspaceOf(key).r() : request.r;
    checkSaw(request, key, seen, Math.min(r, copiesOf(key)), "though R + W > N");
  }

  private void checkSaw(Request request, String key, BitSet seen, int asked, String though) {
    for (Known earlier : request.known) {
      Write write = earlier.write;
      if (write.key.equals(key)
          && !write.isIn(seen)
          && meet(request, earlier, asked)
          && byOwners(request, key)) {
        throw new Violation(request + " " + key + " does not see " + write + ", " + though);
      }
    }
  }

  private void checkShownAreConcurrent(Request request, Reading reading) {
    for (Sibling one : reading.live()) {
      for (Sibling other : reading.live()) {
        Decision shown = history.decisionOf(one);
        Decision later = history.decisionOf(other);
        if (shown != later && later.surelySeen.get(shown.number) && !forgotten.mayCutContexts()) {
          throw new Violation(request + " shows " + shown + " beside " + later + ", which saw it");
        }
      }
    }
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

  /** A client's write is acknowledged. */
  void onAcknowledged(Write write) {
    Request request = write.request;
    BitSet unchanged = write.traceless();
    if (unchanged != null) {
      checkReply(write, unchanged, "but answers that it changes nothing");
      return;
    }
    if (request.kind.hasContext()) {
      return;
    }
    Decision last = write.executed();
    if (request.kind.isReadModifyWrite()) {
      checkReply(write, last.seen, "but is computed from what it saw");
    }
    checkOverwrites(write, last);
    if (request.kind == Request.Kind.SET_NX) {
      checkIsTheOnlyOne(write);
    }
  }

  /** What a reply rests on has been read, as by a GET. */
  private void checkReply(Write write, BitSet saw, String but) {
    Request request = write.request;
    if (request.kind.hasContext()) {
      // It rests on its token.
      return;
    }
    BitSet seen = forgotten.seenOrDead(write.key, request.begunMillis);
    seen.or(saw);
    int r = Math.min(history.keyspaceOf(write.key).r(), copiesOf(write.key));
    checkSaw(request, write.key, seen, r, but);
  }

  /**
   * Where nothing is wrong, a write overwrites all that was acknowledged before it. It need not
   * know of what is dead, nor of what that has overwritten: a row in which nothing lives is not
   * brought to who has none, and hides nothing there.
   */
  private void checkOverwrites(Write write, Decision last) {
    Keyspace keyspace = history.keyspaceOf(write.key);
    int n = copiesOf(write.key);
    int asked = Math.max(Math.min(keyspace.r(), n), n - keyspace.w() + 1);
    BitSet seen = forgotten.seenOrDead(write.key, write.request.begunMillis);
    seen.or(last.seen);
    for (Known earlier : write.request.known) {
      if (earlier.write.key.equals(write.key)
          && !earlier.write.request.kind.deletes()
          && !earlier.write.isIn(seen)
          && meet(write.request, earlier, asked)
          && !mayMakeSiblings(earlier, write.request, asked)) {
        throw new Violation(
            write
                + " did not see "
                + earlier.write
                + ", though "
                + (calm.isSince(write.request.begunNanos) ? "nothing was" : "only one slow link is")
                + " wrong: they become siblings");
      }
    }
  }

  /**
   * Whether a plain write need not see another one that was acknowledged before it began.
   *
   * @param asked how many replicas its coordinator asks
   */
  private boolean mayMakeSiblings(Known earlier, Request later, int asked) {
    if (calm.isSince(later.begunNanos)) {
      int w = Math.min(history.keyspaceOf(earlier.write.key).w(), copiesOf(earlier.write.key));
      boolean byFallbacks = earlier.write.ownersAtAcknowledgement.cardinality() < w;
      return byFallbacks && excuses.excuse(Excuse.FALLBACKS);
    }
    if (!calm.isButForSlowLinksSince(later.begunNanos)) {
      return excuses.excuse(Excuse.SIBLINGS);
    }
    boolean isOnlyOne = calm.slowLinksSince(later.begunNanos) == 1;
    long pauseNanos = later.begunNanos - earlier.write.request.endedNanos;
    boolean mustSee =
        isOnlyOne && pauseNanos >= ARRIVES_NANOS && meetWithoutOne(later, earlier, asked);
    return !mustSee && excuses.excuse(Excuse.SLOW_LINKS);
  }

  /** Of two writes that each want to be the first only one is, while all see each other. */
  private void checkIsTheOnlyOne(Write write) {
    BitSet dead = forgotten.seenOrDead(write.key, Long.MAX_VALUE);
    for (Write other : history.writesOf(write.key)) {
      if (other != write
          && other.request.kind == Request.Kind.SET_NX
          && other.request.isAcknowledged()
          && !other.isTraceless()
          && other.request.endedNanos > write.request.begunNanos
          && !write.sees(other)
          && !other.sees(write)
          && !other.isIn(dead)
          && !write.isIn(dead)) {
        long begunNanos = Math.min(write.request.begunNanos, other.request.begunNanos);
        if (calm.wereTogetherSince(begunNanos)) {
          throw new Violation(
              write + " and " + other + " are both the first, though all nodes saw each other");
        }
        excuses.excuse(Excuse.APART);
      }
    }
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
    BitSet excused = null;
    for (Write write : history.writesOf(key)) {
      if (!write.request.isAcknowledged()
          || write.request.endedNanos >= startedNanos
          || write.isTraceless()) {
        continue;
      }
      BitSet others = copies.unharmed(copies.owners(write), write.request.endedNanos);
      others.clear(node);
      others.and(write.ownersAtAcknowledgement);
      int w = Math.min(history.keyspaceOf(key).w(), owners.size());
      if (write.ownersAtAcknowledgement.cardinality() >= w
          && others.cardinality() >= w
          && !copies.holds(node, write)) {
        excused = excused == null ? forgotten.seenOrMortal(key) : excused;
        if (!write.isIn(excused)) {
          throw new Violation(
              "n" + node + " says that it is current, but has not got " + write + " back");
        }
      }
    }
  }
}
