package io.cartwheel.cluster.node;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.reap.Reaper;
import io.cartwheel.cluster.reap.Sweeper;
import io.cartwheel.cluster.ring.NodeName;

/** What clears dead rows away in one shard, as a part of its node. */
record ReapPart(Sweeper sweeper, Reaper reaper) implements ShardPart {
  @Override
  public void start() {
    sweeper.start();
    reaper.start();
  }

  @Override
  public boolean onMessage(NodeName from, Message message) {
    return reaper.onMessage(from, message);
  }

  @Override
  public void onReachability(NodeName peer, boolean reachable) {
    reaper.onDisturbed();
  }

  @Override
  public void onHadUsDown(NodeName peer) {
    reaper.onDisturbed();
  }

  @Override
  public void onRing() {
    // The table is looked at whenever it matters.
  }
}
