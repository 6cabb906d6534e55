package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Currency;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.replica.Standing;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/** What the rows see of membership and currency. */
record NodeStanding(NodeName self, Membership membership, Currency currency) implements Standing {
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
}
