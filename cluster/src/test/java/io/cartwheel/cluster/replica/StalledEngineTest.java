package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static io.cartwheel.cluster.replica.OneShard.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A shard's rows while the engine takes no writes. */
class StalledEngineTest {
  private final OneShard shard = new OneShard(1);
  private final FakeEngine engine = shard.engine;
  private final RowStore rows = shard.rows;
  private final List<String> log = new ArrayList<>();

  @Test
  void stalledCommit_isTriedAgainAndAcknowledgedOnce() {
    write("old", "1");
    engine.stalls = true;
    write("k", "v");
    write("l", "w");
    shard.time.advanceMillis(5_000);
    assertEquals(List.of("stored old"), log);
    assertTrue(engine.refusedWrites < 150, "back-off: " + engine.refusedWrites);
    assertEquals(0, shard.broken.size());

    engine.stalls = false;
    shard.time.advanceMillis(60);

    assertEquals(List.of("stored old", "stored k", "stored l"), log);
    assertEquals(2, engine.writes.get(1).size(), "one batch of all that waited");
    assertEquals("v", text(shard.onDisk(key("k"))));
    shard.time.advanceMillis(1_000);
    assertEquals(2, engine.writes.size());
    write("m", "x");
    assertEquals("stored m", log.get(3), "as ever");
  }

  @Test
  void committedRows_areReadMeanwhileAndStagedOnesWait() {
    write("old", "1");
    engine.stalls = true;
    write("k", "v");
    shard.time.advanceMillis(1_000);
    readCommitted("old");
    readCommitted("k");
    shard.loop.execute(() -> rows.atBoundary(() -> log.add("boundary")));
    shard.time.advanceMillis(1_000);
    assertEquals(List.of("stored old", "old=1"), log);

    engine.stalls = false;
    shard.time.advanceMillis(60);
    assertEquals(List.of("stored old", "old=1", "boundary", "stored k", "k=v"), log);
  }

  @Test
  void coldRows_areReadMeanwhile() {
    write("old", "1");
    engine.stalls = true;
    write("k", "v");
    shard.evict(key("old"));
    readCommitted("old");
    shard.time.advanceMillis(10);
    assertEquals("old=1", log.get(1));
  }

  @Test
  void shortStall_refusesNobody() {
    engine.stalls = true;
    write("k", "v");
    shard.time.advanceMillis(10);
    assertFalse(rows.isStalled());
    assertTrue(tryWrite("l"));
    engine.stalls = false;
    shard.time.advanceMillis(20);
    assertEquals(List.of("stored k", "stored l"), log);
    assertEquals(0, shard.metrics.counter("storage.stalls").getCount());
  }

  @Test
  void longStall_refusesUpdatesThatCanBeRefusedUntilItEnds() {
    engine.stalls = true;
    write("k", "v");
    shard.time.advanceMillis(50);
    assertTrue(rows.isStalled());
    assertFalse(tryWrite("l"));
    assertEquals(1, shard.metrics.counter("storage.stalls").getCount());
    assertEquals(1, shard.metrics.counter("storage.stalled").getCount());
    assertEquals(1, shard.metrics.counter("storage.overloads").getCount());

    engine.stalls = false;
    shard.time.advanceMillis(60);
    assertFalse(rows.isStalled());
    assertTrue(tryWrite("l"));
    assertEquals(List.of("stored k", "stored l"), log);
    assertEquals(0, shard.metrics.counter("storage.stalled").getCount());
  }

  @Test
  void laterUpdatesOfAStagedRow_areOneRowOfTheBatchAndKeepTheirOrder() {
    engine.stalls = true;
    for (int i = 0; i < 5; i++) {
      append("k", i);
      shard.time.advanceMillis(20);
    }
    engine.stalls = false;
    shard.time.advanceMillis(60);
    assertEquals("01234", text(shard.onDisk(key("k"))));
    assertEquals(1, engine.writes.get(0).size());
    assertEquals(List.of("at 0", "at 1", "at 2", "at 3", "at 4"), log);
  }

  @Test
  void brokenDisk_endsTheWaitWithoutAnAcknowledgement() {
    engine.stalls = true;
    write("k", "v");
    shard.time.advanceMillis(100);
    engine.stalls = false;
    engine.failsWrites = true;
    shard.time.advanceMillis(1_000);
    assertEquals(1, shard.broken.size());
    assertEquals(List.of(), log);
  }

  private void write(String name, String value) {
    shard.loop.execute(
        () ->
            rows.update(
                List.of(key(name)),
                before -> List.of(shard.overwritten(before.get(0), value)),
                Durability.BUFFERED,
                () -> log.add("stored " + name)));
    shard.time.settle();
  }

  private void append(String name, int digit) {
    shard.loop.execute(
        () ->
            rows.update(
                List.of(key(name)),
                before -> List.of(shard.overwritten(before.get(0), text(before.get(0)) + digit)),
                Durability.BUFFERED,
                () -> log.add("at " + digit)));
    shard.time.settle();
  }

  private boolean tryWrite(String name) {
    boolean[] accepted = {false};
    shard.loop.execute(
        () ->
            accepted[0] =
                rows.tryUpdate(
                    key(name),
                    before -> shard.overwritten(before, "v"),
                    () -> log.add("stored " + name)));
    shard.time.settle();
    return accepted[0];
  }

  private void readCommitted(String name) {
    shard.loop.execute(
        () ->
            rows.read(
                key(name),
                row -> rows.whenCommitted(key(name), () -> log.add(name + "=" + text(row)))));
    shard.time.settle();
  }
}
