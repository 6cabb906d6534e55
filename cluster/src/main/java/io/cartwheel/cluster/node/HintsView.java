package io.cartwheel.cluster.node;

import io.cartwheel.cluster.ring.NodeName;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What this node keeps for others, for an administrator to see and to steer. Safe for use by all
 * threads; what is asked is answered on a loop of the node.
 */
public interface HintsView {
  /** Counts what is kept for each node for which something is. */
  void held(Consumer<SortedMap<NodeName, Held>> done);

  /** Whether nothing is delivered until {@link #resume}. */
  boolean isPaused();

  /** Delivers nothing until {@link #resume}, or until this process ends. */
  void pause();

  void resume();

  /**
   * Drops all that is kept for a node. Rows that this node holds for it alone go to their other
   * owners; where there is none, they are gone.
   *
   * @param done told how many hints that were
   */
  void drop(NodeName target, LongConsumer done);

  /**
   * What is kept for one node.
   *
   * @param bytes about what it takes, rows included
   * @param oldestMillis when the oldest was made, by the cluster's clock
   */
  record Held(long count, long bytes, long oldestMillis) {}
}
