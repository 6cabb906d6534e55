package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;

/**
 * Which owners have stored a row: distinct ones are counted, whoever else has stored it too. Pure.
 */
final class WriteQuorum {
  private List<NodeName> owners;
  private final List<NodeName> stored = new ArrayList<>(4);

  WriteQuorum(List<NodeName> owners) {
    this.owners = owners;
  }

  /** Returns whether this is news. */
  boolean onStored(NodeName node) {
    return !stored.contains(node) && stored.add(node);
  }

  /** The partition has other owners now; what the former ones have stored counts no longer. */
  void onMoved(List<NodeName> newOwners) {
    owners = newOwners;
  }

  /** Owners that have stored it. */
  int count() {
    int count = 0;
    for (NodeName owner : owners) {
      count += stored.contains(owner) ? 1 : 0;
    }
    return count;
  }

  boolean isMet(int w) {
    return count() >= w;
  }

  /** Owners that have not, in their order. */
  List<NodeName> missing() {
    List<NodeName> missing = new ArrayList<>(owners);
    missing.removeAll(stored);
    return missing;
  }
}
