package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.transport.VirtualNetwork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links on which what goes one way is late, while everything else is as it should be. */
class SlowLinksTest {
  private static final long MILLI = 1_000_000;

  @TempDir Path directory;

  /** Delays around the attempt timeout of 300 ms, and far beyond it. */
  private static final List<Long> DELAYS_MILLIS = List.of(160L, 310L, 400L, 700L);

  private static int number(NodeName name) {
    return Integer.parseInt(name.value().substring(1));
  }

  private static List<Integer> owners(SimulatedCluster cluster, String key) {
    PartitionTable table = cluster.machine(0).node.ring().table();
    Key placed = new Key(TestUpdates.bytes(key));
    return table.entry(table.partitionOf(placed)).committed().stream()
        .map(SlowLinksTest::number)
        .toList();
  }

  /** A key that none of these nodes owns. */
  private static String keyNotOwnedBy(SimulatedCluster cluster, int... nodes) {
    for (int i = 0; ; i++) {
      String key = "k" + i;
      List<Integer> owners = owners(cluster, key);
      if (IntStream.of(nodes).noneMatch(owners::contains)) {
        return key;
      }
    }
  }

  private static void slow(SimulatedCluster cluster, int from, int to, long millis) {
    String sender = cluster.machine(from).address();
    String receiver = cluster.machine(to).address();
    cluster.network.setWeather(
        (a, b, fairNanos) ->
            new VirtualNetwork.Passage(
                List.of(a.equals(sender) && b.equals(receiver) ? millis * MILLI : fairNanos),
                false));
  }

  private static void heal(SimulatedCluster cluster) {
    cluster.network.setWeather(
        (a, b, fairNanos) -> new VirtualNetwork.Passage(List.of(fairNanos), false));
  }

  /**
   * With the fastest clock gone hybrid time goes at half speed, so a receiver takes an attempt for
   * timely long after its sender has made another. What came after that other one must be safe.
   */
  @Test
  void attemptThatComesLate_doesNotOverwriteWhatCameAfterTheNextOne() {
    for (long leadMillis : List.of(100L, 5_000L)) {
      for (long delayMillis : DELAYS_MILLIS) {
        String what = "lead " + leadMillis + " ms, delay " + delayMillis + " ms";
        try (SimulatedCluster cluster = new SimulatedCluster(directory, 7, 5, 1)) {
          cluster.machine(4).aheadMillis = leadMillis;
          cluster.startAll();
          cluster.time.advanceMillis(3_000);
          String key = keyNotOwnedBy(cluster, 3, 4);
          List<Integer> owners = owners(cluster, key);
          cluster.set(owners.get(1), key, "first");
          cluster.machine(4).kill();
          cluster.time.advanceMillis(20);
          slow(cluster, 3, owners.get(0), delayMillis);
          assertNull(cluster.set(3, key, "early").failure(), what);
          assertNull(cluster.set(owners.get(2), key, "late").failure(), what);
          heal(cluster);
          cluster.time.advanceMillis(3_000);
          assertTrue(cluster.values(owners.get(0), key).contains("late"), what);
        }
      }
    }
  }

