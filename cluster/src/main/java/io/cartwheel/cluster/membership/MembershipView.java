package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.List;
import java.util.SortedSet;

/**
 * What a node knows of its cluster at one moment. Immutable.
 *
 * @param members in order of their names, this node among them
 * @param table null while there is none
 * @param notReadyReason why there is none, in one line, or null
 * @param reachable the peers that can be reached; this node is not among them
 */
public record MembershipView(
    List<Member> members,
    PartitionTable table,
    String notReadyReason,
    SortedSet<NodeName> reachable) {}
