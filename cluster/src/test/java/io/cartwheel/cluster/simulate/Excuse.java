package io.cartwheel.cluster.simulate;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Why a promise may be broken all the same. There are no others, and each is one that the README
 * tells its readers, in the sentence given here.
 */
enum Excuse {
  /** A disk is gone, or an older copy of it has been put back, and with it what it held. */
  LOST_DISK(
      "A disk takes with it what only it held: a write that W nodes had stored is gone once the"
          + " disks of all who hold it are lost before another has fetched it."),

  /** A machine has lost power, and the last writes that were not synced. */
  LOST_TAIL(
      "A machine that loses power loses about a second of its writes with `everysec`, nothing"
          + " with `always`, more with `no`; and the other owners have their copies"),

  /** A copy of a disk is put back that is older than the tombstone that has gone since. */
  OLD_COPY(
      "What can bring a deleted key back after that is an old copy of a data directory: do not"
          + " start a node on one that is older than the grace."),

  /** A context has lost an entry, and with it the knowledge of what that covered. */
  CUT_CONTEXT(
      "A key's context keeps `version.vector-limit` entries, and cuts none that is younger than the"
          + " grace: a replica that was away for longer may bring back, as a sibling, a value that"
          + " had been overwritten or deleted."),

  /** Fallbacks have answered in the place of owners. */
  FALLBACKS(
      "With more than N nodes, `R + W > N` holds while owners answer for themselves: what others"
          + " have stored in their place a read or a write may miss until it has been handed on."),

  /** Nodes have not reached each other. */
  APART("`SET NX` may succeed on both sides: it is not a lock. Nor is `SETNX`, nor `MSETNX`."),

  /** A plain write met another one of whose overwriting nobody could be sure. */
  SIBLINGS(
      "While nodes fail, stand still or lose sight of each other, plain writes of one key, too, may"
          + " become siblings, for they may not all meet at one node."),

  /** Links are slow, and a plain write cannot hear of another one, or not in time. */
  SLOW_LINKS(
      "Where W is at least 2, one slow link does not make siblings of writes that follow each other"
          + " once what the one has sent over the other links is there"),

  /** A process was stopped, or its disk kept it waiting, while a request was under way. */
  HELD_UP("A node that was itself stopped, or waits for its disk, answers that much later."),

  /** Nobody is missing, and who is silent is waited for. */
  BUSY(
      "While a node can reach all others, whoever is silent is taken to be busy, and a request may"
          + " take up to twelve times `request-timeout` before it is given up"),

  /** A hint has become too old for its holder. */
  HINT_GIVEN_UP("after it a hint is given up and left to anti-entropy");

  private final String sentence;

  Excuse(String sentence) {
    this.sentence = sentence;
  }

  /** As it stands in the README, but for the ends of its lines. */
  String sentence() {
    return sentence;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How often each was needed. */
  static final class Counts {
    private final Map<Excuse, Long> counts = new EnumMap<>(Excuse.class);

    /** Excuses, and says so. */
    boolean excuse(Excuse excuse) {
      counts.merge(excuse, 1L, Long::sum);
      return true;
    }

    void addAll(Counts other) {
      other.counts.forEach((excuse, count) -> counts.merge(excuse, count, Long::sum));
    }

    long of(Excuse excuse) {
      return counts.getOrDefault(excuse, 0L);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      counts.forEach(
          (excuse, count) ->
              text.append(text.length() == 0 ? "" : " ")
                  .append(excuse.label())
                  .append('=')
                  .append(count));
      return text.toString();
    }
  }
}
