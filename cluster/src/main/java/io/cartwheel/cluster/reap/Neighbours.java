package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** What the reaping of one shard's rows needs of the cluster; on the shard's loop. */
public interface Neighbours {
  NodeName self();

  /** The table as of now, null where there is none. */
  PartitionTable table();

  /** Whether every member of the cluster can be reached. */
  boolean areAllReachable();

  /** Whether any member, this node among them, holds rows of the partition for others. */
  boolean isAnyHandingOn(int partition);

  /**
   * @return false where the message certainly does not arrive
   */
  boolean send(NodeName to, Message message);
}
