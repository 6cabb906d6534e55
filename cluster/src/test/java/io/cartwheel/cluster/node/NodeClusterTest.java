package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.CountResult;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.RandomKeyResult;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeClusterTest {
  @TempDir Path directory;

  private final List<SimulatedCluster> clusters = new ArrayList<>();

  @AfterEach
  void close() {
    clusters.forEach(SimulatedCluster::close);
  }

  private SimulatedCluster cluster(long seed, int size, int shards) {
    SimulatedCluster cluster = new SimulatedCluster(directory, seed, size, shards);
    clusters.add(cluster);
    return cluster;
  }

  private static void assertStored(WriteResult result) {
    assertNull(result.failure());
    assertEquals("OK", TestUpdates.text(result.reply()));
  }

  @Test
  void everyNodeServesEveryKey() {
    for (int size : new int[] {1, 3, 5}) {
      SimulatedCluster cluster = cluster(size, size, 2);
      cluster.startAll();
      for (int i = 0; i < 60; i++) {
        assertStored(cluster.set(i % size, "key" + i, "value" + i));
      }
      for (int at = 0; at < size; at++) {
        for (int i = 0; i < 60; i++) {
          assertEquals(List.of("value" + i), cluster.values(at, "key" + i));
        }
        assertEquals(List.of(), cluster.values(at, "absent"));
      }
    }
  }

  @Test
  void nodeWithoutATableSaysWhatItWaitsFor() {
    SimulatedCluster cluster = cluster(1, 3, 1);
    cluster.machine(0).start();
    cluster.time.advanceMillis(500);
    GetResult result = cluster.get(0, "k", 0);
    assertEquals(
        new Failure.NotReady("waiting for seeds 10.0.0.2:16379, 10.0.0.3:16379"), result.failure());
    assertEquals(0, cluster.machine(0).node.coordinator().copiesOf(TestUpdates.bytes("k")));
    List<String> ready = new ArrayList<>();
    cluster.machine(0).node.whenReady(() -> ready.add("ready"));
    cluster.machine(1).start();
    cluster.machine(2).start();
    cluster.await(() -> !ready.isEmpty(), "readiness");
    assertEquals(3, cluster.machine(0).node.coordinator().copiesOf(TestUpdates.bytes("k")));
  }

  @Test
  void concurrentWritesWithOneTokenAreSiblingsUntilResolved() {
    SimulatedCluster cluster = cluster(2, 3, 2);
    cluster.startAll();
    assertStored(cluster.set(0, "cart", "empty"));
    VersionVector seen = cluster.get(0, "cart", 0).reading().context();
    assertStored(cluster.write(1, "cart", Kind.CONTEXT, TestUpdates.set("milk"), seen));
    assertStored(cluster.write(2, "cart", Kind.CONTEXT, TestUpdates.set("bread"), seen));
    GetResult both = cluster.get(0, "cart", 0);
    assertEquals(2, both.reading().live().size());
    assertStored(
        cluster.write(
            0, "cart", Kind.CONTEXT, TestUpdates.set("milk, bread"), both.reading().context()));
    for (int at = 0; at < 3; at++) {
      assertEquals(List.of("milk, bread"), cluster.values(at, "cart"));
    }
  }

  @Test
  void clientsGoOnWhileOneOfThreeIsKilledAndFindEverythingAfterItsReturn() {
    SimulatedCluster cluster = cluster(3, 3, 2);
    cluster.startAll();
    for (int i = 0; i < 50; i++) {
      assertStored(cluster.set(0, "key" + i, "before"));
    }
    cluster.machine(2).kill();
    for (int i = 0; i < 50; i++) {
      assertStored(cluster.set(i % 2, "key" + i, "while"));
      assertEquals(List.of("while"), cluster.values((i + 1) % 2, "key" + i));
    }
    cluster.machine(2).start();
    cluster.await(cluster::allSeeEachOther, "return");
    for (int i = 0; i < 50; i++) {
      assertEquals(List.of("while"), cluster.values(2, "key" + i));
      assertStored(cluster.set(2, "key" + i, "after"));
      assertEquals(List.of("after"), cluster.values(i % 3, "key" + i));
    }
  }

  @Test
  void killInTheMidstOfRequestsIsNoticedByNobody() {
    for (long seed = 0; seed < 20; seed++) {
      SimulatedCluster cluster = cluster(seed, 3, 1);
      cluster.startAll();
      List<WriteResult> written = new ArrayList<>();
      List<GetResult> read = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] key = TestUpdates.bytes("key" + i);
        var coordinator = cluster.machine(i % 2).node.coordinator();
        coordinator.write(
            new WriteRequest(
                List.of(key), Kind.PLAIN, TestUpdates.set("v" + i), VersionVector.EMPTY, 0),
            written::add);
        coordinator.get(new GetRequest(key, 0), read::add);
      }
      cluster.time.after(cluster.time.newRandom().nextLong(1_500_000), cluster.machine(2)::kill);
      long begun = cluster.time.monotonicNanos();
      cluster.await(() -> written.size() == 40 && read.size() == 40, "answers");
      assertTrue(cluster.time.monotonicNanos() - begun < 1_000_000_000L, "seed " + seed);
      for (WriteResult result : written) {
        assertNull(result.failure(), "seed " + seed);
      }
      for (GetResult result : read) {
        assertNull(result.failure(), "seed " + seed);
      }
      for (int i = 0; i < 40; i++) {
        assertEquals(List.of("v" + i), cluster.values(i % 2, "key" + i), "seed " + seed);
      }
    }
  }

  @Test
  void stoppedProcessIsWorkedRoundFromTheFirstRequestOn() {
    for (long seed = 0; seed < 5; seed++) {
      SimulatedCluster cluster = cluster(seed, 3, 2);
      cluster.startAll();
      for (int i = 0; i < 20; i++) {
        assertStored(cluster.set(0, "key" + i, "before"));
      }
      cluster.silence(2);
      for (int i = 0; i < 20; i++) {
        String run = "seed " + seed + " key" + i;
        assertNull(cluster.set(i % 2, "key" + i, "while").failure(), run);
        assertEquals(List.of("while"), cluster.values((i + 1) % 2, "key" + i), run);
      }
      cluster.await(() -> reachable(cluster, 0) == 2, "verdict on the silent one");
      cluster.network.heal();
      cluster.await(cluster::allSeeEachOther, "return");
      for (int i = 0; i < 20; i++) {
        assertEquals(List.of("while"), cluster.values(2, "key" + i), "seed " + seed);
      }
    }
  }

  @Test
  void concurrentPlainWritesInAHealthyClusterLeaveNoSiblings() {
    for (long seed = 0; seed < 5; seed++) {
      SimulatedCluster cluster = cluster(seed, 3, 2);
      cluster.startAll();
      SplittableRandom random = new SplittableRandom(seed);
      List<WriteResult> written = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        byte[] key = TestUpdates.bytes("key" + random.nextInt(5));
        cluster
            .machine(random.nextInt(3))
            .node
            .coordinator()
            .write(
                new WriteRequest(
                    List.of(key), Kind.PLAIN, TestUpdates.set("v" + i), VersionVector.EMPTY, 0),
                written::add);
        if (random.nextInt(10) == 0) {
          cluster.time.advanceMillis(1);
        }
      }
      cluster.await(() -> written.size() == 300, "answers");
      written.forEach(NodeClusterTest::assertStored);
      for (int i = 0; i < 5; i++) {
        List<String> first = cluster.values(0, "key" + i);
        assertEquals(1, first.size(), "seed " + seed);
        assertEquals(first, cluster.values(1, "key" + i), "seed " + seed);
        assertEquals(first, cluster.values(2, "key" + i), "seed " + seed);
      }
    }
  }

  @Test
  void twoOfThreeKilledIsNoQuorumInTimeButOneReplicaStillReads() {
    SimulatedCluster cluster = cluster(4, 3, 2);
    cluster.startAll();
    assertStored(cluster.set(0, "k", "v"));
    cluster.time.advanceMillis(100);
    cluster.machine(1).kill();
    cluster.machine(2).kill();
    long begun = cluster.time.monotonicNanos();
    GetResult read = cluster.get(0, "k", 0);
    assertEquals(new Failure.NoQuorum(1, 2, 1_000, false), read.failure());
    assertTrue(cluster.time.monotonicNanos() - begun <= 1_010_000_000L);
    begun = cluster.time.monotonicNanos();
    WriteResult written = cluster.set(0, "k", "w");
    assertTrue(written.failure() instanceof Failure.NoQuorum, String.valueOf(written));
    assertTrue(cluster.time.monotonicNanos() - begun <= 1_010_000_000L);
    assertNull(cluster.get(0, "k", 1).failure());
    assertNotNull(cluster.get(0, "k", 1).reading().single());
  }

  @Test
  void emptiedNodeComesBackAndIsReadThroughOthers() {
    SimulatedCluster cluster = cluster(5, 3, 2);
    cluster.startAll();
    for (int i = 0; i < 30; i++) {
      assertStored(cluster.set(0, "key" + i, "v" + i));
    }
    cluster.time.advanceMillis(1_000);
    cluster.machine(1).kill();
    cluster.machine(1).loseDisk();
    cluster.machine(1).start();
    cluster.await(() -> cluster.machine(1).node.ring().table() != null, "table");
    cluster.await(cluster::allSeeEachOther, "return");
    for (int i = 0; i < 30; i++) {
      assertEquals(List.of("v" + i), cluster.values(1, "key" + i));
    }
  }

  @Test
  void countsScansAndRandomKeysSpanTheCluster() {
    SimulatedCluster cluster = cluster(6, 5, 2);
    cluster.startAll();
    Map<String, Integer> keys = new TreeMap<>();
    for (int i = 0; i < 100; i++) {
      assertStored(cluster.set(i % 5, "key" + i, "v"));
      keys.put("key" + i, 0);
    }
    cluster.time.advanceMillis(2_000);
    var coordinator = cluster.machine(3).node.coordinator();
    CountResult count = cluster.call(coordinator::count, "count");
    assertEquals(new CountResult(100, null), count);
    long from = 0;
    do {
      ScanRequest request = new ScanRequest(from, 0, 10, 53);
      ScanResult page = cluster.<ScanResult>call(d -> coordinator.scan(request, d), "scan");
      assertNull(page.failure());
      page.keys().forEach(key -> keys.merge(TestUpdates.text(key), 1, Integer::sum));
      from = page.next();
    } while (from != 0);
    assertTrue(keys.values().stream().allMatch(times -> times == 1), keys.toString());
    RandomKeyResult any = cluster.call(coordinator::randomKey, "random key");
    assertTrue(keys.containsKey(TestUpdates.text(any.key())));
  }

  /** What a run leaves behind, for comparing two of one seed. */
  private record Trace(long sent, long nanos, Map<String, List<String>> values) {}

  @Test
  void sequentialWritesLeaveNoSiblingsOverKillsAndReturns() {
    for (long seed = 0; seed < 16; seed++) {
      Trace once = sequentialRun(seed);
      if (seed % 8 == 0) {
        assertEquals(once, sequentialRun(seed), "seed " + seed + " twice");
      }
    }
  }

  /** A reset connection is noticed within it. */
  private static final long NOTICED_NANOS = 1_000_000;

  /** One client after the other, at any living node; never two of the machines down at once. */
  private Trace sequentialRun(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = random.nextBoolean() ? 3 : 5;
    SimulatedCluster cluster = cluster(seed, size, 1 + random.nextInt(2));
    cluster.startAll();
    Map<String, String> expected = new TreeMap<>();
    int down = -1;
    long killedNanos = 0;
    for (int step = 0; step < 150; step++) {
      String run = "seed " + seed + " step " + step;
      int act = random.nextInt(20);
      boolean justKilled = down >= 0 && cluster.time.monotonicNanos() - killedNanos < NOTICED_NANOS;
      if (act == 0 && down < 0) {
        down = random.nextInt(size);
        cluster.machine(down).kill();
        killedNanos = cluster.time.monotonicNanos();
      } else if (act == 1 && down >= 0) {
        cluster.machine(down).start();
        cluster.await(cluster::allSeeEachOther, "return");
        down = -1;
      } else if (act == 2) {
        cluster.time.advanceMillis(random.nextInt(2_000));
      } else {
        int at = random.nextInt(size);
        at = at == down ? (at + 1) % size : at;
        String key = "key" + random.nextInt(8);
        if (act < 12) {
          WriteResult result = cluster.set(at, key, "v" + step);
          assertNull(result.failure(), run);
          expected.put(key, "v" + step);
        } else if (act < 15 && expected.containsKey(key)) {
          String value = expected.get(key) + "+" + step;
          WriteResult result = cluster.append(at, key, "+" + step);
          if (result.failure() == null) {
            assertEquals(value, TestUpdates.text(result.reply()), run);
            expected.put(key, value);
          } else {
            // It was on its way to the killed node before anybody knew.
            assertTrue(justKilled, run + " " + result.failure());
            assertTrue(((Failure.NoQuorum) result.failure()).mayTakeEffect(), run);
            assertNull(cluster.set(at, key, "v" + step).failure(), run);
            expected.put(key, "v" + step);
          }
        } else {
          List<String> value = expected.containsKey(key) ? List.of(expected.get(key)) : List.of();
          assertEquals(value, cluster.values(at, key), run + " " + key + " at " + at);
        }
      }
    }
    Map<String, List<String>> values = new TreeMap<>();
    for (Map.Entry<String, String> entry : expected.entrySet()) {
      int at = down == 0 ? 1 : 0;
      values.put(entry.getKey(), cluster.values(at, entry.getKey()));
      assertEquals(List.of(entry.getValue()), values.get(entry.getKey()), "seed " + seed);
    }
    return new Trace(cluster.network.sent(), cluster.time.monotonicNanos(), values);
  }

  @Test
  void stoppingNodeAnswersWhatItHasTakenAndThenNothing() {
    SimulatedCluster cluster = cluster(8, 3, 2);
    cluster.startAll();
    List<WriteResult> written = new ArrayList<>();
    List<String> stopped = new ArrayList<>();
    Node node = cluster.machine(0).node;
    for (int i = 0; i < 20; i++) {
      node.coordinator()
          .write(
              new WriteRequest(
                  List.of(TestUpdates.bytes("key" + i)),
                  Kind.PLAIN,
                  TestUpdates.set("v"),
                  VersionVector.EMPTY,
                  0),
              written::add);
    }
    node.stop(() -> stopped.add("stopped"));
    assertEquals(new Failure.NotReady("this node is stopping"), cluster.get(0, "k", 0).failure());
    cluster.await(() -> !stopped.isEmpty(), "stop");
    assertEquals(20, written.size());
    written.forEach(NodeClusterTest::assertStored);
    cluster.time.advanceMillis(100);
    assertEquals(2, reachable(cluster, 1));
  }

  private static long reachable(SimulatedCluster cluster, int at) {
    return cluster.machine(at).node.ring().members().stream()
        .filter(RingView.Peer::reachable)
        .count();
  }
}
