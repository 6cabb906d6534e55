package io.cartwheel.cluster.simulate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What a client's request does to one key, and what became of it. */
final class Write {
  final Request request;
  final String key;
  final List<Decision> decisions = new ArrayList<>(1);

  /**
   * Nodes whose disks held it, or something that saw it, when it was acknowledged, and still do.
   */
  final BitSet intactCopies = new BitSet();

  /** How many of them were owners then. */
  int ownersAtAcknowledgement;

  Write(Request request, String key) {
    this.request = request;
    this.key = key;
  }

  boolean isIn(BitSet seen) {
    for (Decision decision : decisions) {
      if (seen.get(decision.number)) {
        return true;
      }
    }
    return false;
  }

  boolean isStamped() {
    for (Decision decision : decisions) {
      if (decision.dot != null) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return request + " " + key;
  }
}
