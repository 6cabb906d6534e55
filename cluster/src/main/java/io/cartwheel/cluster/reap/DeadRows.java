package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to become of a stored row as time passes. Pure. Expired counts only what is so by the
 * clocks of all nodes, that is, longer than the tolerance ago.
 *
 * @param toleranceMillis within which the nodes agree on the time
 * @param graceMillis a tombstone is kept for so long
 * @param floorMillis what hides something and has expired is kept for so long
 */
public record DeadRows(long toleranceMillis, long graceMillis, long floorMillis) {

  /** What is to be done with a row. */
  public enum Fate {
    /** Nothing, now. */
    KEEP,
    /** The bytes of what has expired go; the versions stay. */
    STRIP,
    /** Nothing lives in it and it hides nothing: it goes. */
    DROP,
    /** Nothing lives in it, and it is old enough to go once nothing that it hides is left. */
    REAP
  }

  /** What is to be done with the row at this time. */
  public Fate of(Row row, long nowMillis) {
    if (row.isEmpty()) {
      return Fate.KEEP;
    }
    boolean dead = isDead(row, nowMillis);
    if (dead && hidesNothing(row) && areOfThePast(row, nowMillis)) {
      return Fate.DROP;
    }
    if (hasBytesToStrip(row, nowMillis)) {
      return Fate.STRIP;
    }
    return dead && reapableFromMillis(row) <= nowMillis ? Fate.REAP : Fate.KEEP;
  }

  /** Whether nothing lives in the row, by any node's clock. */
  public boolean isDead(Row row, long nowMillis) {
    return row.siblings().stream().allMatch(s -> isDead(s, nowMillis));
  }

  private boolean isDead(Sibling sibling, long nowMillis) {
    return sibling.form() == Sibling.Form.TOMBSTONE || hasExpired(sibling, nowMillis);
  }

  private boolean hasExpired(Sibling sibling, long nowMillis) {
    return sibling.form() != Sibling.Form.TOMBSTONE
        && sibling.expiryMillis() != Sibling.NO_EXPIRY
        && sibling.expiryMillis() <= nowMillis - toleranceMillis;
  }

  private boolean hasBytesToStrip(Row row, long nowMillis) {
    return row.siblings().stream()
        .anyMatch(s -> s.form() == Sibling.Form.VALUE && hasExpired(s, nowMillis));
  }

  /** The row without the bytes of what has expired; this very row where there are none. */
  public Row stripped(Row row, long nowMillis) {
    if (!hasBytesToStrip(row, nowMillis)) {
      return row;
    }
    List<Sibling> siblings = new ArrayList<>(row.siblings().size());
    for (Sibling s : row.siblings()) {
      siblings.add(s.form() == Sibling.Form.VALUE && hasExpired(s, nowMillis) ? s.stripped() : s);
    }
    return new Row(row.context(), List.copyOf(siblings));
  }

  /**
   * Whether the context covers nothing but the row's own siblings: as many dots of each actor as it
   * has siblings here. Then no write was overwritten by what is in it, and none comes back when it
   * goes.
   */
  static boolean hidesNothing(Row row) {
    VersionVector context = row.context();
    for (int i = 0; i < context.size(); i++) {
      long actor = context.actorAt(i);
      long siblings = row.siblings().stream().filter(s -> s.dot().actor() == actor).count();
      if (siblings != context.counterAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether all its siblings were to expire, not to delete, and none was written just now, with an
   * expiry that had passed then: it may still be on its way to its owners.
   */
  private boolean areOfThePast(Row row, long nowMillis) {
    return row.siblings().stream().allMatch(s -> hasExpired(s, nowMillis))
        && HybridClock.millisOf(row.latestTime()) <= nowMillis - toleranceMillis;
  }

  /** From when a dead row that hides something may be reaped. */
  private long reapableFromMillis(Row row) {
    long writtenMillis = HybridClock.millisOf(row.latestTime());
    long from = writtenMillis + (hasOnlyExpired(row) ? floorMillis : graceMillis);
    for (Sibling sibling : row.siblings()) {
      if (sibling.form() != Sibling.Form.TOMBSTONE) {
        from = Math.max(from, sibling.expiryMillis() + floorMillis);
      }
    }
    return from;
  }

  private static boolean hasOnlyExpired(Row row) {
    return !row.siblings().isEmpty()
        && row.siblings().stream().allMatch(s -> s.form() != Sibling.Form.TOMBSTONE);
  }
}
