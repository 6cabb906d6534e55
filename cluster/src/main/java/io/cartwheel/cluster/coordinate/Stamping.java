package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The step in which a coordinator decides and stamps: from the rows it holds and what others have
 * told, to the rows that are to be. One write after the other, each sees those before it.
 *
 * <p>For each key it keeps two rows. The <em>stored</em> one holds whole values only. The
 * <em>known</em> one has the replies merged in, and may lack the bytes of values that others hold:
 * writes that overwrite everything need only its versions, for their past covers what is missing.
 * Writes of other kinds are not brought here before all live values are at hand.
 */
final class Stamping {
  /** What became of one write. */
  enum Verdict {
    /** It is in the rows now. */
    STAMPED,
    /** It is in the rows already, by an earlier attempt. */
    FOUND,
    /** It decided to change nothing. */
    UNCHANGED,
    /** It is in the rows already, and what it replied then is not known. */
    REPLY_LOST,
    /** What it would tell or build upon was read from too few replicas; nothing has changed. */
    UNREAD,
    /** Its deadline has passed. */
    LATE,
    /** It would make too many siblings. */
    TOO_MANY_SIBLINGS,
    /** There is no room for its reply; nothing has changed. */
    ROOMLESS
  }

  /**
   * @param live siblings that a row may have by stamping; a merge may make more
   * @param rowBytes that a row with siblings may have by stamping
   */
  record Limits(int live, long rowBytes) {}

  /**
   * What is known of one key.
   *
   * @param own the row that this node holds
   * @param learned what others have told of it
   * @param isRead whether as many replicas have told of it as a read asks
   * @param newest whether its keyspace shows only the latest sibling
   */
  record Known(StoredRow own, Row learned, boolean isRead, boolean newest) {}

  /** So many times the live siblings a row may have together with dead ones. */
  private static final int DEAD_FACTOR = 2;

  private final Minter minter;
  private final HybridClock clock;
  private final Limits limits;
  private final List<Known> keys;
  private final StoredRow[] stored;
  private final Row[] known;
  private final boolean[] touched;
  private int siblingsInTheWay;

  Stamping(Minter minter, HybridClock clock, Limits limits, List<Known> keys) {
    this.minter = minter;
    this.clock = clock;
    this.limits = limits;
    this.keys = keys;
    this.stored = new StoredRow[keys.size()];
    this.known = new Row[stored.length];
    this.touched = new boolean[stored.length];
    for (int k = 0; k < stored.length; k++) {
      stored[k] = keys.get(k).own;
      known[k] = stored[k].row().merge(keys.get(k).learned);
      // A disk may remember what came later than an attempt when its process does not.
      clock.observe(known[k].context().latestTime());
      if (known[k].isWhole() && isNews(known[k], stored[k].row())) {
        stored[k] = new StoredRow(known[k], stored[k].mint());
      }
    }
  }

  /** The rows that are to be stored. */
  List<StoredRow> rows() {
    return Arrays.asList(stored);
  }

  /** Whether the row of this key is to be brought to the other owners. */
  boolean isTouched(int k) {
    return touched[k];
  }

  /** How many siblings stood in the way of the last {@link Verdict#TOO_MANY_SIBLINGS}. */
  int siblingsInTheWay() {
    return siblingsInTheWay;
  }

  Verdict execute(PendingWrite pending, long nowNanos) {
    Write write = pending.write();
    if (nowNanos > pending.refusedAfterNanos() || clock.now() > write.deadline()) {
      return Verdict.LATE;
    }
    long nowMillis = clock.nowMillis();
    List<Reading> readings = new ArrayList<>(stored.length);
    boolean found = false;
    for (int k = 0; k < stored.length; k++) {
      readings.add(Reading.of(known[k], keys.get(k).newest, nowMillis));
      found |= isIn(known[k], write.request());
    }
    if (found && write.kind() == Kind.READ_MODIFY_WRITE) {
      return onReplyLost(write);
    }
    Update.Decision decision = pending.update().decide(readings, nowMillis);
    if (isUnread(pending, decision.changes())) {
      return Verdict.UNREAD;
    }
    byte[] reply = found ? pending.update().earlierReply(decision) : decision.reply();
    if (reply == null) {
      return onReplyLost(write);
    }
    if (!pending.onDecided(reply)) {
      return Verdict.ROOMLESS;
    }
    Verdict verdict = stampAll(write, decision.changes(), nowMillis);
    // An earlier attempt may have done what this one finds done, and be hidden by what came then.
    return verdict == Verdict.UNCHANGED && write.retry() && hasLater(write.firstSent())
        ? Verdict.REPLY_LOST
        : verdict;
  }

  /** What is there by an earlier attempt is to be where it belongs, whatever its client is told. */
  private Verdict onReplyLost(Write write) {
    for (int k = 0; k < stored.length; k++) {
      touched[k] |= isIn(known[k], write.request());
    }
    return Verdict.REPLY_LOST;
  }

  private boolean hasLater(long hybridTime) {
    for (Row row : known) {
      if (row.context().latestTime() > hybridTime) {
        return true;
      }
    }
    return false;
  }

