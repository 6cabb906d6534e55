package io.cartwheel.resp.fake;

import io.cartwheel.cluster.node.HintsView;
import io.cartwheel.cluster.node.RepairView;
import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A ring of nodes named a, b, c...: partition p is owned by the p-th node, modulo their number, and
 * those after it. The first node is this one.
 */
public final class FixedRing implements RingView {
  private static final int OWNERS = 3;

  private final List<NodeName> names = new ArrayList<>();
  private final Set<NodeName> unreachable = new TreeSet<>();
  private final int partitions;
  private String notReady;
  public final FixedHints hints = new FixedHints();
  public final FixedRepair repair = new FixedRepair();

  public FixedRing(int nodes, int partitions) {
    for (int i = 0; i < nodes; i++) {
      names.add(new NodeName(String.valueOf((char) ('a' + i))));
    }
    this.partitions = partitions;
  }

  /** There is no table from now on, for this reason; null ends it. */
  public void notReady(String reason) {
    notReady = reason;
  }

  public void unreachable(String name) {
    unreachable.add(new NodeName(name));
  }

  @Override
  public String clusterName() {
    return "test";
  }

  @Override
  public NodeName self() {
    return names.get(0);
  }

  @Override
  public PartitionTable table() {
    if (notReady != null) {
      return null;
    }
    List<PartitionTable.Entry> entries = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      List<NodeName> owners = walk(p).subList(0, Math.min(OWNERS, names.size()));
      entries.add(new PartitionTable.Entry(1, owners.get(0), owners, owners));
    }
    return new PartitionTable(entries);
  }

  private List<NodeName> walk(int partition) {
    List<NodeName> order = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      order.add(names.get((partition + i) % names.size()));
    }
    return order;
  }

  @Override
  public String notReadyReason() {
    return notReady;
  }

  @Override
  public List<Peer> members() {
    List<Peer> members = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Member member =
          new Member(names.get(i), i, "127.0.0.1:1700" + i, "127.0.0.1:700" + i, "rack" + i, 1);
      members.add(new Peer(member, !unreachable.contains(names.get(i))));
    }
    return members;
  }

  @Override
  public HintsView hints() {
    return hints;
  }

  @Override
  public RepairView repair() {
    return repair;
  }

  @Override
  public List<NodeName> preferenceList(Key key) {
    return notReady == null ? walk(key.partition(partitions)) : List.of();
  }
}
