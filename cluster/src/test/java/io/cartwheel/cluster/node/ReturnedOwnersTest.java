package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.PartitionTable;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Owners that come back after others have stood in for them. */
class ReturnedOwnersTest {
  @TempDir Path directory;

  private static List<Integer> owners(SimulatedCluster cluster, String key) {
    PartitionTable table = cluster.machine(0).node.ring().table();
    return table.entry(table.partitionOf(new Key(TestUpdates.bytes(key)))).committed().stream()
        .map(name -> Integer.valueOf(name.value().substring(1)))
        .toList();
  }

  /**
   * The one owner that was left and a fallback have acknowledged a write. R of the two that return
   * know nothing of it; they count only together with the third, as long as that can be reached.
   */
  @Test
  void twoOwnersThatHaveJustReturned_doNotAnswerWithoutTheThird() {
    for (int seed = 1; seed <= 5; seed++) {
      try (SimulatedCluster cluster = new SimulatedCluster(directory, seed, 5, 1)) {
        cluster.startAll();
        cluster.time.advanceMillis(3_000);
        List<Integer> owners = owners(cluster, "k");
        List<Integer> away = owners.subList(0, 2);
        away.forEach(index -> cluster.machine(index).kill());
        cluster.time.advanceMillis(2_000);
        assertNull(cluster.set(owners.get(2), "k", "v").failure());
        cluster.time.advanceMillis(2_000);
        away.forEach(index -> cluster.machine(index).start());
        cluster.await(
            () -> away.stream().allMatch(i -> cluster.machine(i).node.ring().table() != null),
            "tables");
        cluster.await(cluster::allSeeEachOther, "connections");
        for (int read = 0; read < 12; read++) {
          String what = "seed " + seed + ", read " + read;
          assertEquals(List.of("v"), cluster.values(owners.get(read % 2), "k"), what);
          assertEquals(1, scan(cluster, owners.get(read % 2)).keys().size(), what);
          cluster.time.advanceMillis(20);
        }
      }
    }
  }

  /**
   * A process that stood still wakes when the others have just done without it. No message tells it
   * so yet: what they miss of it a heartbeat says, and the last ones left before they missed it.
   */
  @Test
  void firstOwnerThatStoodStill_knowsThatItMayHaveMissedAWriteBeforeAnybodyTellsIt() {
    for (int seed = 1; seed <= 5; seed++) {
      try (SimulatedCluster cluster = new SimulatedCluster(directory, seed, 3, 1)) {
        cluster.startAll();
        cluster.time.advanceMillis(3_000);
        List<Integer> owners = owners(cluster, "k");
        int first = owners.get(0);
        int second = owners.get(1);
        int third = owners.get(2);
        cluster.set(first, "k", "before");
        cluster.machine(first).pause();
        cluster.await(() -> !sees(cluster, second, first) && !sees(cluster, third, first), "loss");
        assertNull(cluster.set(second, "k", "missed").failure());
        cluster.machine(first).resume();
        cluster.await(cluster::allSeeEachOther, "return");
        assertNull(cluster.set(first, "k", "after").failure());
        assertEquals(List.of("after"), cluster.values(third, "k"), "seed " + seed);
      }
    }
  }

  private static boolean sees(SimulatedCluster cluster, int one, int other) {
    return cluster.machine(one).node.ring().members().stream()
        .anyMatch(
            peer -> peer.member().name().equals(cluster.machine(other).name()) && peer.reachable());
  }

  private static ScanResult scan(SimulatedCluster cluster, int at) {
    Coordinator coordinator = cluster.machine(at).node.coordinator();
    return cluster.call(
        done -> coordinator.scan(new ScanRequest(0, 0, 1_000, 50), done), "scan at " + at);
  }
}
