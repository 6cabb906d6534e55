package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who keeps the keys of one keyspace in one partition, as the table of one moment has it, and who
 * stands in for them.
 *
 * @param epoch of the partition's entry
 * @param names in committed order, as many as the keyspace keeps copies
 * @param fallbacks all other nodes, in the order in which they stand in for an owner
 */
record Owners(int partition, long epoch, List<NodeName> names, List<NodeName> fallbacks) {

  /** The owners alone, for whoever needs nobody in their place. */
  static Owners of(PartitionTable table, int partition, int copies) {
    PartitionTable.Entry entry = table.entry(partition);
    List<NodeName> committed = entry.committed();
    return new Owners(
        partition,
        entry.epoch(),
        committed.size() <= copies ? committed : committed.subList(0, copies),
        List.of());
  }

  /** The owners, and after them the rest of the preference list. */
  static Owners withFallbacks(Tables tables, int partition, int copies) {
    Owners owners = of(tables.current(), partition, copies);
    List<NodeName> all = tables.preferenceList(partition);
    if (all.size() <= owners.names.size()) {
      return owners;
    }
    List<NodeName> rest = new ArrayList<>(all);
    rest.removeAll(owners.names);
    return new Owners(partition, owners.epoch, owners.names, rest);
  }

  boolean include(NodeName node) {
    return names.contains(node);
  }

  /** Whether it is an owner or stands in for one. */
  boolean prefer(NodeName node) {
    return names.contains(node) || fallbacks.contains(node);
  }

  /** Owners and fallbacks as one of the owners, or a node that is none, asks them: itself first. */
  List<NodeName> selfFirst(NodeName self) {
    int index = names.indexOf(self);
    if (index <= 0 && fallbacks.isEmpty()) {
      return names;
    }
    List<NodeName> order = new ArrayList<>(size());
    order.addAll(names);
    order.addAll(fallbacks);
    if (index > 0) {
      order.add(0, order.remove(index));
    }
    return order;
  }

  /** Whether {@code a} comes before {@code b} in the preference list. */
  boolean precedes(NodeName a, NodeName b) {
    return placeOf(a) < placeOf(b);
  }

  /** How many nodes the preference list has. */
  int size() {
    return names.size() + fallbacks.size();
  }

  /** Owners come first, then fallbacks. */
  private NodeName at(int place) {
    return place < names.size() ? names.get(place) : fallbacks.get(place - names.size());
  }

  private int placeOf(NodeName node) {
    int place = names.indexOf(node);
    if (place >= 0) {
      return place;
    }
    int behind = fallbacks.indexOf(node);
    return behind < 0 ? -1 : names.size() + behind;
  }

  /**
   * Who coordinates the next attempt of a write: the first reachable node of the preference list
   * after {@code last}, the first of all where {@code last} is null; past the end from the start
   * again.
   *
   * @return null where none is reachable
   */
  NodeName coordinatorAfter(NodeName last, Predicate<NodeName> reachable) {
    int start = last == null ? 0 : placeOf(last) + 1;
    for (int i = 0; i < size(); i++) {
      NodeName candidate = at((start + i) % size());
      if (reachable.test(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  /**
   * A node of the preference list before {@code self} that is reachable, or null.
   *
   * @param self an owner or a fallback
   */
  NodeName reachableBefore(NodeName self, Predicate<NodeName> reachable) {
    for (int i = 0; i < size(); i++) {
      NodeName node = at(i);
      if (node.equals(self)) {
        return null;
      }
      if (reachable.test(node)) {
        return node;
      }
    }
    return null;
  }
}
