package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.message.Message;
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

  /**
   * A write was coordinated by a node that is not the first owner: all owners before it may have
   * missed the write, this one too if it is among them. On the shard's loop, before the write is
   * stored here.
   */
  void onPassedOver(NodeName coordinator, int partition);

  /** The same write has been stored here: the others among those owners are to be told. */
  void onPassedOverStored(NodeName coordinator, int partition);

  /**
   * An owner begins to compare the partition with this node's rows, and will hold itself current
   * with what it finds; from any thread.
   */
  void onCompares(NodeName owner, int partition);

  /** What a request is answered where this node and the asker know different entries, else null. */
  default Message refusal(NodeName from, Message.Request asked) {
    PartitionTable table = table();
    if (table == null || asked.partition() < 0 || asked.partition() >= table.partitions()) {
      onOldTable(from);
      return new Message.NotServing(asked.id(), asked.partition());
    }
    PartitionTable.Entry ours = table.entry(asked.partition());
    if (ours.epoch() > asked.epoch()) {
      return new Message.StaleEpoch(asked.id(), asked.partition(), ours);
    }
    if (ours.epoch() < asked.epoch()) {
      onOldTable(from);
      return new Message.NotServing(asked.id(), asked.partition());
    }
    return null;
  }
}
