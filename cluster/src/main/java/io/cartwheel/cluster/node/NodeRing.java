package io.cartwheel.cluster.node;

import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.PreferenceList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/** {@link RingView} over what membership knows; preference lists are walked once for each table. */
final class NodeRing implements RingView {
  /** The lists of one table, by partition, each walked when it is first asked for. */
  private record Lists(
      PartitionTable table, List<Member> members, AtomicReferenceArray<List<NodeName>> walked) {}

  private final String clusterName;
  private final NodeName self;
  private final Supplier<MembershipView> view;
  private final Supplier<HintsView> hints;
  private final RepairView repair;
  private volatile Lists lists;

  NodeRing(
      String clusterName,
      NodeName self,
      Supplier<MembershipView> view,
      Supplier<HintsView> hints,
      RepairView repair) {
    this.clusterName = clusterName;
    this.self = self;
    this.view = view;
    this.hints = hints;
    this.repair = repair;
  }

  @Override
  public String clusterName() {
    return clusterName;
  }

  @Override
  public NodeName self() {
    return self;
  }

  @Override
  public PartitionTable table() {
    return view.get().table();
  }

  @Override
  public String notReadyReason() {
    return view.get().notReadyReason();
  }

  @Override
  public HintsView hints() {
    return hints.get();
  }

  @Override
  public RepairView repair() {
    return repair;
  }

  @Override
  public List<Peer> members() {
    MembershipView now = view.get();
    return now.members().stream()
        .map(
            member ->
                new Peer(
                    member, member.name().equals(self) || now.reachable().contains(member.name())))
        .toList();
  }

  @Override
  public List<NodeName> preferenceList(Key key) {
    PartitionTable table = view.get().table();
    return table == null ? List.of() : preferenceList(table.partitionOf(key));
  }

  /** As {@link #preferenceList(Key)}, of a partition. */
  List<NodeName> preferenceList(int partition) {
    MembershipView now = view.get();
    if (now.table() == null) {
      return List.of();
    }
    Lists present = lists;
    if (present == null || present.table != now.table() || present.members != now.members()) {
      present =
          new Lists(
              now.table(), now.members(), new AtomicReferenceArray<>(now.table().partitions()));
      lists = present;
    }
    List<NodeName> list = present.walked.get(partition);
    if (list == null) {
      list = PreferenceList.of(now.table(), now.members(), partition).all();
      present.walked.set(partition, list);
    }
    return list;
  }
}
