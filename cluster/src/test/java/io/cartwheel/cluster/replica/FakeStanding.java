package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;

/** A place in the cluster as the test sets it. */
final class FakeStanding implements Standing {
  final List<NodeName> askedBecauseOf = new ArrayList<>();
  final List<Integer> ended = new ArrayList<>();
  final List<NodeName> passedOverBy = new ArrayList<>();
  final List<NodeName> toldOf = new ArrayList<>();
  PartitionTable table;
  boolean current;
  private final NodeName self;

  FakeStanding(NodeName self, PartitionTable table) {
    this.self = self;
    this.table = table;
  }

  @Override
  public NodeName self() {
    return self;
  }

  @Override
  public PartitionTable table() {
    return table;
  }

  @Override
  public void onOldTable(NodeName from) {
    askedBecauseOf.add(from);
  }

  @Override
  public boolean isCurrent(int partition) {
    return current;
  }

  @Override
  public void endCurrency(int partition) {
    current = false;
    ended.add(partition);
  }

  @Override
  public void onPassedOver(NodeName coordinator, int partition) {
    passedOverBy.add(coordinator);
    endCurrency(partition);
  }

  @Override
  public void onPassedOverStored(NodeName coordinator, int partition) {
    toldOf.add(coordinator);
  }

  @Override
  public void onCompares(NodeName owner, int partition) {
    // Nobody compares here.
  }
}
