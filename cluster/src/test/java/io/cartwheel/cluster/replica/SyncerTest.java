package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.storage.Durability;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SyncerTest {
  private final OneShard shard = new OneShard(1);

  @BeforeEach
  void start() {
    new Syncer(shard.loop, shard.disk).start();
  }

  @Test
  void everysec_isSyncedWithinASecondAndOnlyWhereSomethingWasWritten() {
    write("k");
    shard.time.advanceMillis(500);
    write("l");
    assertEquals(0, shard.engine.syncs);

    shard.time.advanceMillis(600);
    assertEquals(1, shard.engine.syncs);
    shard.time.advanceMillis(10_000);
    assertEquals(1, shard.engine.syncs);

    write("m");
    shard.time.advanceMillis(1_100);
    assertEquals(2, shard.engine.syncs);
  }

  @Test
  void no_isNeverSynced() {
    write("no:k");
    shard.time.advanceMillis(10_000);

    assertEquals(1, shard.engine.writes.size());
    assertEquals(0, shard.engine.syncs);
  }

  @Test
  void always_needsNoFurtherSync() {
    shard.loop.execute(
        () -> shard.rows.tryUpdate(key("always:k"), row -> shard.overwritten(row, "v"), () -> {}));
    shard.time.advanceMillis(10_000);

    assertEquals(List.of(new FakeEngine.Written(1, Durability.SYNCED)), shard.engine.writes);
    assertEquals(0, shard.engine.syncs);
  }

  @Test
  void always_bringsWhatWasBufferedBeforeToTheDisk() {
    write("k");
    shard.loop.execute(
        () -> shard.rows.tryUpdate(key("always:k"), row -> shard.overwritten(row, "v"), () -> {}));
    shard.time.advanceMillis(10_000);
    assertEquals(
        List.of(
            new FakeEngine.Written(1, Durability.BUFFERED),
            new FakeEngine.Written(1, Durability.SYNCED)),
        shard.engine.writes);
    assertEquals(0, shard.engine.syncs, "neither the commit nor the second pays another sync");

    write("l");
    shard.time.advanceMillis(1_100);
    assertEquals(1, shard.engine.syncs, "what was buffered after it waits for the second");
  }

  @Test
  void failedSync_breaksTheDiskOnce() {
    shard.engine.failsSyncs = true;
    write("k");
    shard.time.advanceMillis(10_000);
    write("l");
    shard.time.advanceMillis(10_000);

    assertEquals(1, shard.broken.size());
    assertEquals(1, shard.engine.writes.size(), "nothing is written after a failure");
  }

  private void write(String name) {
    shard.loop.execute(
        () ->
            shard.rows.update(
                List.of(key(name)),
                before -> List.of(shard.overwritten(before.get(0), "v")),
                Durability.BUFFERED,
                () -> {}));
    shard.time.settle();
  }
}
