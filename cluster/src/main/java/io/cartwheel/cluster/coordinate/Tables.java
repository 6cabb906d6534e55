package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** The partition table that all shards of this node share. Safe for use by all threads. */
public interface Tables {
  /** The table as of now, or null where this node has none yet. */
  PartitionTable current();

  /** Takes in an entry that a peer has told; {@link #current} shows it at once. */
  void learn(int partition, PartitionTable.Entry entry);

  /** The peer knows a later table: asks it for that. */
  void ask(NodeName peer);
}
