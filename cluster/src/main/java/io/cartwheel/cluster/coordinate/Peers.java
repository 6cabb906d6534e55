package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;

/** The other nodes, as a shard's coordinator uses them. On the shard's loop only. */
public interface Peers {
  /** This node; nothing is ever sent to it. */
  NodeName self();

  /** Whether the peer can be reached now, as far as this node knows. */
  boolean isReachable(NodeName peer);

  /** Whether every member of the cluster can be reached: who is slow then is only busy. */
  boolean isWhole();

  /**
   * Sends a message, which may be lost, doubled, late or overtaken.
   *
   * @return false where it certainly does not leave
   */
  boolean send(NodeName to, Message message);
}
