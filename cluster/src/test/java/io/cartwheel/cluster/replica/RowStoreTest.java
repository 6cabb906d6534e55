package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static io.cartwheel.cluster.replica.OneShard.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.replica.FakeEngine.Written;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowStoreTest {
  private final OneShard shard = new OneShard(1);
  private final FakeEngine engine = shard.engine;
  private final RowStore rows = shard.rows;
  private final List<String> log = new ArrayList<>();

  @Test
  void update_manyInOneTurnAreOneBatch() {
    shard.loop.execute(
        () -> {
          for (int i = 0; i < 100; i++) {
            write("k" + i, "v" + i);
          }
        });
    shard.time.settle();

    assertEquals(List.of(new Written(100, Durability.BUFFERED)), engine.writes);
    assertEquals(100, log.size());
    assertEquals("v42", text(shard.onDisk(key("k42"))));
    assertEquals(100, shard.metrics.histogram("storage.commit.rows").getSnapshot().getMax());
  }

  @Test
  void update_acknowledgesInReleaseAfterTheCommit() {
    shard.loop.execute(
        () -> {
          shard.loop.atTurnEnd(Phase.SEND, () -> log.add("send, writes " + engine.writes.size()));
          rows.update(
              List.of(key("k")),
              before -> List.of(shard.overwritten(before.get(0), "v")),
              Durability.BUFFERED,
              () -> log.add("stored, writes " + engine.writes.size()));
          shard.loop.atTurnEnd(Phase.FLUSH, () -> log.add("flush"));
          log.add("task");
        });
    shard.time.settle();

    assertEquals(List.of("task", "send, writes 0", "stored, writes 1", "flush"), log);
  }

  @Test
  void update_fromAnAcknowledgementIsCommittedBeforeItIsAcknowledged() {
    shard.loop.execute(
        () ->
            rows.update(
                List.of(key("a")),
                before -> List.of(shard.overwritten(before.get(0), "1")),
                Durability.BUFFERED,
                () -> {
                  unchanged("a", Durability.BUFFERED);
                  write("b", "2");
                  log.add("writes " + engine.writes.size());
                }));
    shard.time.settle();

    assertEquals(List.of("writes 1", "stored a", "stored b"), log);
    assertEquals(2, engine.writes.size());
  }

  @Test
  void update_ofOneRowTwiceInATurnIsWrittenOnceWithTheLastValue() {
    shard.loop.execute(
        () -> {
          write("k", "1");
          write("k", "2");
          rows.read(key("k"), row -> log.add("read " + text(row)));
        });
    shard.time.settle();

    assertEquals(List.of(new Written(1, Durability.BUFFERED)), engine.writes);
    assertEquals(List.of("read 2", "stored k", "stored k"), log);
    assertEquals("2", text(shard.onDisk(key("k"))));
  }

  @Test
  void update_thatChangesNothingWritesNothingAndIsAcknowledged() {
    shard.loop.execute(() -> unchanged("k", Durability.SYNCED));
    shard.time.settle();

    assertEquals(List.of("stored k"), log);
    assertEquals(List.of(), engine.writes);
    assertEquals(0, engine.syncs);
  }

  @Test
  void update_toAnEqualRowWritesNothing() {
    shard.loop.execute(() -> write("k", "v"));
    shard.time.settle();
    shard.loop.execute(
        () ->
            rows.tryUpdate(
                key("k"),
                row ->
                    new StoredRow(new Row(row.row().context(), row.row().siblings()), row.mint()),
                () -> log.add("again")));
    shard.time.settle();

    assertEquals(List.of("stored k", "again"), log);
    assertEquals(1, engine.writes.size());
  }

  @Test
  void update_thatChangesNothingButAsksForTheDiskSyncsWhatItRestsOn() {
    shard.loop.execute(() -> write("k", "v"));
    shard.time.settle();
    shard.loop.execute(() -> unchanged("k", Durability.SYNCED));
    shard.loop.execute(() -> unchanged("k", Durability.SYNCED));
    shard.time.settle();
    shard.loop.execute(() -> unchanged("k", Durability.SYNCED));
    shard.time.settle();

    assertEquals(1, engine.syncs, "the second and third rest on the first's sync");
    assertEquals(4, log.size());
  }

  @Test
  void update_takesTheStrongestDurabilityOfItsTurn() {
    shard.loop.execute(
        () -> {
          write("a", "1");
          rows.tryUpdate(
              key("always:b"), row -> shard.overwritten(row, "2"), () -> log.add("stored b"));
          write("c", "3");
        });
    shard.time.settle();
    shard.loop.execute(() -> write("d", "4"));
    shard.time.settle();

    assertEquals(
        List.of(new Written(3, Durability.SYNCED), new Written(1, Durability.BUFFERED)),
        engine.writes);
  }

  @Test
  void update_toAnAbsentRowDeletesIt() {
    shard.loop.execute(() -> write("k", "v"));
    shard.time.settle();
    shard.loop.execute(
        () -> rows.tryUpdate(key("k"), row -> StoredRow.ABSENT, () -> log.add("gone")));
    shard.time.settle();

    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertEquals(List.of("stored k", "gone"), log);
  }

  @Test
  void update_storesWhatTheVectorLimitLeaves() {
    Row cut = shard.foreign("cut");
    OneShard limited = new OneShard(2, new FakeEngine(), row -> cut);
    List<String> seen = new ArrayList<>();
    limited.loop.execute(
        () -> {
          limited.rows.tryUpdate(
              key("k"), row -> limited.overwritten(row, "whole"), () -> seen.add("stored"));
          limited.rows.read(key("k"), row -> seen.add(text(row)));
        });
    limited.time.settle();

    assertEquals(List.of("cut", "stored"), seen);
    assertEquals("cut", text(limited.onDisk(key("k"))));
    limited.loop.execute(
        () ->
            limited.rows.tryUpdate(
                key("k"), row -> limited.overwritten(row, "again"), () -> seen.add("stored")));
    limited.time.settle();
    assertEquals(2, limited.engine.writes.size(), "the mint has moved, so the row is written");
  }

  @Test
  void whenCommitted_waitsForTheCommitOfThisRowOnly() {
    shard.loop.execute(
        () -> {
          write("a", "1");
          rows.whenCommitted(key("a"), () -> log.add("a, writes " + engine.writes.size()));
          rows.whenCommitted(key("b"), () -> log.add("b, writes " + engine.writes.size()));
        });
    shard.time.settle();

    assertEquals(List.of("b, writes 0", "stored a", "a, writes 1"), log);
  }

  @Test
  void failedCommit_breaksTheDiskAndAcknowledgesNothingEver() {
    engine.failsWrites = true;
    shard.loop.execute(() -> write("a", "1"));
    shard.time.settle();
    engine.failsWrites = false;
    shard.loop.execute(() -> write("b", "2"));
    shard.loop.execute(() -> unchanged("c", Durability.BUFFERED));
    shard.time.advanceMillis(100);

    assertEquals(1, shard.broken.size());
    assertEquals("no space left", shard.broken.get(0).getMessage());
    assertEquals(List.of(), log);
    assertEquals(List.of(), engine.writes, "nothing is written after a failure");
  }

  @Test
  void failedSync_breaksTheDiskBeforeTheAcknowledgement() {
    shard.loop.execute(() -> write("k", "v"));
    shard.time.settle();
    log.clear();
    engine.failsSyncs = true;
    shard.loop.execute(() -> unchanged("k", Durability.SYNCED));
    shard.time.settle();

    assertEquals(1, shard.broken.size());
    assertEquals(List.of(), log);
  }

  @Test
  void failedColdRead_breaksTheDiskAndAnswersNothing() {
    engine.failsReads = true;
    shard.evict(key("k"));
    shard.loop.execute(() -> rows.read(key("k"), row -> log.add("read")));
    shard.time.advanceMillis(100);

    assertEquals(1, shard.broken.size());
    assertEquals(List.of(), log);
  }

  @Test
  void damagedRow_breaksTheDisk() {
    try (var batch = engine.newBatch()) {
      batch.put(NodeStore.ROWS, RowKey.of(key("k")), new byte[] {99, 1, 2});
      engine.write(batch, Durability.BUFFERED);
    }
    shard.loop.execute(() -> rows.read(key("k"), row -> log.add("read")));
    shard.time.advanceMillis(100);

    assertEquals(1, shard.broken.size());
    assertEquals(List.of(), log);
  }

  @Test
  void tryRead_isRefusedWhereTooManyWaitForColdRows() {
    Key cold = key("cold");
    shard.evict(cold);
    shard.loop.execute(
        () -> {
          for (int i = 0; i < OneShard.MAX_WAITING; i++) {
            assertTrue(rows.tryRead(cold, row -> log.add("read")));
          }
          assertFalse(rows.tryRead(cold, row -> log.add("refused")));
          assertFalse(rows.tryUpdate(cold, row -> row, () -> log.add("refused")));
          assertTrue(rows.tryRead(key("warm"), row -> log.add("warm")));
          rows.read(cold, row -> log.add("own"));
        });
    shard.time.settle();
    assertEquals(List.of("warm"), log);
    assertEquals(5, shard.metrics.counter("storage.waiting").getCount());
    assertEquals(2, shard.metrics.counter("storage.overloads").getCount());

    shard.time.advanceMillis(10);
    assertEquals(List.of("warm", "read", "read", "read", "read", "own"), log);
    assertEquals(0, shard.metrics.counter("storage.waiting").getCount());
    shard.loop.execute(() -> assertTrue(rows.tryRead(cold, row -> log.add("again"))));
    shard.time.advanceMillis(10);
    assertEquals("again", log.get(log.size() - 1));
  }

  private void write(String name, String value) {
    rows.update(
        List.of(key(name)),
        before -> List.of(shard.overwritten(before.get(0), value)),
        Durability.BUFFERED,
        () -> log.add("stored " + name));
  }

  private void unchanged(String name, Durability durability) {
    rows.update(List.of(key(name)), before -> before, durability, () -> log.add("stored " + name));
  }
}
