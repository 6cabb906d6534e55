package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageIterator;
import java.util.function.Consumer;

/**
 * The hash trees of one shard's partitions. Kept up with every staged change; at the start built
 * from the disk: for one partition after the other a snapshot is taken between two commits and
 * walked on an I/O thread, while the changes since go to the tree at once. On the shard's loop
 * only, but for {@link HashRoots}.
 */
public final class HashTrees implements RowStore.Listener {
  /** After so many rows a walk lets other work have its thread. */
  private static final int ROWS_PER_SLICE = 4_096;

  private final int shard;
  private final int shards;
  private final int partitions;
  private final Keyspaces keyspaces;
  private final HashRoots roots;
  private final RowStore rows;
  private final Disk disk;
  private final EventLoop loop;

  /** By partition / shards, then by class; null until the partition's snapshot has been taken. */
  private final HashTree[][] trees;

  private int built;

  HashTrees(
      int shard,
      int shards,
      ReplicaService.Settings settings,
      HashRoots roots,
      RowStore rows,
      Disk disk,
      EventLoop loop) {
    this.shard = shard;
    this.shards = shards;
    this.partitions = settings.partitions();
    this.keyspaces = settings.keyspaces();
    this.roots = roots;
    this.rows = rows;
    this.disk = disk;
    this.loop = loop;
    this.trees = new HashTree[shard < partitions ? (partitions - shard - 1) / shards + 1 : 0][];
  }

  /** Begins to build; once. */
  void start() {
    buildNext();
  }

  @Override
  public void onStaged(Key key, StoredRow before, StoredRow after) {
    int partition = key.partition(partitions);
    HashTree[] ofPartition = trees[partition / shards];
    if (ofPartition == null) {
      return;
    }
    long change =
        HashTree.hash(key.position(), before.row()) ^ HashTree.hash(key.position(), after.row());
    if (change != 0) {
      int ofClass = roots.classOf(keyspaces.of(key.bytes()).n());
      ofPartition[ofClass].toggle(HashTree.leafOf(key.position(), partitions), change);
      if (roots.isReady(partition)) {
        roots.set(partition, ofClass, ofPartition[ofClass].root());
      }
    }
  }

  /** Whether all rows of all partitions of this shard are in their trees. */
  public boolean areReady() {
    return built == trees.length;
  }

  /**
   * Leaves of a partition whose trees are ready.
   *
   * @param leastCopies as in {@link HashRoots#root}
   */
  public long[] leaves(int partition, int leastCopies) {
    long[] leaves = new long[HashTree.LEAVES];
    HashTree[] ofPartition = trees[partition / shards];
    for (int c = roots.firstClass(leastCopies); c < roots.classes(); c++) {
      for (int leaf = 0; leaf < leaves.length; leaf++) {
        leaves[leaf] ^= ofPartition[c].leaf(leaf);
      }
    }
    return leaves;
  }

  private void buildNext() {
    if (!areReady()) {
      rows.atBoundary(this::beginPartition);
    }
  }

  private HashTree[] emptyTrees() {
    HashTree[] empty = new HashTree[roots.classes()];
    for (int c = 0; c < empty.length; c++) {
      empty[c] = new HashTree();
    }
    return empty;
  }

  private void beginPartition() {
    int partition = built * shards + shard;
    trees[built] = emptyTrees();
    StorageIterator snapshot =
        disk.snapshot(
            RowKey.first(Position.firstOf(partition, partitions)),
            RowKey.end(RowKey.endOf(partition, partitions)));
    buildSlice(snapshot, emptyTrees());
  }

  private void buildSlice(StorageIterator snapshot, HashTree[] sum) {
    Consumer<Boolean> onSlice =
        more -> {
          if (more) {
            buildSlice(snapshot, sum);
          } else {
            onBuilt(sum);
          }
        };
    disk.onIo(() -> walk(snapshot, sum), loop, onSlice);
  }

  private void onBuilt(HashTree[] sum) {
    int partition = built * shards + shard;
    for (int c = 0; c < sum.length; c++) {
      trees[built][c].toggle(sum[c]);
      roots.set(partition, c, trees[built][c].root());
    }
    roots.setReady(partition);
    built++;
    buildNext();
  }

  /** Whether there is more; closes the snapshot at its end. */
  private boolean walk(StorageIterator snapshot, HashTree[] sum) {
    for (int i = 0; i < ROWS_PER_SLICE; i++) {
      if (!snapshot.next()) {
        snapshot.close();
        return false;
      }
      long position = RowKey.position(snapshot.key());
      long hash = HashTree.hash(position, Disk.decode(snapshot.value()).row());
      if (hash != 0) {
        int ofClass = roots.classOf(keyspaces.of(RowKey.key(snapshot.key())).n());
        sum[ofClass].toggle(HashTree.leafOf(position, partitions), hash);
      }
    }
    return true;
  }
}
