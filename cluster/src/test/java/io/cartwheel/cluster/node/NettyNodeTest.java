package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.membership.StartRefusedException;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.storage.StorageEngines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes on real sockets, threads and RocksDB, in one process. */
class NettyNodeTest {
  private static final long DEADLINE_SECONDS = 20;
  private static final int NODES = 3;

  @TempDir Path directory;

  private final List<String> addresses = new ArrayList<>();
  private final NettyNode[] nodes = new NettyNode[NODES];
  private final List<Throwable> broken = new ArrayList<>();

  @BeforeEach
  void choosePorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      addresses.add("127.0.0.1:" + socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
  }

  @AfterEach
  void close() {
    for (NettyNode node : nodes) {
      if (node != null) {
        node.close();
      }
    }
    assertEquals(List.of(), broken);
  }

  /** Those of all nodes that are opened from now on. */
  private NodeSettings.Limits limits = NodeSettings.Limits.DEFAULTS;

  private NettyNode open(int i, String name, String secret) {
    String address = addresses.get(i);
    NodeSettings settings =
        new NodeSettings(
            "sockets",
            32,
            new Keyspaces(
                List.of(
                    SimulatedCluster.keyspace("", 3, 2, 2),
                    SimulatedCluster.keyspace("one:", 3, 2, 1))),
            new NodeSettings.Self(new NodeName(name), "", 1, address, address),
            new NodeSettings.Peering(
                "127.0.0.1",
                Integer.parseInt(address.substring(address.indexOf(':') + 1)),
                addresses,
                secret),
            NodeSettings.Timeouts.DEFAULTS,
            limits,
            NodeSettings.Repair.DEFAULTS);
    return NettyNode.open(
        settings,
        tables -> StorageEngines.open("rocksdb", directory.resolve("n" + i), tables, Map.of()),
        new TestUpdates(),
        new NettyNode.Host(
            2, new SplittableRandom(System.nanoTime() + i), new MetricRegistry(), broken::add));
  }

  private void start(int i) {
    nodes[i] = open(i, "n" + i, "open sesame");
    nodes[i].start();
  }

  private void stop(int i) {
    nodes[i].close();
    nodes[i] = null;
  }

  private void startAll() {
    for (int i = 0; i < NODES; i++) {
      start(i);
    }
    for (NettyNode node : nodes) {
      await(() -> node.ring().table() != null, "formation");
      await(() -> reachable(node) == NODES, "connections");
    }
  }

  private static long reachable(NettyNode node) {
    return node.ring().members().stream().filter(RingView.Peer::reachable).count();
  }

