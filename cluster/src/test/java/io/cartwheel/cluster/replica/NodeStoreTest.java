package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Position;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.WriteBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class NodeStoreTest {
  private final FakeEngine engine = new FakeEngine();

  @Test
  void freshDirectory_getsAnIdThatItKeeps() {
    assertEquals(42, NodeStore.open(engine, 256, () -> 42).dataId());
    assertEquals(Durability.SYNCED, engine.writes.get(0).durability());

    NodeStore again =
        NodeStore.open(
            engine,
            256,
            () -> {
              throw new AssertionError("an id is drawn once");
            });
    assertEquals(42, again.dataId());
    assertEquals(1, engine.syncs, "what an earlier process left unsynced");
  }

  @Test
  void otherNumberOfPartitions_isRefusedByBothNumbers() {
    NodeStore.open(engine, 256, () -> 1);

    StorageException refused =
        assertThrows(StorageException.class, () -> NodeStore.open(engine, 512, () -> 2));

    assertTrue(refused.getMessage().contains("partitions 256"), refused.getMessage());
    assertTrue(refused.getMessage().contains("cluster.partitions is 512"), refused.getMessage());
    assertEquals(1, NodeStore.open(engine, 256, () -> 2).dataId(), "nothing was changed");
  }

  @Test
  void otherPositionHash_isRefusedByBothNumbers() {
    NodeStore.open(engine, 256, () -> 1);
    forge("directory/position-hash", 77);

    StorageException refused =
        assertThrows(StorageException.class, () -> NodeStore.open(engine, 256, () -> 2));

    assertTrue(refused.getMessage().contains("position-hash 77"), refused.getMessage());
    assertTrue(
        refused.getMessage().contains("by hash " + Position.HASH_VERSION), refused.getMessage());
  }

  @Test
  void laterFormat_isRefused() {
    NodeStore.open(engine, 256, () -> 1);
    forge("directory/stored-format", 9);

    StorageException refused =
        assertThrows(StorageException.class, () -> NodeStore.open(engine, 256, () -> 2));
    assertTrue(refused.getMessage().contains("stored-format 9"), refused.getMessage());
  }

  @Test
  void put_isOnTheDiskAndFoundAgain() {
    NodeStore store = NodeStore.open(engine, 256, () -> 1);
    assertNull(store.get("table"));

    store.put("table", new byte[] {1, 2, 3});

    assertEquals(Durability.SYNCED, engine.writes.get(1).durability());
    assertArrayEquals(new byte[] {1, 2, 3}, NodeStore.open(engine, 256, () -> 1).get("table"));
  }

  @Test
  void put_overTheIdentityIsRefused() {
    NodeStore store = NodeStore.open(engine, 256, () -> 1);
    assertThrows(
        IllegalArgumentException.class, () -> store.put("directory/id", new byte[Long.BYTES]));
  }

  private void forge(String name, long value) {
    try (WriteBatch batch = engine.newBatch()) {
      batch.put(
          NodeStore.META,
          name.getBytes(StandardCharsets.UTF_8),
          ByteBuffer.allocate(Long.BYTES).putLong(value).array());
      engine.write(batch, Durability.SYNCED);
    }
  }
}
