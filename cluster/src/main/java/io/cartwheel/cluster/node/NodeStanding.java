package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Currency;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.replica.Standing;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** What the rows see of membership and currency. */
record NodeStanding(
    NodeName self, Membership membership, Currency currency, int shards, ShardPorts.Sender sender)
    implements Standing {
  @Override
  public PartitionTable table() {
    return membership.view().table();
  }

  @Override
  public void onOldTable(NodeName from) {
    if (!from.equals(self)) {
      membership.ask(from);
    }
  }

  @Override
  public boolean isCurrent(int partition) {
    return currency.isCurrent(partition);
  }

  @Override
  public void endCurrency(int partition) {
    currency.end(partition);
  }

  /**
   * An owner that can be reached is told from here: the link between it and the coordinator may be
   * the very reason why it was passed over.
   */
  @Override
  public void onPassedOver(NodeName coordinator, int partition) {
    MembershipView view = membership.view();
    PartitionTable.Entry entry = view.table().entry(partition);
    for (NodeName owner : entry.committed()) {
      if (owner.equals(coordinator)) {
        return;
      }
      if (owner.equals(self)) {
        currency.end(partition);
      } else if (view.reachable().contains(owner)) {
        sender.send(partition % shards, owner, new Message.PassedOver(0, partition, entry.epoch()));
      }
    }
  }
}
