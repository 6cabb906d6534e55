package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.version.Row;
import java.util.List;

/** How replicas are to become equal once everything is well again. */
enum Convergence {
  /**
   * Nodes do not compare their rows of themselves yet: each key is read from all its owners,
   * through every node, and what is read is repaired.
   */
  BY_READ_REPAIR {
    @Override
    void demand(Run run) {
      for (int round = 0; round == 0 || difference(run) != null; round++) {
        if (round == ROUNDS) {
          throw new Violation(difference(run));
        }
        for (String key : run.oracle().history().keys()) {
          readEverywhere(run, key, round);
        }
        // The bytes of what has just expired may be needed, and nobody fetches them.
        run.advanceMillis(round == ROUNDS - 2 ? EXPIRY_MILLIS : SETTLE_MILLIS);
      }
    }
  };

  private static final int ROUNDS = 4;
  private static final long EXPIRY_MILLIS = 10_000;
  private static final long SETTLE_MILLIS = 500;

  /** Demands it; throws {@link Violation} with the reason where it does not come. */
  abstract void demand(Run run);

  private static void readEverywhere(Run run, String key, int round) {
    int copies = run.ownersOf(key).size();
    for (Machine machine : run.machines()) {
      boolean[] answered = {false};
      run.workload()
          .get(
              machine,
              key,
              copies,
              (request, reading) -> {
                answered[0] = true;
                if (reading == null) {
                  throw new Violation(
                      request
                          + " "
                          + key
                          + " from all "
                          + copies
                          + " owners fails in round "
                          + round
                          + ", though nothing is wrong");
                }
              });
      run.await(() -> answered[0], "answer to a read after healing");
    }
  }

  /** How replicas differ, or null. */
  private static String difference(Run run) {
    long nowMillis = run.nowMillis();
    for (String key : run.oracle().history().keys()) {
      List<Integer> owners = run.ownersOf(key);
      Row merged = Row.EMPTY;
      for (int owner : owners) {
        merged = merged.merge(run.row(owner, key));
      }
      for (int owner : owners) {
        Row row = run.row(owner, key);
        // A row in which nothing lives is not brought to who has none.
        boolean needless = row.isEmpty() && merged.liveCount(nowMillis) == 0;
        if (!row.sameDots(merged) && !needless) {
          return "replicas of "
              + key
              + " differ: n"
              + owner
              + " holds "
              + row.siblings()
              + ", all owners "
              + owners
              + " together "
              + merged.siblings();
        }
      }
      for (int node = 0; node < run.nodes(); node++) {
        if (!owners.contains(node) && !run.row(node, key).isEmpty()) {
          return "n" + node + " holds " + key + " and is no owner";
        }
      }
    }
    return null;
  }
}