  /** Whether it reads, or leaves as it is, a key of which too few replicas have told. */
  private boolean isUnread(PendingWrite pending, List<Update.Change> changes) {
    for (int k = 0; k < stored.length; k++) {
      boolean onlyReads = newValue(pending.write(), changes.get(k), k) == null;
      boolean isFound = isIn(stored[k].row(), pending.write().request());
      if (!keys.get(k).isRead && !isFound && (onlyReads || pending.needsRead())) {
        return true;
      }
    }
    return false;
  }

  private Verdict stampAll(Write write, List<Update.Change> changes, long nowMillis) {
    StoredRow[] before = stored.clone();
    Row[] knownBefore = known.clone();
    boolean[] touchedBefore = touched.clone();
    boolean stampedAny = false;
    boolean foundAny = false;
    for (int k = 0; k < stored.length; k++) {
      if (isIn(stored[k].row(), write.request())) {
        // What only others hold is stamped again: a plain write goes over its earlier attempt, and
        // to readers two siblings of one request are one.
        foundAny = true;
        touched[k] = true;
        continue;
      }
      Minter.NewValue value = newValue(write, changes.get(k), k);
      if (value == null) {
        continue;
      }
      stampedAny = true;
      touched[k] = true;
      if (value.value() == null && isDeleted(write, k)) {
        // Nothing to stamp; but perhaps what deleted it is nowhere but here.
        continue;
      }
      VersionVector past = write.kind() == Kind.CONTEXT ? write.past() : pastOf(write, k);
      siblingsInTheWay = siblingsInTheWay(known[k].discard(past), value, k, nowMillis);
      if (siblingsInTheWay > 0) {
        System.arraycopy(before, 0, stored, 0, before.length);
        System.arraycopy(knownBefore, 0, known, 0, known.length);
        System.arraycopy(touchedBefore, 0, touched, 0, touched.length);
        return Verdict.TOO_MANY_SIBLINGS;
      }
      stored[k] = minter.stamp(stored[k], past, value, clock);
      known[k] = known[k].merge(stored[k].row());
    }
    return stampedAny ? Verdict.STAMPED : foundAny ? Verdict.FOUND : Verdict.UNCHANGED;
  }

  /**
   * How many siblings keep this value from being added to those that would stay beside it, 0 where
   * it may be. Live ones are counted; dead ones too, for a client that repeats an old token would
   * else pile them up; and so are bytes, for a row that no message can carry cannot be replicated.
   */
  private int siblingsInTheWay(Row beside, Minter.NewValue value, int k, long nowMillis) {
    int siblings = beside.siblings().size();
    if (value.value() != null && beside.liveCount(nowMillis) + 1 > limits.live()) {
      return known[k].liveCount(nowMillis);
    }
    if (siblings + 1 > limits.live() * DEAD_FACTOR && siblings + 1 > known[k].siblings().size()) {
      return known[k].siblings().size();
    }
    int bytes = value.value() == null ? 0 : value.value().length;
    return siblings > 0 && bytes > 0 && beside.sizeBytes() + bytes > limits.rowBytes()
        ? known[k].siblings().size()
        : 0;
  }

  /** What is put under the new dot, or null where the key is left as it is. */
  private Minter.NewValue newValue(Write write, Update.Change change, int k) {
    boolean computed = write.kind() == Kind.READ_MODIFY_WRITE;
    if (change instanceof Update.Change.Put put) {
      return new Minter.NewValue(
          put.value(), put.type(), put.expiryMillis(), write.request(), computed);
    }
    boolean nothingToDelete = known[k].isEmpty() && write.past().isEmpty();
    return change instanceof Update.Change.None || nothingToDelete
        ? null
        : new Minter.NewValue(null, Sibling.STRING, Sibling.NO_EXPIRY, write.request(), computed);
  }

  /**
   * What is known; for a retried plain write without the siblings that came after its first
   * attempt. Such a sibling may have overwritten that attempt, so the retry must not overwrite it;
   * or it may be older, by a clock that runs ahead, so the retry must not be dropped for it. Nobody
   * can tell, and both are kept.
   */
  private VersionVector pastOf(Write write, int k) {
    VersionVector past = known[k].context();
    if (write.retry() && write.kind() == Kind.PLAIN) {
      for (Sibling sibling : known[k].siblings()) {
        if (sibling.time() > write.firstSent() && !sibling.request().equals(write.request())) {
          past = past.before(sibling.dot());
        }
      }
    }
    return past;
  }

  /** Whether all that this delete's token names is known here and gone. */
  private boolean isDeleted(Write write, int k) {
    Row row = stored[k].row();
    return write.kind() == Kind.CONTEXT
        && row.context().covers(write.past())
        && row.siblings().stream().noneMatch(s -> write.past().covers(s.dot()));
  }

  private static boolean isIn(Row row, RequestId request) {
    return row.siblings().stream().anyMatch(s -> s.request().equals(request));
  }

  private static boolean isNews(Row merged, Row before) {
    return !merged.context().equals(before.context()) || !merged.sameDots(before);
  }

  /** Whether these writes can be stamped by versions alone. */
  static boolean needVersionsOnly(List<PendingWrite> writes) {
    return writes.stream().allMatch(w -> w.write().kind() == Kind.PLAIN);
  }
}
