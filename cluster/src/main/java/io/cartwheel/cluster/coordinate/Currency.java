package io.cartwheel.cluster.coordinate;

/**
 * Whether this node's replica of a partition is current: since the last event that could have made
 * it miss a write it has exchanged with enough other owners. Not current is always a safe answer:
 * the coordinator then asks.
 */
public interface Currency {
  boolean isCurrent(int partition);

  /** The replica may have missed a write. */
  void end(int partition);
}
