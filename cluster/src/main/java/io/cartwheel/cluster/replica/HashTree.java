package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;

/**
 * What one partition holds, in 1,024 numbers: a leaf is the exclusive or of the hashes of the rows
 * below its prefix of the position, a child of the root that of its {@value #FANOUT} leaves, the
 * root that of all. So a row goes in and out at the cost of one operation, in any order, and a tree
 * counted from a snapshot is completed by the changes made since (Merkle trees as in the paper,
 * section 4.7, but for the fold, which here has to resist accident and not malice).
 *
 * <p>A row is in the tree if and only if it holds a value's bytes: a function of the stored row and
 * of nothing else, so that replicas of equal rows have equal trees whatever their clocks say. An
 * expired value leaves the tree when its bytes go. A row's hash is over its position, which is a
 * hash of the key, and the dots of all its siblings; not over values, which dots name, nor over the
 * context, which may have been cut on one side and would be repaired for ever.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class HashTree {
  /** Children of the root, and leaves of a child. */
  public static final int FANOUT = 32;

  public static final int LEAVES = FANOUT * FANOUT;

  private static final int LEAF_BITS = 10;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  /** Null while every leaf is 0: most trees of a small or a fresh node. */
  private long[] leaves;

  private long root;

  /** What a row adds to its leaf, 0 where it is not in the tree. */
  static long hash(long position, Row row) {
    boolean isIn = false;
    long hash = mix(position);
    for (Sibling sibling : row.siblings()) {
      isIn |= sibling.form() == Sibling.Form.VALUE;
      hash = mix(hash ^ sibling.dot().actor());
      hash = mix(hash + sibling.dot().counter());
    }
    return isIn ? hash : 0;
  }

  /** The finalizer of SplittableRandom after Stafford: every bit of the input moves all others. */
  private static long mix(long value) {
    long z = value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** The leaf of a position. */
  static int leafOf(long position, int partitions) {
    return (int) (position << partitionBits(partitions) >>> (Long.SIZE - LEAF_BITS));
  }

  /** The first position below a leaf; below leaf {@link #LEAVES} the end of the partition. */
  public static long firstOf(int partition, int partitions, int leaf) {
    int shift = Long.SIZE - LEAF_BITS - partitionBits(partitions);
    return Position.firstOf(partition, partitions) + ((long) leaf << shift);
  }

  private static int partitionBits(int partitions) {
    return Integer.numberOfTrailingZeros(partitions);
  }

  /** Puts a hash in, or takes it out. */
  void toggle(int leaf, long hash) {
    if (leaves == null) {
      leaves = new long[LEAVES];
    }
    leaves[leaf] ^= hash;
    root ^= hash;
  }

  /** Puts in what another tree of the partition holds. */
  void toggle(HashTree other) {
    if (other.leaves != null) {
      for (int leaf = 0; leaf < LEAVES; leaf++) {
        toggle(leaf, other.leaves[leaf]);
      }
    }
  }

  long root() {
    return root;
  }

  long leaf(int leaf) {
    return leaves == null ? 0 : leaves[leaf];
  }
}
