package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are alive but cannot go on: engines that take no writes, turns that last, pauses. */
class HeldUpNodesTest {
  private static final int INTERVAL = NodeSettings.Timeouts.DEFAULTS.heartbeatInterval();
  private static final int TIMEOUT = NodeSettings.Timeouts.DEFAULTS.heartbeatTimeout();
  private static final int KEYS = 40;

  @TempDir private Path directory;
  private SimulatedCluster cluster;

  private void start(int nodes) {
    cluster = new SimulatedCluster(directory, 11, nodes, 2);
    cluster.startAll();
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void nodeWithAStalledEngine_staysReachableAndIsServedAround() {
    start(3);
    setAll("old");
    cluster.machine(1).stallEngine(true);
    // The first writes find out.
    writeAtOnce(1, "w", 50);
    cluster.time.advanceMillis(2_000);
    for (int round = 0; round < 5; round++) {
      setAll("new" + round);
      for (int i = 0; i < KEYS; i++) {
        assertEquals(List.of("new" + round), cluster.values(i % 3, "k" + i));
      }
      cluster.time.advanceMillis(700);
      assertTrue(cluster.allSeeEachOther(), "round " + round);
    }
    assertTrue(cluster.machine(1).node.isIdle());

    cluster.machine(1).stallEngine(false);
    cluster.time.advanceMillis(2_000);
    setAll("after");
    cluster.time.advanceMillis(2_000);
    for (int node = 0; node < 3; node++) {
      assertNull(NodeProbe.leftovers(cluster.machine(node).node));
    }
    for (int i = 0; i < KEYS; i++) {
      assertEquals(List.of("after"), values(cluster.get(1, "k" + i, 1).reading().live()), "k" + i);
    }
  }

  @Test
  void nodeWhereNobodyTakesWrites_saysBusyAtOnceAnswersReadsAndRecovers() {
    start(3);
    setAll("old");
    for (int node = 0; node < 3; node++) {
      cluster.machine(node).stallEngine(true);
      writeAtOnce(node, "w", 50);
    }
    cluster.time.advanceMillis(2_000);
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < KEYS; i++) {
        long begun = cluster.time.monotonicNanos();
        Failure.Busy busy =
            assertInstanceOf(
                Failure.Busy.class, cluster.set(i % 3, "k" + i, "new").failure(), "k" + i);
        assertTrue(busy.reason().matches("the storage engine of n\\d stalls"), busy.reason());
        assertEquals(List.of("old"), cluster.values(i % 3, "k" + i));
        long millis = (cluster.time.monotonicNanos() - begun) / 1_000_000;
        assertTrue(millis < 20, millis + " ms");
      }
      cluster.time.advanceMillis(700);
      assertTrue(cluster.allSeeEachOther(), "round " + round);
    }

    for (int node = 0; node < 3; node++) {
      cluster.machine(node).stallEngine(false);
    }
    cluster.time.advanceMillis(100);
    setAll("after");
  }

  @Test
  void overloadOfAStalledNode_leavesNothingBehind() {
    start(1);
    cluster.machine(0).stallEngine(true);
    List<WriteResult> results = writeAtOnce(0, "k", 500);
    cluster.time.advanceMillis(100);
    List<WriteResult> refused = writeAtOnce(0, "l", 20_000);
    assertEquals(20_000, refused.size(), "at once");
    refused.forEach(result -> assertInstanceOf(Failure.Busy.class, result.failure()));
    cluster.time.advanceMillis(3_000);
    assertEquals(500, results.size(), "in time");
    results.forEach(result -> assertInstanceOf(Failure.NoQuorum.class, result.failure()));

    cluster.machine(0).stallEngine(false);
    cluster.time.advanceMillis(100);
    assertNull(NodeProbe.leftovers(cluster.machine(0).node));
    assertNull(cluster.set(0, "k", "v").failure());
  }

  @Test
  void nodeWhoseShardsAreHeldUp_staysReachable() {
    start(3);
    setAll("old");
    cluster.machine(1).holdShards(5_000);
    for (int i = 0; i < 24; i++) {
      cluster.time.advanceMillis(200);
      assertTrue(cluster.allSeeEachOther(), "after " + (i + 1) * 200 + " ms");
      assertNull(cluster.set(i % 2 == 0 ? 0 : 2, "k" + i, "new").failure(), "k" + i);
    }
  }

  @Test
  void pausedProcess_isFoundOutInTimeAndComesBackWithinASecond() {
    start(3);
    List<Message.Heartbeat> complaints = new ArrayList<>();
    cluster.machine(1).pause();
    long paused = cluster.time.monotonicNanos();
    cluster.await(() -> !sees(0, 1) && !sees(2, 1), "detection");
    long foundMillis = (cluster.time.monotonicNanos() - paused) / 1_000_000;
    assertTrue(foundMillis <= TIMEOUT + 2 * INTERVAL, foundMillis + " ms");
    assertTrue(foundMillis >= TIMEOUT - INTERVAL, foundMillis + " ms: no hasty judgement");
    assertTrue(sees(0, 2) && sees(2, 0));
    // Not so long that the others give its connections up.
    cluster.time.advanceMillis(3_000);

    cluster.onMessage =
        message -> {
          if (message instanceof Message.Heartbeat beat
              && beat.from().equals(cluster.machine(1).name())
              && beat.losses() > 0) {
            complaints.add(beat);
          }
        };
    cluster.machine(1).resume();
    long resumed = cluster.time.monotonicNanos();
    cluster.await(cluster::allSeeEachOther, "return");
    long backMillis = (cluster.time.monotonicNanos() - resumed) / 1_000_000;
    assertTrue(backMillis <= 1_000, backMillis + " ms");
    cluster.time.advanceMillis(3_000);
    assertTrue(cluster.allSeeEachOther());
    assertEquals(List.of(), complaints, "who was paused itself has found nobody unreachable");
  }

  @Test
  void pausesShorterThanTheTimeout_areNotNoticed() {
    start(3);
    for (int i = 0; i < 20; i++) {
      cluster.machine(i % 3).pause();
      for (int step = 0; step < 7; step++) {
        cluster.time.advanceMillis(100);
        for (int node = 0; node < 3; node++) {
          assertTrue(sees(node, (node + 1) % 3) && sees(node, (node + 2) % 3), "round " + i);
        }
      }
      cluster.machine(i % 3).resume();
      cluster.time.advanceMillis(50);
    }
  }

  private boolean sees(int node, int other) {
    return cluster.machine(node).node.ring().members().stream()
        .anyMatch(p -> p.reachable() && p.member().name().equals(cluster.machine(other).name()));
  }

  private void setAll(String value) {
    for (int i = 0; i < KEYS; i++) {
      assertNull(cluster.set(i % cluster.size(), "k" + i, value).failure(), "k" + i);
    }
  }

  /** Begins so many writes at one moment, and does not wait. */
  private List<WriteResult> writeAtOnce(int node, String prefix, int count) {
    List<WriteResult> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WriteRequest request =
          new WriteRequest(
              List.of(TestUpdates.bytes(prefix + i)),
              Kind.PLAIN,
              TestUpdates.set("v"),
              VersionVector.EMPTY,
              0);
      cluster.machine(node).node.coordinator().write(request, results::add);
    }
    cluster.time.advanceMillis(10);
    return results;
  }

  private static List<String> values(List<io.cartwheel.cluster.version.Sibling> siblings) {
    return siblings.stream().map(s -> TestUpdates.text(s.value())).toList();
  }
}
