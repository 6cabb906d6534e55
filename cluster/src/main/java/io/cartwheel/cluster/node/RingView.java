package io.cartwheel.cluster.node;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.List;

/**
 * The ring as this node sees it now; an immutable snapshot behind every call. Safe for use by all
 * threads.
 */
public interface RingView {
  String clusterName();

  NodeName self();

  /**
   * The table, or null while the seeds have not yet met; {@link #notReadyReason} says which are
   * missing.
   */
  PartitionTable table();

  /** Why there is no table, in one line, or null. */
  String notReadyReason();

  /** All members in order of their names, this node among them. */
  List<Peer> members();

  /**
   * The owners of a key's partition and after them its fallbacks, in order; empty while there is no
   * table.
   */
  List<NodeName> preferenceList(Key key);

  /** What this node keeps for others. */
  HintsView hints();

  /** How equal this node's rows are to its peers'. */
  RepairView repair();

  /**
   * @param reachable whether this node can reach it now; true for itself
   */
  record Peer(Member member, boolean reachable) {}
}