  /**
   * A write that the second owner coordinates because its link to the first is slow is known to the
   * third; the first, which has not heard of it, takes the next one, and leaves no sibling.
   */
  @Test
  void plainWritesOneAfterTheOther_leaveNoSiblingsOverOneSlowLink() {
    for (long delayMillis : DELAYS_MILLIS) {
      for (int seed = 1; seed <= 2; seed++) {
        try (SimulatedCluster cluster = new SimulatedCluster(directory, seed, 4, 1)) {
          cluster.startAll();
          cluster.time.advanceMillis(3_000);
          String key = keyNotOwnedBy(cluster, 3);
          List<Integer> owners = owners(cluster, key);
          cluster.set(owners.get(0), key, "first");
          // A retry keeps what is later than its first attempt by less than clocks can tell.
          cluster.time.advanceMillis(2);
          slow(cluster, owners.get(1), owners.get(0), delayMillis);
          for (int i = 0; i < 6; i++) {
            String what = "seed " + seed + ", delay " + delayMillis + " ms, write " + i;
            // By way of the second owner, the third, and a node that knows nothing of the key.
            int at = i % 3 == 0 ? owners.get(1) : i % 3 == 1 ? 3 : owners.get(2);
            assertNull(cluster.set(at, key, "v" + i).failure(), what);
            assertEquals(List.of("v" + i), cluster.values(owners.get(2), key), what);
            cluster.time.advanceMillis(2);
          }
          heal(cluster);
          cluster.time.advanceMillis(3_000);
          assertEquals(List.of("v5"), cluster.values(owners.get(0), key));
        }
      }
    }
  }

  /**
   * The first owner is passed over, and learns that from the third. What it has missed the second
   * tells it too late, and only the third is left to ask.
   */
  @Test
  void plainWritesOverTwoSlowLinks_leaveNoSiblingsWhereTheFirstOwnerHearsOfAnotherInTime() {
    assertEquals(List.of("second"), valuesOverTwoSlowLinks(100));
    // Longer than the replica timeout: it overwrites what it knows, and loses nothing.
    assertEquals(List.of("first", "second"), valuesOverTwoSlowLinks(179));
  }

  private List<String> valuesOverTwoSlowLinks(long millis) {
    try (SimulatedCluster cluster = new SimulatedCluster(directory, 3, 3, 1)) {
      cluster.startAll();
      cluster.time.advanceMillis(3_000);
      List<Integer> owners = owners(cluster, "k");
      int first = owners.get(0);
      int second = owners.get(1);
      int third = owners.get(2);
      cluster.set(first, "k", "before");
      cluster.time.advanceMillis(2);
      cluster.network.setWeather(
          (from, to, fairNanos) -> {
            boolean fromSecond = from.equals(cluster.machine(second).address());
            boolean fromFirst = from.equals(cluster.machine(first).address());
            boolean toFirst = to.equals(cluster.machine(first).address());
            boolean toThird = to.equals(cluster.machine(third).address());
            long slowMillis = fromSecond && toFirst ? 446 : fromFirst && toThird ? millis : 0;
            return new VirtualNetwork.Passage(List.of(fairNanos + slowMillis * MILLI), false);
          });
      assertNull(cluster.set(second, "k", "first").failure());
      cluster.time.advanceMillis(52);
      assertNull(cluster.set(third, "k", "second").failure());
      heal(cluster);
      cluster.time.advanceMillis(3_000);
      return cluster.values(third, "k").stream().sorted().toList();
    }
  }

  @Test
  void readModifyWrites_buildOnEachOtherThoughALinkIsSlow() {
    for (long delayMillis : DELAYS_MILLIS) {
      for (List<Integer> link :
          List.of(List.of(0, 1), List.of(1, 0), List.of(1, 2), List.of(2, 0))) {
        try (SimulatedCluster cluster = new SimulatedCluster(directory, 5, 3, 1)) {
          cluster.startAll();
          cluster.time.advanceMillis(3_000);
          slow(cluster, link.get(0), link.get(1), delayMillis);
          List<String> acknowledged = new ArrayList<>();
          for (int i = 0; i < 6; i++) {
            String word = "<" + i + ">";
            if (cluster.append(i % 3, "list", word).failure() == null) {
              acknowledged.add(word);
            }
          }
          heal(cluster);
          cluster.time.advanceMillis(3_000);
          String what = delayMillis + " ms from and to " + link;
          List<String> values = cluster.values(0, "list");
          assertEquals(1, values.size(), what + ": " + values);
          for (String word : acknowledged) {
            assertTrue(values.get(0).contains(word), what + ": " + word + " in " + values);
          }
        }
      }
    }
  }
}
