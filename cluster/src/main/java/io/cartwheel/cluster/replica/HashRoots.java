package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The roots of all hash trees of this node. Keyspaces of different n have different owners, so
 * their rows are in trees of their own: of each partition there is a tree for each n, and two
 * owners compare those that both are to have. Written by the shards, to be read from any thread.
 */
public final class HashRoots {
  private final int[] copies;
  private final int classes;
  private final AtomicLongArray roots;
  private final AtomicIntegerArray ready;

  HashRoots(int partitions, Keyspaces keyspaces) {
    this.copies = keyspaces.all().stream().mapToInt(Keyspace::n).distinct().sorted().toArray();
    this.classes = copies.length;
    this.roots = new AtomicLongArray(partitions * classes);
    this.ready = new AtomicIntegerArray(partitions);
  }

  int classes() {
    return classes;
  }

  /** Which trees a key of a keyspace with this n is in. */
  int classOf(int n) {
    int index = 0;
    while (copies[index] != n) {
      index++;
    }
    return index;
  }

  /** The first class of rows kept in at least so many copies; the others follow. */
  int firstClass(int leastCopies) {
    int index = 0;
    while (index < classes && copies[index] < leastCopies) {
      index++;
    }
    return index;
  }

  void set(int partition, int ofClass, long root) {
    roots.set(partition * classes + ofClass, root);
  }

  void setReady(int partition) {
    ready.set(partition, 1);
  }

  /** Whether all rows of the partition are in its trees. */
  public boolean isReady(int partition) {
    return ready.get(partition) != 0;
  }

  /** Of the rows that are kept in at least so many copies. */
  public long root(int partition, int leastCopies) {
    long root = 0;
    for (int c = firstClass(leastCopies); c < classes; c++) {
      root ^= roots.get(partition * classes + c);
    }
    return root;
  }
}
