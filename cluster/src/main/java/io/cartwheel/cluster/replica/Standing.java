package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** What the rows need to know of this node's place in the cluster, and tell about it. */
public interface Standing {
  NodeName self();

  /** The table as of now, null where there is none; from any thread. */
  PartitionTable table();

  /** A peer has shown that there is a later table than this node's: it is to be asked for. */
  void onOldTable(NodeName from);

  /** Whether this node's replica of the partition is current; on its shard's loop. */
  boolean isCurrent(int partition);

  /** The replica may have missed a write; on its shard's loop. */
  void endCurrency(int partition);
}
