package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who keeps the keys of one keyspace in one partition, as the table of one moment has it.
 *
 * @param epoch of the partition's entry
 * @param names in committed order, as many as the keyspace keeps copies
 */
record Owners(int partition, long epoch, List<NodeName> names) {

  static Owners of(PartitionTable table, int partition, int copies) {
    PartitionTable.Entry entry = table.entry(partition);
    List<NodeName> committed = entry.committed();
    return new Owners(
        partition,
        entry.epoch(),
        committed.size() <= copies ? committed : committed.subList(0, copies));
  }

  boolean include(NodeName node) {
    return names.contains(node);
  }

  /** The owners as one of them, or a node that is none, asks them: itself first. */
  List<NodeName> selfFirst(NodeName self) {
    int index = names.indexOf(self);
    if (index <= 0) {
      return names;
    }
    List<NodeName> order = new ArrayList<>(names);
    order.add(0, order.remove(index));
    return order;
  }

  /** Whether {@code a} comes before {@code b}. */
  boolean precedes(NodeName a, NodeName b) {
    return names.indexOf(a) < names.indexOf(b);
  }

  /**
   * Who coordinates the next attempt of a write: the first reachable owner after {@code last}, the
   * first of all where {@code last} is null; past the end from the start again.
   *
   * @return null where none is reachable
   */
  NodeName coordinatorAfter(NodeName last, Predicate<NodeName> reachable) {
    int start = last == null ? 0 : names.indexOf(last) + 1;
    for (int i = 0; i < names.size(); i++) {
      NodeName candidate = names.get((start + i) % names.size());
      if (reachable.test(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /**
   * An owner before {@code self} that is reachable, or null.
   *
   * @param self an owner
   */
  NodeName reachableBefore(NodeName self, Predicate<NodeName> reachable) {
    for (NodeName owner : names) {
      if (owner.equals(self)) {
        return null;
      }
      if (reachable.test(owner)) {
        return owner;
      }
    }
    return null;
  }
}
