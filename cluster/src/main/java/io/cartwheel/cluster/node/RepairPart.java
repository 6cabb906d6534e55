package io.cartwheel.cluster.node;

import io.cartwheel.cluster.antientropy.RepairShard;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;

/** A shard's exchanges as part of its node. */
record RepairPart(RepairShard repair) implements ShardPart {
  @Override
  public void start() {
    repair.start();
  }

  @Override
  public boolean onMessage(NodeName from, Message message) {
    return repair.onMessage(from, message);
  }

  @Override
  public void onReachability(NodeName peer, boolean reachable) {
    repair.onReachability(peer, reachable);
  }

  @Override
  public void onHadUsDown(NodeName peer) {
    repair.onHadUsDown(peer);
  }

  @Override
  public void onRing() {
    repair.onRing();
  }
}
