package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.replica.HashTree;
import java.util.ArrayList;
import java.util.List;

/** What of a partition has to be compared row by row. Pure. */
final class LeafRanges {
  /**
   * Positions from one (inclusive) to another (exclusive; 0 for the end of the ring).
   *
   * @param to never the same as {@code from}, but where the range is the whole ring
   */
  record Range(long from, long to) {}

  private LeafRanges() {}

  /** All of the partition. */
  static Range whole(int partition, int partitions) {
    return new Range(
        HashTree.firstOf(partition, partitions, 0),
        HashTree.firstOf(partition, partitions, HashTree.LEAVES));
  }

  /** The children of the root: each the exclusive or of its leaves. */
  static List<Long> children(long[] leaves) {
    List<Long> children = new ArrayList<>(HashTree.FANOUT);
    for (int child = 0; child < HashTree.FANOUT; child++) {
      long hash = 0;
      for (int i = 0; i < HashTree.FANOUT; i++) {
        hash ^= leaves[child * HashTree.FANOUT + i];
      }
      children.add(hash);
    }
    return children;
  }

  /** Leaves that differ, as ranges in order; neighbours are one range. */
  static List<Range> of(boolean[] differing, int partition, int partitions) {
    List<Range> ranges = new ArrayList<>();
    int first = -1;
    for (int leaf = 0; leaf <= differing.length; leaf++) {
      boolean differs = leaf < differing.length && differing[leaf];
      if (differs && first < 0) {
        first = leaf;
      } else if (!differs && first >= 0) {
        ranges.add(
            new Range(
                HashTree.firstOf(partition, partitions, first),
                HashTree.firstOf(partition, partitions, leaf)));
        first = -1;
      }
    }
    return ranges;
  }
}
