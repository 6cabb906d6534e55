package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.CoordinatorShard;
import io.cartwheel.cluster.coordinate.ShardProbe;

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
}
