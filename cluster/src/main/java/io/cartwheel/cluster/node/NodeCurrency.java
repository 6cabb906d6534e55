package io.cartwheel.cluster.node;

import io.cartwheel.cluster.antientropy.ShardCurrency;
import io.cartwheel.cluster.coordinate.Currency;
import java.util.List;

/** The currency of all replicas of this node, each on its shard's loop. */
record NodeCurrency(List<ShardCurrency> shards) implements Currency {
  @Override
  public boolean isCurrent(int partition) {
    return shards.get(partition % shards.size()).isCurrent(partition);
  }

  @Override
  public void end(int partition) {
    shards.get(partition % shards.size()).end(partition);
  }

  /** How many own replicas are not current; from any thread. */
  int notCurrent() {
    return shards.stream().mapToInt(ShardCurrency::notCurrent).sum();
  }
}
