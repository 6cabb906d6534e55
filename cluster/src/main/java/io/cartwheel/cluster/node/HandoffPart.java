package io.cartwheel.cluster.node;

import io.cartwheel.cluster.handoff.HandoffShard;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;

/** Hinted handoff among the parts of a shard. */
record HandoffPart(HandoffShard shard) implements ShardPart {
  @Override
  public void start() {
    shard.start();
  }

  @Override
  public boolean onMessage(NodeName from, Message message) {
    return shard.onMessage(from, message);
  }

  @Override
  public void onReachability(NodeName peer, boolean reachable) {
    shard.onReachability(peer, reachable);
  }

  @Override
  public void onHadUsDown(NodeName peer) {
    // What the peer missed of this node's is kept for it whatever it thought.
  }

  @Override
  public void onRing() {
    // Owners are looked up when their rows are handed on.
  }
}
