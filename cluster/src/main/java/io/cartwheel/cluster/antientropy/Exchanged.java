package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.ring.NodeName;
import java.util.TreeSet;

/**
 * With whom a replica of one partition has completed an exchange that began after the last event by
 * which it may have missed a write. Pure.
 */
final class Exchanged {
  private final TreeSet<NodeName> with = new TreeSet<>();
  private long generation;

  /** The replica may have missed a write; exchanges under way began too early. */
  void end() {
    generation++;
    with.clear();
  }

  /** To be told at the completion of an exchange that begins now. */
  long generation() {
    return generation;
  }

  /** An exchange has completed; returns whether it counts. */
  boolean onCompleted(NodeName peer, long generationAtBegin) {
    return generationAtBegin == generation && with.add(peer);
  }

  boolean isWith(NodeName peer) {
    return with.contains(peer);
  }
}
