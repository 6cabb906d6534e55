package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.AskTable;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.RandomKey;
import io.cartwheel.cluster.version.Sibling;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A node's shards together: what is counted and drawn over all of them. */
class ReplicaServiceTest {
  private static final List<Integer> ALL = TestNode.ALL;
  private static final int PARTITIONS = TestNode.PARTITIONS;

  @Test
  void count_isUnknownUntilThePartitionsHaveBeenCounted() {
    TestNode node = new TestNode(1, new FakeEngine());
    node.put("k", "v", Sibling.NO_EXPIRY);
    assertEquals(-1, node.count(ALL));

    node.service.start();
    node.time.advanceMillis(1_000);
    assertEquals(1, node.count(ALL));
    assertEquals(1, node.count(List.of(key("k").partition(PARTITIONS))));
    assertEquals(0, node.count(List.of((key("k").partition(PARTITIONS) + 1) % PARTITIONS)));
    assertEquals(0, node.count(List.of(-1, PARTITIONS)));
  }

  @Test
  void count_seesWhatIsStagedWhenItBegins() {
    TestNode node = new TestNode(1, new FakeEngine());
    List<Message> replies = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      node.send("k" + i, "v", Sibling.NO_EXPIRY, replies::add);
    }
    node.service.start();
    node.time.advanceMillis(1_000);

    assertEquals(50, replies.size());
    assertEquals(50, node.count(ALL));
  }

  @Test
  void count_followsWritesDeletesAndExpiry() {
    TestNode node = new TestNode(1, new FakeEngine());
    node.service.start();
    node.time.advanceMillis(1_000);
    long now = node.clock.nowMillis();
    node.put("a", "1", Sibling.NO_EXPIRY);
    node.put("a", "2", Sibling.NO_EXPIRY);
    node.put("b", "1", now + 10_000);
    node.put("c", "1", Sibling.NO_EXPIRY);
    node.put("d", null, Sibling.NO_EXPIRY);
    assertEquals(3, node.count(ALL));

    node.put("c", null, Sibling.NO_EXPIRY);
    assertEquals(2, node.count(ALL));
    node.time.advanceMillis(12_000);
    assertEquals(1, node.count(ALL), "expired without a write");
    node.put("b", null, Sibling.NO_EXPIRY);
    assertEquals(1, node.count(ALL));
  }

  @Test
  void count_afterARestartWhileWritesGoOnIsThatOfANaiveList() {
    for (long seed = 0; seed < 40; seed++) {
      FakeEngine engine = new FakeEngine();
      SplittableRandom random = new SplittableRandom(seed);
      Map<String, Boolean> live = new TreeMap<>();
      TestNode first = new TestNode(seed, engine);
      for (int i = 0; i < 200; i++) {
        writeSomething(first, random, live);
      }
      first.time.advanceMillis(1_000);

      TestNode second = new TestNode(seed + 1_000, engine);
      second.service.start();
      int unknown = 0;
      for (int i = 0; i < 200; i++) {
        writeSomething(second, random, live);
        second.time.advanceMillis(random.nextInt(2));
        unknown += second.count(ALL) < 0 ? 1 : 0;
      }
      second.time.advanceMillis(1_000);
      long expected = live.values().stream().filter(alive -> alive).count();
      assertEquals(expected, second.count(ALL), "seed " + seed);
      assertTrue(unknown > 3, "seed " + seed + ": the writes did not meet the counting");
      assertEquals(0, engine.openIterators, "seed " + seed);
    }
  }

  @Test
  void randomKey_isALiveOneAndEachHasAChance() {
    TestNode node = new TestNode(1, new FakeEngine());
    assertNull(node.randomKey());
    for (int i = 0; i < 8; i++) {
      node.put("live" + i, "v", Sibling.NO_EXPIRY);
      node.put("dead" + i, null, Sibling.NO_EXPIRY);
      node.put("expired" + i, "v", 1);
    }
    Map<String, Integer> drawn = new TreeMap<>();
    for (int i = 0; i < 2_000; i++) {
      byte[] key = node.randomKey();
      assertNotNull(key);
      drawn.merge(new String(key, StandardCharsets.UTF_8), 1, Integer::sum);
    }
    assertEquals(8, drawn.size(), drawn.toString());
    assertTrue(drawn.keySet().stream().allMatch(k -> k.startsWith("live")), drawn.toString());
  }

  @Test
  void randomKeys_pastTheBoundAreRefused() {
    TestNode node = new TestNode(1, new FakeEngine());
    List<Message> replies = new ArrayList<>();
    for (int i = 0; i <= ReplicaService.MAX_SEARCHES; i++) {
      node.ask(new RandomKey(i), replies::add);
    }
    node.time.settle();
    assertEquals(List.of(new Overloaded(ReplicaService.MAX_SEARCHES)), replies);

    node.time.advanceMillis(10);
    assertEquals(ReplicaService.MAX_SEARCHES + 1, replies.size());
    assertNull(node.randomKey());
  }

  @Test
  void otherMessages_areNotForTheReplica() {
    TestNode node = new TestNode(1, new FakeEngine());
    assertFalse(node.service.handle(0, TestNode.SELF, new AskTable(), reply -> {}));
  }

  @Test
  void start_syncsWhatIsWritten() {
    FakeEngine engine = new FakeEngine();
    TestNode node = new TestNode(1, engine);
    node.service.start();
    node.put("k", "v", Sibling.NO_EXPIRY);
    node.time.advanceMillis(2_000);

    assertEquals(1, engine.syncs);
  }

  private static void writeSomething(
      TestNode node, SplittableRandom random, Map<String, Boolean> live) {
    String name = "k" + random.nextInt(60);
    boolean alive = random.nextInt(3) > 0;
    live.put(name, alive);
    long past = node.clock.nowMillis() - 5_000;
    boolean byExpiry = random.nextBoolean();
    String value = alive || byExpiry ? "v" : null;
    node.put(name, value, !alive && byExpiry ? past : Sibling.NO_EXPIRY);
  }
}
