package io.cartwheel.cluster.node;

import io.cartwheel.cluster.membership.HeldForOthers;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.reap.Neighbours;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** What the reaping in one shard sees of the cluster. */
record ReapNeighbours(
    int shard, NodeName self, Membership membership, HeldForOthers held, ShardPorts.Sender sender)
    implements Neighbours {
  @Override
  public PartitionTable table() {
    return membership.view().table();
  }

  @Override
  public boolean areAllReachable() {
    MembershipView view = membership.view();
    for (Member member : view.members()) {
      if (!member.name().equals(self) && !view.reachable().contains(member.name())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean isAnyHandingOn(int partition) {
    byte[] own = held.handingOn();
    int index = partition >> 3;
    if (index < own.length && (own[index] & 1 << (partition & 7)) != 0) {
      return true;
    }
    for (Member member : membership.view().members()) {
      if (!member.name().equals(self)
          && membership.tidings().isHandingOn(member.name(), partition)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean send(NodeName to, Message message) {
    return sender.send(shard, to, message);
  }
}
