package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which owners have a row, or somebody who keeps it for them. Pure.
 *
 * <p>What counts is owners, not answers: an owner that has stored the row, or for which a fallback
 * keeps it, counts once, whoever else has stored it too. A fallback stands in for one owner only,
 * so as many distinct nodes hold the row as are counted, and no fewer once the fallbacks have
 * handed it on.
 */
final class WriteQuorum {
  private List<NodeName> owners;
  private List<NodeName> fallbacks;
  private final List<NodeName> stored = new ArrayList<>(4);

  /** For each owner the fallbacks that were asked in its place, the last one last. */
  private final Map<NodeName, List<NodeName>> standIns = new TreeMap<>();

  /**
   * @param fallbacks in the order in which they stand in
   */
  WriteQuorum(List<NodeName> owners, List<NodeName> fallbacks) {
    this.owners = owners;
    this.fallbacks = fallbacks;
  }

  /** Returns whether this is news. */
  boolean onStored(NodeName node) {
    return !stored.contains(node) && stored.add(node);
  }

  /** The partition has other owners now; what the former ones have stored counts no longer. */
  void onMoved(List<NodeName> newOwners, List<NodeName> newFallbacks) {
    owners = newOwners;
    fallbacks = newFallbacks;
    standIns.clear();
  }

  /** Owners that have it, or for which somebody keeps it. */
  int count() {
    int count = 0;
    for (NodeName owner : owners) {
      count += isKeptFor(owner) ? 1 : 0;
    }
    return count;
  }

  /** Whether the owner has it, or a fallback in its place. */
  boolean isKeptFor(NodeName owner) {
    if (stored.contains(owner)) {
      return true;
    }
    for (NodeName standIn : standIns.getOrDefault(owner, List.of())) {
      if (stored.contains(standIn)) {
        return true;
      }
    }
    return false;
  }

  /** Owners that have not stored it themselves, in their order. */
  List<NodeName> missing() {
    List<NodeName> missing = new ArrayList<>(owners);
    missing.removeAll(stored);
    return missing;
  }

  /** The fallback that was asked last in place of this owner, or null. */
  NodeName standInFor(NodeName owner) {
    List<NodeName> asked = standIns.get(owner);
    return asked == null ? null : asked.get(asked.size() - 1);
  }

  /** The owner in whose place this fallback was asked, or null. */
  NodeName ownerBehind(NodeName standIn) {
    for (Map.Entry<NodeName, List<NodeName>> entry : standIns.entrySet()) {
      if (entry.getValue().contains(standIn)) {
        return entry.getKey();
      }
    }
    return null;
  }

  /**
   * The next reachable fallback that stands in for nobody yet is to be asked in place of this
   * owner.
   *
   * @return null where none is left
   */
  NodeName replace(NodeName owner, Predicate<NodeName> reachable) {
    for (NodeName fallback : fallbacks) {
      if (ownerBehind(fallback) == null && reachable.test(fallback)) {
        standIns.computeIfAbsent(owner, o -> new ArrayList<>(1)).add(fallback);
        return fallback;
      }
    }
    return null;
  }
}
