package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VectorLimit;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HashTreesTest {
  private static final int PARTITIONS = 4;

  /** Keys that begin with "one:" are kept once, "two:" twice, all others three times. */
  private static final Keyspaces KEYSPACES =
      new Keyspaces(List.of(keyspace("", 3), keyspace("one:", 1), keyspace("two:", 2)));

  private static Keyspace keyspace(String prefix, int n) {
    return new Keyspace(prefix, n, 1, 1, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC);
  }

  @Test
  void trees_followEveryChangeFromTheFirstSnapshotOn() {
    for (long seed = 1; seed <= 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      OneShard shard = new OneShard(seed);
      HashRoots roots = new HashRoots(PARTITIONS, KEYSPACES);
      HashTrees trees = trees(shard, roots);
      shard.rows.listen(trees);
      List<Key> keys = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        keys.add(OneShard.key(List.of("", "one:", "two:").get(i % 3) + i));
      }
      for (int i = 0; i < 40; i++) {
        change(shard, keys.get(random.nextInt(keys.size())), random);
      }
      // Some of these changes come before a partition's snapshot, some while it is walked.
      shard.loop.execute(trees::start);
      for (int i = 0; i < 200; i++) {
        change(shard, keys.get(random.nextInt(keys.size())), random);
        if (random.nextInt(4) == 0) {
          shard.time.advanceMillis(random.nextInt(3));
        }
      }
      shard.time.advanceMillis(200);

      assertTrue(trees.areReady(), "seed " + seed);
      for (int p = 0; p < PARTITIONS; p++) {
        for (int copies = 1; copies <= 3; copies++) {
          long[] expected = counted(shard, keys, p, copies);
          assertArrayEquals(expected, trees.leaves(p, copies), "seed " + seed);
          long root = 0;
          for (long leaf : expected) {
            root ^= leaf;
          }
          assertEquals(root, roots.root(p, copies), "seed " + seed);
        }
      }
    }
  }

  private static HashTrees trees(OneShard shard, HashRoots roots) {
    ReplicaService.Settings settings =
        new ReplicaService.Settings(
            PARTITIONS, KEYSPACES, new VectorLimit(10, 0), 30_000, new RowStore.Limits(4, 0));
    return new HashTrees(0, 1, settings, roots, shard.rows, shard.disk, shard.loop);
  }

  private static void change(OneShard shard, Key key, SplittableRandom random) {
    int kind = random.nextInt(5);
    shard.loop.execute(
        () ->
            shard.rows.update(
                List.of(key),
                rows ->
                    List.of(
                        switch (kind) {
                          case 0 -> shard.overwritten(rows.get(0), null);
                          case 1 -> rows.get(0).merge(shard.foreign("x"));
                          case 2 -> StoredRow.ABSENT;
                          default -> shard.overwritten(rows.get(0), "v");
                        }),
                Durability.BUFFERED,
                () -> {}));
    if (random.nextInt(3) == 0) {
      shard.time.settle();
    }
  }

  /** The naive way. */
  private static long[] counted(OneShard shard, List<Key> keys, int partition, int copies) {
    long[] leaves = new long[HashTree.LEAVES];
    for (Key key : keys) {
      if (key.partition(PARTITIONS) == partition && KEYSPACES.of(key.bytes()).n() >= copies) {
        int leaf = HashTree.leafOf(key.position(), PARTITIONS);
        leaves[leaf] ^= HashTree.hash(key.position(), shard.onDisk(key).row());
      }
    }
    return leaves;
  }

  @Test
  void rowsWithoutValues_areNotInTheTree() {
    Sibling value = sibling(new Dot(7, 1), Sibling.Form.VALUE);
    Sibling tombstone = sibling(new Dot(8, 1), Sibling.Form.TOMBSTONE);
    Sibling stripped = sibling(new Dot(9, 1), Sibling.Form.STRIPPED);

    assertEquals(0, HashTree.hash(1, Row.EMPTY));
    assertEquals(0, HashTree.hash(1, Row.EMPTY.with(tombstone).with(stripped)));
    assertNotEquals(0, HashTree.hash(1, Row.EMPTY.with(value)));
    assertNotEquals(
        HashTree.hash(1, Row.EMPTY.with(value)),
        HashTree.hash(1, Row.EMPTY.with(value).with(tombstone)),
        "a dead sibling beside a value is brought to the other replicas");
  }

  @Test
  void contextAndValues_doNotChangeTheHash() {
    Row row = Row.EMPTY.with(sibling(new Dot(7, 3), Sibling.Form.VALUE));
    Row knowsMore = row.discard(VersionVector.of(new Dot(1, 5), 9));

    assertEquals(HashTree.hash(1, row), HashTree.hash(1, knowsMore));
    assertNotEquals(HashTree.hash(1, row), HashTree.hash(2, row));
  }

  @Test
  void leaves_areThePrefixesOfPositions() {
    SplittableRandom random = new SplittableRandom(5);
    for (int bits = 0; bits <= Position.SLOT_BITS; bits++) {
      int partitions = 1 << bits;
      for (int i = 0; i < 100; i++) {
        long position = random.nextLong();
        int partition = Position.partition(position, partitions);
        int leaf = HashTree.leafOf(position, partitions);
        long first = HashTree.firstOf(partition, partitions, leaf);
        long end = HashTree.firstOf(partition, partitions, leaf + 1);
        assertTrue(Long.compareUnsigned(first, position) <= 0);
        assertTrue(Long.compareUnsigned(position, end - 1) <= 0);
      }
      assertEquals(
          RowKey.endOf(partitions - 1, partitions),
          HashTree.firstOf(partitions - 1, partitions, HashTree.LEAVES));
    }
  }

  @Test
  void rootsOfTreesThatAreNotBuilt_areNotReady() {
    OneShard shard = new OneShard(1);
    HashRoots roots = new HashRoots(PARTITIONS, KEYSPACES);
    HashTrees trees = trees(shard, roots);

    assertFalse(trees.areReady());
    assertFalse(roots.isReady(0));
  }

  private static Sibling sibling(Dot dot, Sibling.Form form) {
    return new Sibling(
        dot,
        1,
        Sibling.NO_EXPIRY,
        Sibling.STRING,
        form,
        form == Sibling.Form.VALUE ? new byte[] {1} : null,
        new io.cartwheel.cluster.version.RequestId(dot.actor(), dot.counter()),
        false);
  }
}
