package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.List;

/** The partition table that all shards of this node share. Safe for use by all threads. */
public interface Tables {
  /** The table as of now, or null where this node has none yet. */
  PartitionTable current();

  /**
   * The committed owners of a partition in order, and after them its fallbacks: who stands in for
   * an owner that does not answer. Only where there is a table.
   */
  List<NodeName> preferenceList(int partition);

  /** Takes in an entry that a peer has told; {@link #current} shows it at once. */
  void learn(int partition, PartitionTable.Entry entry);

  /** The peer knows a later table: asks it for that. */
  void ask(NodeName peer);
}
