package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Currency;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.replica.Standing;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.List;

/** What the rows see of membership and currency. */
record NodeStanding(NodeName self, Membership membership, Currency currency, PassedOwners passed)
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

  @Override
  public void onPassedOver(NodeName coordinator, int partition) {
    List<NodeName> owners = membership.view().table().entry(partition).committed();
    int own = owners.indexOf(self);
    int first = owners.indexOf(coordinator);
    if (own >= 0 && (first < 0 || own < first)) {
      currency.end(partition);
    }
  }

  /**
   * An owner that can be reached is told from here: the link between it and the coordinator may be
   * the very reason why it was passed over.
   */
  @Override
  public void onPassedOverStored(NodeName coordinator, int partition) {
    MembershipView view = membership.view();
    PartitionTable.Entry entry = view.table().entry(partition);
    boolean isOwner = entry.committed().contains(self);
    for (NodeName owner : entry.committed()) {
      if (owner.equals(coordinator)) {
        return;
      }
      if (view.reachable().contains(owner)) {
        passed.tell(partition, owner, entry.epoch(), isOwner);
      }
    }
  }

  @Override
  public void onCompares(NodeName owner, int partition) {
    passed.onCompares(partition, owner);
  }
}
