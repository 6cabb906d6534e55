package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import java.util.List;
import java.util.function.Predicate;

/** When an owner has exchanged enough to have missed nothing. Pure. */
final class CurrencyRule {
  private CurrencyRule() {}

  /**
   * Whether an owner may know all that was acknowledged: it has exchanged with every other owner it
   * can reach, and of each keyspace that it keeps with so many other owners that together they have
   * met every write quorum, N - W of them.
   *
   * @param owners of the partition, in order
   * @param self one of them, or a node that is none: it is never current
   */
  static boolean isCurrent(
      List<NodeName> owners,
      NodeName self,
      List<Keyspace> keyspaces,
      Predicate<NodeName> isReachable,
      Predicate<NodeName> isExchanged) {
    int place = owners.indexOf(self);
    if (place < 0) {
      return false;
    }
    for (NodeName owner : owners) {
      if (!owner.equals(self) && isReachable.test(owner) && !isExchanged.test(owner)) {
        return false;
      }
    }
    for (Keyspace keyspace : keyspaces) {
      int n = keyspace.effectiveN(owners.size());
      if (place < n) {
        int exchanged = 0;
        for (NodeName owner : owners.subList(0, n)) {
          exchanged += !owner.equals(self) && isExchanged.test(owner) ? 1 : 0;
        }
        if (exchanged < n - keyspace.effectiveW(owners.size())) {
          return false;
        }
      }
    }
    return true;
  }
}
