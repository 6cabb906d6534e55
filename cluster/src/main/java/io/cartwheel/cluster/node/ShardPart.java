package io.cartwheel.cluster.node;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;

/**
 * A protocol that works on the rows of one shard beside its coordinator and its replica. All on the
 * shard's loop.
 */
interface ShardPart {
  /** Once, when the node has begun to listen; perhaps before there is a table. */
  void start();

  /**
   * A message that neither coordinator nor replica handles.
   *
   * @return false where it is not for this part either
   */
  boolean onMessage(NodeName from, Message message);

  /** A peer can be reached, or cannot any more. */
  void onReachability(NodeName peer, boolean reachable);

  /** The peer has done without this node for a while, and sees it again. */
  void onHadUsDown(NodeName peer);

  /** The members or the table are others now. */
  void onRing();
}