  private static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "no " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static <T> T call(Consumer<Consumer<T>> begin) {
    CompletableFuture<T> result = new CompletableFuture<>();
    begin.accept(result::complete);
    try {
      return result.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private String set(int at, String key, String value) {
    WriteRequest request =
        new WriteRequest(
            List.of(TestUpdates.bytes(key)),
            Kind.PLAIN,
            TestUpdates.set(value),
            VersionVector.EMPTY,
            0);
    WriteResult result = call(done -> nodes[at].coordinator().write(request, done));
    assertNull(result.failure());
    return TestUpdates.text(result.reply());
  }

  private List<String> values(int at, String key) {
    GetRequest request = new GetRequest(TestUpdates.bytes(key), 0);
    GetResult result = call(done -> nodes[at].coordinator().get(request, done));
    assertNull(result.failure());
    return result.reading().live().stream().map(s -> TestUpdates.text(s.value())).toList();
  }

  @Test
  void threeNodesServeOverStopsAndRestarts() {
    startAll();
    for (int i = 0; i < 200; i++) {
      assertEquals("OK", set(i % NODES, "key" + i, "first"));
    }
    stop(2);
    for (int i = 0; i < 200; i++) {
      assertEquals("OK", set(i % 2, "key" + i, "second"));
    }
    start(2);
    await(() -> reachable(nodes[0]) == NODES && reachable(nodes[2]) == NODES, "return");
    for (int i = 0; i < 200; i++) {
      assertEquals(List.of("second"), values(i % NODES, "key" + i));
    }
    for (int i = 0; i < NODES; i++) {
      stop(i);
    }
    start(0);
    assertTrue(nodes[0].ring().table() != null, "a restarted node has its table at once");
    start(1);
    await(() -> reachable(nodes[0]) == 2 && reachable(nodes[1]) == 2, "two of three");
    for (int i = 0; i < 200; i++) {
      assertEquals(List.of("second"), values(i % 2, "key" + i));
    }
  }

  /** Each node has written two values alone; together they are more than four may be. */
  @Test
  void rowOfSixLargestValues_reachesAllOwnersAndIsReadAndOverwritten() {
    int largest = 1 << 20;
    limits = new NodeSettings.Limits(largest, 10, 100, 86_400_000L, 5_000, 0, 16L * largest);
    startAll();
    for (int i = 0; i < NODES; i++) {
      stop(i);
    }
    for (int i = 0; i < NODES; i++) {
      start(i);
      for (int v = 0; v < 2; v++) {
        addSibling(i, "one:large", Integer.toString(2 * i + v).repeat(largest));
        assertEquals("OK", set(i, "one:small" + i + v, "small"));
      }
      stop(i);
    }
    for (int i = 0; i < NODES; i++) {
      start(i);
    }
    for (NettyNode node : nodes) {
      await(() -> reachable(node) == NODES, "connections");
      await(() -> node.repair().notCurrent() == 0, "currency");
    }
    for (int i = 0; i < NODES; i++) {
      int at = i;
      await(() -> values(at, "one:large").size() == 6, "all values");
      for (int small = 0; small < NODES; small++) {
        assertEquals(List.of("small"), values(i, "one:small" + small + 1));
      }
    }
    assertEquals("OK", set(1, "one:large", "resolved"));
    for (int i = 0; i < NODES; i++) {
      assertEquals(List.of("resolved"), values(i, "one:large"));
    }
  }

  private void addSibling(int at, String key, String value) {
    WriteRequest request =
        new WriteRequest(
            List.of(TestUpdates.bytes(key)),
            Kind.CONTEXT,
            TestUpdates.set(value),
            VersionVector.EMPTY,
            0);
    WriteResult result = call(done -> nodes[at].coordinator().write(request, done));
    assertNull(result.failure());
  }

  @Test
  void directoryOfAnotherNodeRefusesAndIsLeftClosed() {
    start(0);
    stop(0);
    StartRefusedException refused =
        assertThrows(StartRefusedException.class, () -> open(0, "other", "open sesame"));
    assertTrue(refused.getMessage().contains("belongs to node 'n0'"), refused.getMessage());
    start(0);
    assertEquals(
        "waiting for seeds " + sorted(addresses.get(1), addresses.get(2)),
        nodes[0].ring().notReadyReason());
    GetResult read =
        call(done -> nodes[0].coordinator().get(new GetRequest(TestUpdates.bytes("k"), 0), done));
    assertTrue(read.failure() instanceof Failure.NotReady);
  }

  private static String sorted(String a, String b) {
    return a.compareTo(b) < 0 ? a + ", " + b : b + ", " + a;
  }

  @Test
  void nodeWithAnotherSecretDoesNotGetIn() {
    start(0);
    start(1);
    nodes[2] = open(2, "n2", "wrong");
    nodes[2].start();
    await(() -> reachable(nodes[0]) == 2 && reachable(nodes[1]) == 2, "the two that agree");
    assertNull(nodes[0].ring().table());
    assertEquals(1, reachable(nodes[2]));
    assertTrue(nodes[0].ring().notReadyReason().contains(addresses.get(2)));
  }

  @Test
  void portInUseIsNamed() throws IOException {
    try (ServerSocket taken =
        new ServerSocket(
            Integer.parseInt(addresses.get(0).substring(10)),
            1,
            InetAddress.getLoopbackAddress())) {
      nodes[0] = open(0, "n0", "open sesame");
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> nodes[0].start());
      assertTrue(
          refused.getMessage().contains(String.valueOf(taken.getLocalPort())),
          refused.getMessage());
    }
  }
}
