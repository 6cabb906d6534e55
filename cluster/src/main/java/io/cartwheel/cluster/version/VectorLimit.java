package io.cartwheel.cluster.version;

/**
 * Keeps contexts short. Applied when a row is stored, never in a merge, which would then not be
 * associative. The entry with the oldest time goes first: an actor minted long ago may be the
 * latest writer. Two kinds of entries stay: those of a sibling that is in the row, whatever their
 * number, and those younger than the grace, in which a replica that was away may come back. Beyond
 * {@link #HARD_FACTOR} times the limit the grace no longer protects.
 *
 * <p>What a cut costs: a write that the cut entry covered may come back, from a replica that has
 * missed what overwrote it, as a sibling of its successor. It never costs a value. Immutable.
 */
public final class VectorLimit {
  /** So many times the limit are kept for the sake of the grace, and no more. */
  public static final int HARD_FACTOR = 10;

  private final int entries;
  private final long graceMillis;

  /**
   * @param entries 1 or more
   * @param graceMillis age up to which an entry is spared
   */
  public VectorLimit(int entries, long graceMillis) {
    if (entries < 1 || graceMillis < 0) {
      throw new IllegalArgumentException(entries + " entries, grace " + graceMillis + " ms");
    }
    this.entries = entries;
    this.graceMillis = graceMillis;
  }

  /**
   * @param now the present hybrid time
   */
  public Cut cut(Row row, long now) {
    VersionVector context = row.context();
    int young = 0;
    while (context.size() > entries) {
      int oldest = oldestWithoutSibling(context, row);
      if (oldest < 0) {
        break;
      }
      long ageMillis = HybridClock.millisOf(now) - HybridClock.millisOf(context.timeAt(oldest));
      if (ageMillis < graceMillis) {
        if (context.size() <= (long) entries * HARD_FACTOR) {
          break;
        }
        young++;
      }
      context = context.without(oldest);
    }
    int gone = row.context().size() - context.size();
    return gone == 0 ? new Cut(row, 0, 0) : new Cut(new Row(context, row.siblings()), gone, young);
  }

  private static int oldestWithoutSibling(VersionVector context, Row row) {
    int oldest = -1;
    for (int i = 0; i < context.size(); i++) {
      if ((oldest < 0 || context.timeAt(i) < context.timeAt(oldest))
          && !hasSibling(row, context.actorAt(i))) {
        oldest = i;
      }
    }
    return oldest;
  }

  private static boolean hasSibling(Row row, long actor) {
    for (Sibling sibling : row.siblings()) {
      if (sibling.dot().actor() == actor) {
        return true;
      }
    }
    return false;
  }

  /**
   * What is to be stored.
   *
   * @param row the very row that came in where nothing was cut
   * @param entries how many went
   * @param youngEntries how many of these were younger than the grace: to be counted and logged
   */
  public record Cut(Row row, int entries, int youngEntries) {}
}
