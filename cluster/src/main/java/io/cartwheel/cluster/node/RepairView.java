package io.cartwheel.cluster.node;

import io.cartwheel.cluster.antientropy.PeerSync;
import io.cartwheel.cluster.ring.NodeName;
import java.util.List;

/** How equal this node's rows are to its peers', for front ends. Safe for use by all threads. */
public interface RepairView {
  /**
   * How this node stands with one peer.
   *
   * @param sync all shards together
   */
  record OfPeer(NodeName name, PeerSync sync) {}

  /** The other members, in order of their names; none before there is a ring. */
  List<OfPeer> peers();

  /** The time by the wall clock that {@link PeerSync#completedMillis} is of. */
  long nowMillis();

  /** Own replicas that may have missed a write, as far as this node knows. */
  int notCurrent();

  /**
   * Begins an exchange of all that both own; with a peer that is away, when it is back.
   *
   * @param peer null for all peers
   * @param noted called, on any thread, when {@link #peers} shows that the exchange is due; not
   *     called where the answer is false
   * @return false where no other member has this name
   */
  boolean repair(NodeName peer, Runnable noted);
}
