package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole replica on the engine of production, over a restart after which all rows are cold. */
class RocksDbReplicaTest {
  private static final int KEYS = 1_000;

  @TempDir private Path directory;

  @Test
  void rows_areReadMergedCountedAndListedAfterARestart() {
    long dataId;
    try (StorageEngine engine = open()) {
      dataId = NodeStore.open(engine, TestNode.PARTITIONS, () -> 42).dataId();
      TestNode node = new TestNode(1, engine);
      node.service.start();
      for (int i = 0; i < KEYS; i++) {
        node.put("k" + i, "v" + i, Sibling.NO_EXPIRY);
      }
      node.time.advanceMillis(2_000);
      assertEquals(KEYS, node.count(TestNode.ALL));
    }
    try (StorageEngine engine = open()) {
      assertEquals(dataId, NodeStore.open(engine, TestNode.PARTITIONS, () -> 43).dataId());
      TestNode node = new TestNode(2, engine);
      assertEquals("v7", OneShard.text(node.read("k7")));
      assertTrue(coldReads(node) > 0, "nothing was cold");

      node.service.start();
      for (int i = 0; i < KEYS; i += 2) {
        node.put("k" + i, i % 4 == 0 ? null : "w" + i, Sibling.NO_EXPIRY);
      }
      node.time.advanceMillis(2_000);

      assertEquals(KEYS * 3 / 4, node.count(TestNode.ALL));
      assertEquals("w2", OneShard.text(node.read("k2")));
      assertEquals("-", OneShard.text(node.read("k4")));
      assertNotNull(node.randomKey());
      assertEquals(KEYS, keysOf(node));
    }
  }

  private static int keysOf(TestNode node) {
    TreeSet<String> keys = new TreeSet<>();
    for (int partition : TestNode.ALL) {
      Scanned page = node.scan(partition, KEYS);
      assertTrue(page.complete());
      page.rows().forEach(row -> keys.add(new String(row.key(), StandardCharsets.UTF_8)));
    }
    return keys.size();
  }

  private static long coldReads(TestNode node) {
    return node.metrics.histogram("storage.read.cold").getCount();
  }

  private StorageEngine open() {
    return StorageEngines.open("rocksdb", directory.resolve("data"), NodeStore.TABLES, Map.of());
  }
}
