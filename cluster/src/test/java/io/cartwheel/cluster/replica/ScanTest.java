package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.PartitionTable.Entry;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.RowCodec;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Pages of versions, in order of position. */
class ScanTest {
  private static final NodeName SELF = new NodeName("self");
  private static final int PARTITIONS = 4;

  /** As many positions are one run. */
  private static final long RUN = 1L << (Long.SIZE - Position.RUN_BITS);

  private static final PartitionTable TABLE =
      new PartitionTable(
          Collections.nCopies(PARTITIONS, new Entry(1, SELF, List.of(SELF), List.of(SELF))));

  private final OneShard shard = new OneShard(1);
  private final ReplicaShard replica = shard.replica(new FakeStanding(SELF, TABLE), Long.MAX_VALUE);
  private final List<Message> replies = new ArrayList<>();

  @Test
  void pages_giveEveryRowOfThePartitionOnceInOrderOfPosition() {
    List<Key> keys = storeKeys(500);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      int at = partition;
      List<String> expected =
          keys.stream()
              .filter(k -> k.partition(PARTITIONS) == at)
              .sorted((a, b) -> Long.compareUnsigned(a.position(), b.position()))
              .map(Key::toString)
              .toList();
      for (int limit : new int[] {1, 7, 1_000}) {
        assertEquals(expected, walk(partition, limit), "partition " + at + " limit " + limit);
      }
    }
  }

  @Test
  void page_showsVersionsAndNoValues() {
    storeKeys(1);
    Scanned page = scan(key("k0").partition(PARTITIONS), 0, 0, 10);

    Sibling sibling = page.rows().get(0).row().siblings().get(0);
    assertEquals(Sibling.Form.OMITTED, sibling.form());
    assertTrue(page.complete());
  }

  @Test
  void page_showsWhatItsTurnHasStagedHoweverFastTheDiskIs() {
    OneShard fast = new OneShard(new SimulatedTime(1), new FakeEngine(), row -> row, Runnable::run);
    ReplicaShard reader = fast.replica(new FakeStanding(SELF, TABLE), Long.MAX_VALUE);
    Key staged = key("k");
    Scan all = new Scan(1, staged.partition(PARTITIONS), 1, 0, 0, 10);
    fast.loop.execute(
        () -> {
          fast.rows.tryUpdate(staged, row -> fast.overwritten(row, "v"), () -> {});
          reader.onScan(SELF, all, replies::add);
        });
    fast.time.advanceMillis(10);

    assertEquals(1, ((Scanned) replies.get(0)).rows().size());
  }

  @Test
  void page_keepsToItsBoundsWithinThePartition() {
    List<Key> keys = storeKeys(200);
    keys.sort(Comparator.comparing(Key::position, Long::compareUnsigned));
    Key first = keys.get(100);
    int partition = first.partition(PARTITIONS);
    List<Key> wanted = new ArrayList<>(keys.subList(100, 110));
    wanted.removeIf(k -> k.partition(PARTITIONS) != partition);
    long end = wanted.get(wanted.size() - 1).position();

    Scanned page = scan(partition, first.position(), end, 1_000);

    assertEquals(wanted.size() - 1, page.rows().size(), "the end is exclusive");
    assertTrue(page.complete());
    assertEquals(List.of(), scan(partition, end, first.position(), 10).rows());
    Scanned beyond = scan(0, keys.get(199).position(), 0, 10);
    assertEquals(List.of(), beyond.rows(), "a range after the partition");
    assertTrue(beyond.complete());
  }

  @Test
  void page_neverEndsInsideARun() {
    try (WriteBatch batch = shard.engine.newBatch()) {
      byte[] row = RowCodec.encode(shard.overwritten(StoredRow.ABSENT, "v"));
      for (int i = 0; i < 10; i++) {
        batch.put(NodeStore.ROWS, RowKey.of(7 * RUN + i / 3, new byte[] {(byte) i}), row);
        batch.put(NodeStore.ROWS, RowKey.of(8 * RUN + i / 3, new byte[] {(byte) i}), row);
      }
      batch.put(NodeStore.ROWS, RowKey.of(9 * RUN, new byte[] {0}), row);
      shard.engine.write(batch, Durability.BUFFERED);
    }

    assertEquals(10, page(0, 1).rows().size());
    assertFalse(page(0, 1).complete());
    assertEquals(10, page(0, 10).rows().size());
    assertEquals(20, page(0, 11).rows().size());
    assertEquals(21, page(0, 21).rows().size());
    assertTrue(page(0, 21).complete());
    assertEquals(11, page(8 * RUN, 11).rows().size());
    assertTrue(page(9 * RUN, 1).complete());
  }

  @Test
  void page_ofLongKeysEndsByItsBytes() {
    try (WriteBatch batch = shard.engine.newBatch()) {
      byte[] row = RowCodec.encode(shard.overwritten(StoredRow.ABSENT, "v"));
      for (int i = 0; i < 10; i++) {
        batch.put(NodeStore.ROWS, RowKey.of(i * RUN, new byte[RowPage.MAX_BYTES / 3]), row);
      }
      shard.engine.write(batch, Durability.BUFFERED);
    }

    assertEquals(3, page(0, 1_000).rows().size());
  }

  @Test
  void scans_pastTheBoundAreRefused() {
    shard.loop.execute(
        () -> {
          for (int i = 0; i <= ReplicaShard.MAX_SCANS; i++) {
            ask(new Scan(i, 0, 1, 0, 0, 10));
          }
        });
    shard.time.settle();
    assertEquals(List.of(new Overloaded(ReplicaShard.MAX_SCANS)), replies);

    shard.time.advanceMillis(10);
    assertEquals(ReplicaShard.MAX_SCANS + 1, replies.size());
    assertEquals(0, shard.engine.openIterators);
    assertTrue(scan(0, 0, 0, 10).complete(), "there is room again");
  }

  @Test
  void failedWalk_breaksTheDisk() {
    shard.engine.failsReads = true;
    shard.loop.execute(() -> ask(new Scan(1, 0, 1, 0, 0, 10)));
    shard.time.advanceMillis(10);

    assertEquals(1, shard.broken.size());
    assertEquals(List.of(), replies);
    assertEquals(0, shard.engine.openIterators);
  }

  private List<Key> storeKeys(int count) {
    List<Key> keys = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    shard.loop.execute(
        () -> {
          for (int i = 0; i < count; i++) {
            Key key = key(random.nextBoolean() ? "k" + i : "{tag}" + i);
            Key stored = i == 0 ? key("k0") : key;
            keys.add(stored);
            shard.rows.update(
                List.of(stored),
                row -> List.of(shard.overwritten(row.get(0), "v")),
                Durability.BUFFERED,
                () -> {});
          }
        });
    shard.time.settle();
    return keys;
  }

  /** All keys of a partition, page by page. */
  private List<String> walk(int partition, int limit) {
    List<String> found = new ArrayList<>();
    long from = 0;
    while (true) {
      Scanned page = scan(partition, from, 0, limit);
      for (KeyedRow row : page.rows()) {
        found.add(new Key(row.key()).toString());
      }
      if (page.complete()) {
        return found;
      }
      from = new Key(page.rows().get(page.rows().size() - 1).key()).position() + 1;
    }
  }

  private Scanned scan(int partition, long from, long to, int limit) {
    replies.clear();
    shard.loop.execute(() -> ask(new Scan(1, partition, 1, from, to, limit)));
    shard.time.advanceMillis(10);
    return (Scanned) replies.get(0);
  }

  private void ask(Scan scan) {
    replica.onScan(SELF, scan, replies::add);
  }

  private RowPage page(long from, int limit) {
    try (StorageIterator range = shard.disk.snapshot(RowKey.first(from), null)) {
      return RowPage.read(range, limit);
    }
  }
}
