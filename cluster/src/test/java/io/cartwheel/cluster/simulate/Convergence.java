package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.node.NodeProbe;
import io.cartwheel.cluster.version.Row;
import java.util.List;

/** How replicas are to become equal once everything is well again. */
enum Convergence {
  /** Nobody reads: the nodes compare what they hold. */
  BY_ITSELF {
    @Override
    void demand(Run run) {
      long limitMillis = 2L * run.plan().antiEntropyIntervalMillis() + SLACK_MILLIS;
      for (long waited = 0; difference(run) != null; waited += STEP_MILLIS) {
        if (waited >= limitMillis) {
          throw new Violation(
              difference(run) + ", after " + limitMillis + " ms in which nothing was wrong");
        }
        run.advanceMillis(STEP_MILLIS);
      }
    }
  };

  private static final long STEP_MILLIS = 250;

  /**
   * An exchange that fails, or comes just too early, is tried again; what has expired is swept out
   * of the trees after a while.
   */
  private static final long SLACK_MILLIS = 30_000;

  /** Demands it; throws {@link Violation} with the reason where it does not come. */
  abstract void demand(Run run);

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
        // Rows in which nothing lives hide nothing from each other, and are not brought to anybody.
        boolean bothAreDead = row.liveCount(nowMillis) + merged.liveCount(nowMillis) == 0;
        if (!row.sameDots(merged) && !bothAreDead) {
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
    return NodeProbe.treeDifference(run.machines().stream().map(m -> m.node).toList());
  }
}
