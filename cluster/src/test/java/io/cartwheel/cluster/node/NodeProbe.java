package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.CoordinatorShard;
import io.cartwheel.cluster.coordinate.ShardProbe;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.List;

/** Looks into a node for what should be gone once all is quiet. */
public final class NodeProbe {
  private NodeProbe() {}

  /** What is under way, in words; null where nothing is. */
  public static String leftovers(Node node) {
    if (!node.isIdle()) {
      return "requests of clients";
    }
    for (CoordinatorShard shard : node.coordinators()) {
      String left = ShardProbe.leftovers(shard);
      if (left != null) {
        return "shard " + node.coordinators().indexOf(shard) + ": " + left;
      }
    }
    return null;
  }

  /** Whether the node says that its replica of the partition is current. */
  public static boolean isCurrent(Node node, int partition) {
    return ((NodeRepair) node.repair()).currency().isCurrent(partition);
  }

  /** Between which nodes the hash trees differ, in words; null where all owners' are equal. */
  public static String treeDifference(List<Node> nodes) {
    PartitionTable table = nodes.get(0).ring().table();
    for (int p = 0; p < table.partitions(); p++) {
      List<NodeName> owners = table.entry(p).committed();
      for (Node one : nodes) {
        for (Node other : nodes) {
          int a = owners.indexOf(one.ring().self());
          int b = owners.indexOf(other.ring().self());
          int copies = Math.max(a, b) + 1;
          if (a >= 0 && b >= 0 && one.roots().root(p, copies) != other.roots().root(p, copies)) {
            return "the trees of partition "
                + p
                + " differ between "
                + one.ring().self()
                + " and "
                + other.ring().self();
          }
        }
      }
    }
    return null;
  }
}
