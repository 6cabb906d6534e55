package io.cartwheel.cluster.version;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a merged row shows to a reader. Siblings of one request count as one (the greatest dot
 * stands for them), and so do siblings of equal value and expiry, neither from a read-modify-write;
 * a tombstone or an expired value beside a live one is not shown. Of values that were left out
 * nobody knows whether they are equal: such siblings are told apart.
 *
 * @param context what a reader has seen; the token is made of it
 * @param live the live siblings, in order of their dots; more than one where writes were concurrent
 */
public record Reading(VersionVector context, List<Sibling> live) {
  public static final Reading NOTHING = new Reading(VersionVector.EMPTY, List.of());

  public boolean exists() {
    return !live.isEmpty();
  }

  public boolean isConflict() {
    return live.size() > 1;
  }

  /** The only live sibling, or null where nothing lives; not for a conflict. */
  public Sibling single() {
    if (isConflict()) {
      throw new IllegalStateException(live.size() + " siblings");
    }
    return live.isEmpty() ? null : live.get(0);
  }

  /**
   * What a row shows at a time.
   *
   * @param newest whether the keyspace shows only the latest of all siblings, nothing if that one
   *     is dead
   */
  public static Reading of(Row row, boolean newest, long nowMillis) {
    if (newest) {
      Sibling latest = null;
      for (Sibling s : row.siblings()) {
        if (latest == null
            || s.time() > latest.time()
            || (s.time() == latest.time() && s.dot().compareTo(latest.dot()) > 0)) {
          latest = s;
        }
      }
      return new Reading(
          row.context(), latest != null && latest.isLive(nowMillis) ? List.of(latest) : List.of());
    }
    List<Sibling> live = new ArrayList<>(row.siblings().size());
    for (Sibling s : row.siblings()) {
      if (s.isLive(nowMillis)) {
        live.removeIf(earlier -> sameToReaders(earlier, s));
        live.add(s);
      }
    }
    return new Reading(row.context(), List.copyOf(live));
  }

  private static boolean sameToReaders(Sibling a, Sibling b) {
    if (a.request().equals(b.request())) {
      return true;
    }
    return !a.readModifyWrite()
        && !b.readModifyWrite()
        && a.type() == b.type()
        && a.expiryMillis() == b.expiryMillis()
        && a.form() == Sibling.Form.VALUE
        && b.form() == Sibling.Form.VALUE
        && Arrays.equals(a.value(), b.value());
  }
}
