package io.cartwheel.cluster.antientropy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.replica.HashTree;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeafRangesTest {
  @Test
  void ranges_coverExactlyTheLeavesThatDiffer() {
    for (long seed = 1; seed <= 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int partitions = 1 << random.nextInt(15);
      int partition = random.nextInt(partitions);
      int oneIn = 1 + random.nextInt(50);
      boolean[] differing = new boolean[HashTree.LEAVES];
      for (int leaf = 0; leaf < differing.length; leaf++) {
        differing[leaf] = random.nextInt(oneIn) == 0;
      }

      List<LeafRanges.Range> ranges = LeafRanges.of(differing, partition, partitions);

      int borders = 0;
      for (int leaf = 0; leaf < differing.length; leaf++) {
        long first = HashTree.firstOf(partition, partitions, leaf);
        long last = HashTree.firstOf(partition, partitions, leaf + 1) - 1;
        assertEquals(differing[leaf], contains(ranges, first), "seed " + seed);
        assertEquals(differing[leaf], contains(ranges, last), "seed " + seed);
        borders += differing[leaf] && (leaf == 0 || !differing[leaf - 1]) ? 1 : 0;
      }
      assertEquals(borders, ranges.size(), "neighbours are one range, seed " + seed);
    }
  }

  private static boolean contains(List<LeafRanges.Range> ranges, long position) {
    return ranges.stream()
        .anyMatch(
            range ->
                Long.compareUnsigned(range.from(), position) <= 0
                    && Long.compareUnsigned(position, range.to() - 1) <= 0);
  }

  @Test
  void aWholePartition_isOneRange() {
    boolean[] all = new boolean[HashTree.LEAVES];
    java.util.Arrays.fill(all, true);

    assertEquals(List.of(LeafRanges.whole(7, 8)), LeafRanges.of(all, 7, 8));
    assertEquals(0, LeafRanges.whole(7, 8).to());
    assertEquals(new LeafRanges.Range(0, 0), LeafRanges.whole(0, 1));
  }

  @Test
  void children_areTheirLeavesTogether() {
    long[] leaves = new long[HashTree.LEAVES];
    leaves[0] = 5;
    leaves[31] = 6;
    leaves[32] = 7;

    List<Long> children = LeafRanges.children(leaves);

    assertEquals(HashTree.FANOUT, children.size());
    assertEquals(5 ^ 6, children.get(0));
    assertEquals(7, children.get(1));
    assertTrue(children.subList(2, 32).stream().allMatch(hash -> hash == 0));
  }
}
