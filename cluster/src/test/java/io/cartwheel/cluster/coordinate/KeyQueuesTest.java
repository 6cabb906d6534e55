package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.KeyQueues.Group;
import io.cartwheel.cluster.ring.Key;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyQueuesTest {
  private static final Key A = new Key("a".getBytes(UTF_8));
  private static final Key B = new Key("b".getBytes(UTF_8));
  private static final Key C = new Key("c".getBytes(UTF_8));

  private final KeyQueues<Integer> queues = new KeyQueues<>(100);

  @Test
  void begin_takesAllThatWaits() {
    for (int i = 0; i < 5; i++) {
      queues.offer(List.of(A), i);
    }
    assertEquals(List.of(0, 1, 2, 3, 4), queues.begin(A).writes());
  }

  @Test
  void writeThatComesLater_waitsForTheNextGroup() {
    queues.offer(List.of(A), 1);
    Group<Integer> first = queues.begin(A);
    queues.offer(List.of(A), 2);
    assertNull(queues.begin(A));
    queues.end(first);
    assertEquals(List.of(2), queues.begin(A).writes());
  }

  @Test
  void writeOfSeveralKeys_beginsAtTheHeadOfAllItsQueues() {
    queues.offer(List.of(B), 1);
    queues.offer(List.of(A, B), 2);
    queues.offer(List.of(A), 3);
    assertNull(queues.begin(A));
    Group<Integer> one = queues.begin(B);
    assertEquals(List.of(1), one.writes());
    assertNull(queues.begin(A));
    queues.end(one);
    Group<Integer> two = queues.begin(B);
    assertEquals(List.of(2), two.writes());
    assertEquals(List.of(A, B), two.keys());
    assertNull(queues.begin(A));
    queues.end(two);
    assertEquals(List.of(3), queues.begin(A).writes());
  }

  @Test
  void fullQueue_refusesTheWholeWrite() {
    KeyQueues<Integer> small = new KeyQueues<>(1);
    assertTrue(small.offer(List.of(A), 1));
    assertFalse(small.offer(List.of(B, A), 2));
    assertNull(small.begin(B));
    assertEquals(List.of(1), small.begin(A).writes());
  }

  @Test
  void emptyQueue_leavesNothingBehind() {
    queues.offer(List.of(A, B), 1);
    queues.end(queues.begin(A));
    assertEquals(0, queues.size());
  }

  @Test
  void randomRuns_keepTheOrderOfEveryKeyAndEnd() {
    for (long seed = 1; seed <= 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      KeyQueues<Integer> all = new KeyQueues<>(1_000);
      Map<Key, List<Integer>> offered = new HashMap<>();
      Map<Key, List<Integer>> begun = new HashMap<>();
      List<Group<Integer>> running = new ArrayList<>();
      List<Key> keys = List.of(A, B, C);
      int writes = 30;
      for (int next = 0; next < writes || !running.isEmpty(); ) {
        if (next < writes && random.nextBoolean()) {
          List<Key> some = new ArrayList<>(keys);
          some.removeIf(k -> random.nextInt(3) == 0);
          if (!some.isEmpty()) {
            all.offer(some, next);
            for (Key key : some) {
              offered.computeIfAbsent(key, k -> new ArrayList<>()).add(next);
            }
            next++;
          }
        } else if (!running.isEmpty()) {
          all.end(running.remove(random.nextInt(running.size())));
        }
        for (Key key : keys) {
          Group<Integer> group = all.begin(key);
          if (group != null) {
            for (Group<Integer> other : running) {
              assertTrue(other.keys().stream().noneMatch(group.keys()::contains), "seed " + seed);
            }
            running.add(group);
            for (Key of : group.keys()) {
              begun.computeIfAbsent(of, k -> new ArrayList<>()).addAll(group.writes());
            }
          }
        }
      }
      assertEquals(offered, begun, "seed " + seed);
      assertEquals(0, all.size(), "seed " + seed);
      assertNotNull(offered);
    }
  }
}
