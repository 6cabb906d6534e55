package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.replica.RowProbe;
import io.cartwheel.cluster.version.Row;

/** What nodes still have that is to go by itself once all is well. */
final class Remains {
  private final Run run;

  Remains(Run run) {
    this.run = run;
  }

  /** A row in which nothing lives, in words; null where there is none. */
  String deadRow() {
    for (String key : run.oracle().history().keys()) {
      for (int node = 0; node < run.nodes(); node++) {
        Row row = run.row(node, key);
        if (!row.isEmpty() && row.liveCount(run.nowMillis()) == 0) {
          return key + " at n" + node + ": " + row.siblings();
        }
      }
    }
    return null;
  }

  /** What some node keeps for another, or null. */
  String heldForOthers() {
    for (Machine machine : run.machines()) {
      for (byte[] hint : machine.disk.rows(RowProbe.HINTS).keySet()) {
        return machine + " has not handed on " + RowProbe.hint(hint);
      }
      for (String key : run.oracle().history().keys()) {
        if (!run.ownersOf(key).contains(machine.index) && !run.row(machine.index, key).isEmpty()) {
          return machine + " holds " + key + ", is no owner, and keeps it for nobody";
        }
      }
    }
    return null;
  }

  /** Where all is quiet, nothing waits for anything. */
  void checkNothingIsLeft() {
    for (Machine machine : run.machines()) {
      String left = machine.leftovers();
      if (left != null) {
        throw new Violation("all is quiet, but " + machine + " has left: " + left);
      }
    }
  }
}
