package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;

/**
 * What replicas have answered about one key: add an answer, is it enough, what is the answer, whose
 * values are missing, who is stale. Pure; whom to ask is {@link Asking}'s.
 */
final class ReadQuorum {
  private final Asking asking;
  private final Row[] rows;
  private Row merged = Row.EMPTY;

  ReadQuorum(Asking asking) {
    this.asking = asking;
    this.rows = new Row[asking.candidates().size()];
  }

  /** An answer; a later one of the same replica adds to its first. */
  void add(NodeName from, Row row, boolean current) {
    int i = asking.candidates().indexOf(from);
    rows[i] = rows[i] == null ? row : rows[i].merge(row);
    asking.onAnswered(from, current);
    merged = merged.merge(row);
  }

  /**
   * The whole row of a replica that has answered, as it is now. What it held before and holds no
   * more was overwritten there, if its row knows of it. Else that was cut from its context, or
   * lost: only what it says now counts. But a row that is gone was handed on; what its replica told
   * of it does not count any more, nor does what a fallback told, of which its row now knows
   * nothing.
   */
  void addFetched(NodeName from, Row row, boolean current) {
    int i = asking.candidates().indexOf(from);
    boolean knowsAll = knowsAllOf(rows[i], row.context());
    if (row.isEmpty() || (!asking.isOwner(from) && !knowsAll)) {
      withdraw(from);
      return;
    }
    boolean adds = rows[i] != null && knowsAll;
    rows[i] = adds ? new Row(row.context().join(rows[i].context()), row.siblings()) : row;
    asking.onAnswered(from, current);
    mergeAll();
  }

  private static boolean knowsAllOf(Row told, VersionVector context) {
    return told == null || told.siblings().stream().allMatch(s -> context.covers(s.dot()));
  }

  /** The replica told of a value that it cannot give: its answer does not count. */
  void withdraw(NodeName from) {
    rows[asking.candidates().indexOf(from)] = null;
    asking.onFailed(from);
    mergeAll();
  }

  private void mergeAll() {
    merged = Row.EMPTY;
    for (Row row : rows) {
      merged = row == null ? merged : merged.merge(row);
    }
  }

  /** What all that have answered know together; values may be omitted. */
  Row merged() {
    return merged;
  }

  /** The first live sibling whose value has been omitted, or null. */
  Sibling missing(long nowMillis) {
    for (Sibling sibling : merged.siblings()) {
      if (sibling.form() == Sibling.Form.OMITTED && sibling.isLive(nowMillis)) {
        return sibling;
      }
    }
    return null;
  }

  /** All replicas that have answered and hold this sibling, in the order of candidates. */
  List<NodeName> holders(Dot dot) {
    List<NodeName> holders = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != null && rows[i].siblings().stream().anyMatch(s -> s.dot().equals(dot))) {
        holders.add(asking.candidates().get(i));
      }
    }
    return holders;
  }

  /**
   * Owners that have answered and hold other siblings than all know together. A difference in the
   * context alone does not count: contexts may be cut on one side. What is younger than {@code
   * youngestMillis} is on its way already, and a row in which nothing lives is not pushed to a
   * replica that has none.
   */
  List<NodeName> stale(long nowMillis, long youngestMillis) {
    List<NodeName> stale = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != null
          && asking.isOwner(asking.candidates().get(i))
          && !rows[i].sameDots(merged)
          && !(rows[i].isEmpty() && merged.liveCount(nowMillis) == 0)
          && HybridClock.millisOf(latestUnknownTo(rows[i].context())) <= youngestMillis) {
        stale.add(asking.candidates().get(i));
      }
    }
    return stale;
  }

  /**
   * The merged row as it may be sent to a replica to be stored: without omitted values. The bytes
   * of what expired longer than {@code toleranceMillis} ago may be gone.
   *
   * @return null where a value is missing that must not be
   */
  Row storable(long nowMillis, long toleranceMillis) {
    List<Sibling> siblings = new ArrayList<>(merged.siblings().size());
    for (Sibling s : merged.siblings()) {
      if (s.form() != Sibling.Form.OMITTED) {
        siblings.add(s);
      } else if (s.expiryMillis() != Sibling.NO_EXPIRY
          && s.expiryMillis() + toleranceMillis <= nowMillis) {
        siblings.add(s.stripped());
      } else {
        return null;
      }
    }
    return new Row(merged.context(), List.copyOf(siblings));
  }

  private long latestUnknownTo(VersionVector context) {
    VersionVector all = merged.context();
    long latest = 0;
    for (int i = 0; i < all.size(); i++) {
      if (context.counterOf(all.actorAt(i)) < all.counterAt(i)) {
        latest = Math.max(latest, all.timeAt(i));
      }
    }
    return latest;
  }
}
