package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static io.cartwheel.cluster.replica.OneShard.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What wants a row that is not in memory, and what else happens to it meanwhile. */
class ColdRowsTest {
  private final OneShard shard = new OneShard(1);
  private final List<String> log = new ArrayList<>();

  @Test
  void updatesDuringALoad_waitForItAndKeepTheirOrder() {
    stored("k", "0");
    shard.evict(key("k"));

    shard.loop.execute(
        () -> {
          read("k");
          append("k", "1");
        });
    shard.loop.execute(
        () -> {
          append("k", "2");
          read("k");
        });
    shard.time.settle();
    assertEquals(List.of(), log, "nothing before the load");
    shard.time.advanceMillis(10);

    assertEquals(List.of("read 0", "read 012", "stored 1", "stored 2"), log);
    assertEquals("012", text(shard.onDisk(key("k"))));
    assertEquals(1, shard.engine.writes.size(), "one commit after the load");
  }

  @Test
  void commitsOfOtherRows_goOnDuringALoad() {
    stored("cold", "0");
    shard.evict(key("cold"));

    shard.loop.execute(() -> append("cold", "1"));
    shard.loop.execute(() -> append("warm", "x"));
    shard.time.settle();

    assertEquals(List.of("stored x"), log);
    shard.time.advanceMillis(10);
    assertEquals("01", text(shard.onDisk(key("cold"))));
  }

  @Test
  void rowThatWasCommittedWhileAnotherLoads_isSeenAsItIsThen() {
    stored("a", "A");
    stored("b", "B");
    stored("c", "C");
    shard.evict(key("b"));
    shard.evict(key("c"));

    // The first makes "a" wait for "b"; the second changes "a" when "b" is there, before "c" is.
    shard.loop.execute(
        () -> {
          appendAll(List.of("a", "b"), "1");
          appendAll(List.of("a", "c"), "2");
          read("a");
        });
    shard.time.advanceMillis(10);

    assertEquals("A12", text(shard.onDisk(key("a"))));
    assertEquals("B1", text(shard.onDisk(key("b"))));
    assertEquals("C2", text(shard.onDisk(key("c"))));
    assertTrue(log.contains("read A12"), log.toString());
  }

  @Test
  void operationFromAReader_queuesBehindWhatWaitsAlready() {
    stored("k", "0");
    shard.evict(key("k"));
    shard.loop.execute(
        () -> {
          shard.rows.read(key("k"), row -> append("k", "late"));
          append("k", "1");
        });
    shard.time.advanceMillis(10);

    assertEquals("01late", text(shard.onDisk(key("k"))));
  }

  @Test
  void sameKeyTwiceInAnUpdate_doesNotWaitForItself() {
    shard.evict(key("k"));
    shard.loop.execute(() -> appendAll(List.of("k", "k"), "1"));
    shard.time.advanceMillis(10);

    assertEquals(List.of("stored 1"), log);
  }

  /** Against the plainest store there is: every operation at once, in the order it was given. */
  @Test
  void randomOperations_haveTheEffectOfTheirOrder() {
    for (long seed = 0; seed < 300; seed++) {
      randomRun(seed);
    }
  }

  private static void randomRun(long seed) {
    OneShard shard = new OneShard(seed);
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, String> oracle = new TreeMap<>();
    List<String> expectedReads = new ArrayList<>();
    Map<Integer, String> reads = new TreeMap<>();
    int[] unacknowledged = {0};
    for (int step = 0; step < 60; step++) {
      for (int n = random.nextInt(4); n > 0; n--) {
        List<String> names = someNames(random);
        String mark = Integer.toString(random.nextInt(10));
        if (random.nextInt(3) == 0) {
          int number = expectedReads.size();
          expectedReads.add(oracle.getOrDefault(names.get(0), ""));
          shard.loop.execute(
              () -> shard.rows.read(key(names.get(0)), row -> reads.put(number, text(row))));
        } else {
          names.forEach(name -> oracle.merge(name, mark, String::concat));
          unacknowledged[0]++;
          shard.loop.execute(() -> append(shard, names, mark, () -> unacknowledged[0]--));
        }
      }
      for (int n = random.nextInt(3); n > 0; n--) {
        shard.evict(key("k" + random.nextInt(5)));
      }
      if (random.nextBoolean()) {
        shard.time.advanceMillis(random.nextInt(4));
      }
    }
    shard.time.advanceMillis(1_000);

    String atSeed = "seed " + seed;
    assertEquals(0, unacknowledged[0], atSeed);
    assertEquals(expectedReads, new ArrayList<>(reads.values()), atSeed);
    oracle.forEach((name, value) -> assertEquals(value, text(shard.onDisk(key(name))), atSeed));
    assertEquals(0, shard.metrics.counter("storage.waiting").getCount(), atSeed);
  }

  private static List<String> someNames(SplittableRandom random) {
    int first = random.nextInt(5);
    int second = random.nextInt(5);
    return second == first || random.nextBoolean()
        ? List.of("k" + first)
        : List.of("k" + first, "k" + second);
  }

  private static void append(OneShard shard, List<String> names, String more, Runnable stored) {
    List<Key> keys = names.stream().map(OneShard::key).toList();
    shard.rows.update(
        keys,
        before -> {
          List<StoredRow> after = new ArrayList<>();
          before.forEach(row -> after.add(shard.overwritten(row, text(row) + more)));
          return after;
        },
        Durability.BUFFERED,
        stored);
  }

  private void stored(String name, String value) {
    shard.loop.execute(() -> append(shard, List.of(name), value, () -> {}));
    shard.time.settle();
    shard.engine.writes.clear();
  }

  private void append(String name, String more) {
    appendAll(List.of(name), more);
  }

  private void appendAll(List<String> names, String more) {
    append(shard, names, more, () -> log.add("stored " + more));
  }

  private void read(String name) {
    shard.rows.read(key(name), row -> log.add("read " + text(row)));
  }
}
