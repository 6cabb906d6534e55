package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import java.io.IOException;
import java.lang.reflect.Field;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Write stalls of RocksDB itself, under real sockets and threads: its flushes are held up. */
class RocksDbStallTest {
  private static final long DEADLINE_SECONDS = 30;
  private static final int NODES = 3;
  private static final int KEYS = 30;

  @TempDir private Path directory;
  private final List<NettyNode> nodes = new ArrayList<>();
  private final List<MetricRegistry> metrics = new ArrayList<>();

  /** Those whose RocksDB neither flushes nor compacts. */
  private final List<NettyNode> held = new ArrayList<>();

  private final List<Throwable> broken = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    List<String> addresses = freeAddresses();
    for (int i = 0; i < NODES; i++) {
      metrics.add(new MetricRegistry());
      nodes.add(open(i, addresses));
    }
    nodes.forEach(NettyNode::start);
    await(() -> nodes.stream().allMatch(n -> n.ring().table() != null), "formation");
    await(this::allSeeEachOther, "connections");
  }

  @AfterEach
  void close() throws ReflectiveOperationException {
    for (NettyNode node : nodes) {
      if (held.remove(node)) {
        onRocksDb(node, "continueBackgroundWork");
      }
      node.close();
    }
    assertEquals(List.of(), broken);
  }

  @Test
  void stalledNode_isServedAroundAndSeenByAll() throws ReflectiveOperationException {
    setAll("old");
    stall(1);
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(4_500);
    for (int round = 0; System.nanoTime() < until; round++) {
      setAll("new" + round);
      for (int i = 0; i < KEYS; i++) {
        assertEquals(List.of("new" + round), values(i % NODES, "k" + i));
      }
      assertTrue(allSeeEachOther(), "round " + round);
    }
    assertTrue(stalledShards(1) > 0, "it was no stall");
  }

  @Test
  void stalledEverywhere_isBusyOnWritesWhileReadsGoOnUntilItEnds()
      throws ReflectiveOperationException {
    setAll("old");
    for (int node = 0; node < NODES; node++) {
      stall(node);
    }
    long begun = System.nanoTime();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < KEYS; i++) {
        assertInstanceOf(Failure.Busy.class, set(i % NODES, "k" + i, "new").failure());
        assertEquals(List.of("old"), values(i % NODES, "k" + i));
      }
      assertTrue(allSeeEachOther(), "round " + round);
    }
    long millisEach = (System.nanoTime() - begun) / 1_000_000 / (5L * KEYS);
    assertTrue(millisEach < 100, millisEach + " ms for a refused write and a read");

    for (NettyNode node : List.copyOf(held)) {
      onRocksDb(node, "continueBackgroundWork");
      held.remove(node);
    }
    for (int i = 0; i < KEYS; i++) {
      int key = i;
      await(() -> set(key % NODES, "k" + key, "after").failure() == null, "recovery");
      assertEquals(List.of("after"), values(key % NODES, "k" + key));
    }
  }

  /** Holds up the flushes of a node, and writes until all its shards say no. */
  private void stall(int index) throws ReflectiveOperationException {
    onRocksDb(nodes.get(index), "pauseBackgroundWork");
    held.add(nodes.get(index));
    String value = "v".repeat(50_000);
    AtomicInteger ended = new AtomicInteger();
    int begun = 0;
    while (stalledShards(index) < 2) {
      assertTrue(begun < 1_000, "no stall");
      write(index, "fill" + begun, value, result -> ended.incrementAndGet());
      begun++;
      LockSupport.parkNanos(2_000_000);
    }
    int all = begun;
    await(() -> ended.get() == all, "end of the writes that made it");
    for (int other = index + 1; other < NODES; other++) {
      int flushing = other;
      await(() -> stalledShards(flushing) == 0, "end of what n" + other + " had to flush");
    }
  }

  private long stalledShards(int index) {
    return metrics.get(index).counter("storage.stalled").getCount();
  }

  /** By reflection: only the storage module may know which engine it is. */
  private static void onRocksDb(NettyNode node, String method) throws ReflectiveOperationException {
    Field field = node.engine().getClass().getDeclaredField("db");
    field.setAccessible(true);
    Object db = field.get(node.engine());
    db.getClass().getMethod(method).invoke(db);
  }

  private void setAll(String value) {
    for (int i = 0; i < KEYS; i++) {
      assertNull(set(i % NODES, "k" + i, value).failure(), "k" + i);
    }
  }

  private WriteResult set(int at, String key, String value) {
    return call(done -> write(at, key, value, done));
  }

  private void write(int at, String key, String value, Consumer<WriteResult> done) {
    WriteRequest request =
        new WriteRequest(
            List.of(TestUpdates.bytes(key)),
            Kind.PLAIN,
            TestUpdates.set(value),
            VersionVector.EMPTY,
            0);
    nodes.get(at).coordinator().write(request, done);
  }

  private List<String> values(int at, String key) {
    GetRequest request = new GetRequest(TestUpdates.bytes(key), 0);
    GetResult result = call(done -> nodes.get(at).coordinator().get(request, done));
    assertNull(result.failure());
    return result.reading().live().stream().map(s -> TestUpdates.text(s.value())).toList();
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

  private boolean allSeeEachOther() {
    return nodes.stream()
        .allMatch(n -> n.ring().members().stream().filter(RingView.Peer::reachable).count() == 3);
  }

  private static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "no " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static List<String> freeAddresses() throws IOException {
    List<String> addresses = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      addresses.add("127.0.0.1:" + socket.getLocalPort());
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return addresses;
  }

  private NettyNode open(int i, List<String> addresses) {
    String address = addresses.get(i);
    int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    return NettyNode.open(
        new NodeSettings(
            "stalls",
            32,
            new Keyspaces(List.of(SimulatedCluster.keyspace("", 3, 2, 2))),
            new NodeSettings.Self(new NodeName("n" + i), "", 1, address, address),
            new NodeSettings.Peering("127.0.0.1", port, addresses, ""),
            // For busy machines.
            new NodeSettings.Timeouts(5_000, 500, 1_000, 200, 3_000),
            NodeSettings.Limits.DEFAULTS,
            NodeSettings.Repair.DEFAULTS),
        tables -> engine(i, tables),
        new TestUpdates(),
        new NettyNode.Host(
            2, new SplittableRandom(System.nanoTime() + i), metrics.get(i), broken::add));
  }

  private StorageEngine engine(int i, List<io.cartwheel.storage.Table> tables) {
    return StorageEngines.open(
        "rocksdb",
        directory.resolve("n" + i),
        tables,
        Map.of("memtable-size", "1 MiB", "memtables", "2"));
  }
}
