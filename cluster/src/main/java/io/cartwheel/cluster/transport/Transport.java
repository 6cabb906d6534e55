package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;

/**
 * Carries messages to the peers; a message may be lost, doubled, late or overtaken. Messages to
 * this node itself are not for the transport.
 */
public interface Transport {
  /** In the place of a shard's index: the node as a whole, on its control loop. */
  int CONTROL = -1;

  /**
   * Queues a message for a peer; it leaves in the phase SEND or FLUSH of this turn.
   *
   * @param shard index of the shard that sends, or {@link #CONTROL}; the caller runs on its loop
   * @return false where it certainly does not leave: no connection, or the queue is full
   */
  boolean send(int shard, NodeName to, Message message);

  /** What the transport reports. */
  interface Listener {
    /**
     * A message has arrived; called on the loop of the shard that it is for: a request's partition
     * modulo the number of shards, the shard in a reply's id, {@link #CONTROL} for a {@link
     * Message.Control}, shard 0 for the rest.
     */
    void onMessage(int shard, NodeName from, Message message);

    /**
     * Whoever listens at an address that this node dialled has told who it is, perhaps this node
     * itself; on the control loop, before {@link #onConnected} unless that peer dialled first.
     */
    void onAnswered(String address, Member who);

    /** All connections to the peer stand, and it has told who it is; on the control loop. */
    void onConnected(Member peer);

    /**
     * A connection to the peer was lost; what was sent may or may not have arrived; on the control
     * loop.
     */
    void onDisconnected(NodeName peer);
  }
}
