package io.cartwheel.cluster.node;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.replica.RowProbe;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.StorageIterator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Whole nodes in one thread under virtual time: real protocols, real message codec, memory engines;
 * loops, clocks and network are simulated, and everything that a machine leaves open is drawn from
 * one seed.
 */
final class SimulatedCluster implements AutoCloseable {
  /** Numbers the disks of this process. */
  private static final AtomicLong DISKS = new AtomicLong();

  /** Far more than anything may take. */
  private static final long LIMIT_MILLIS = 60_000;

  static final int PARTITIONS = 32;

  /** Those of all nodes that start from now on. */
  NodeSettings.Limits limits = NodeSettings.Limits.DEFAULTS;

  NodeSettings.Repair repair = NodeSettings.Repair.DEFAULTS;

  private final Path directory;
  private final long seed;
  final SimulatedTime time;
  final VirtualNetwork network;
  private final int shards;
  private final Keyspaces keyspaces;
  private final List<Machine> machines = new ArrayList<>();

  /** Sees whatever is sent. */
  Consumer<Message> onMessage = message -> {};

  /**
   * @param directory for the disks
   */
  SimulatedCluster(Path directory, long seed, int size, int shards) {
    this(directory, seed, size, shards, new Keyspaces(List.of(keyspace("", 3, 2, 2))));
  }

  SimulatedCluster(Path directory, long seed, int size, int shards, Keyspaces keyspaces) {
    this.directory = directory;
    this.seed = seed;
    this.time = new SimulatedTime(seed);
    this.network = new VirtualNetwork(time, this::onTheWire);
    this.shards = shards;
    this.keyspaces = keyspaces;
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      seeds.add(address(i));
    }
    for (int i = 0; i < size; i++) {
      machines.add(new Machine(i, seeds));
    }
  }

  static Keyspace keyspace(String prefix, int n, int r, int w) {
    return new Keyspace(prefix, n, r, w, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC);
  }

  private static String address(int index) {
    return "10.0.0." + (index + 1) + ":16379";
  }

  private Message onTheWire(Message message) {
    onMessage.accept(message);
    return throughCodec(message);
  }

  private static Message throughCodec(Message message) {
    ByteWriter out = new ByteWriter();
    MessageCodec.write(out, message);
    ByteReader in = new ByteReader(out.toByteArray());
    Message read = MessageCodec.read(in);
    in.expectEnd();
    return read;
  }

  /** A machine with its disk; the node on it comes and goes. */
  final class Machine {
    final int index;
    private final List<String> seeds;
    private StallingEngine disk = newDisk();
    private List<FakeEventLoop> loops;
    private FakeEventLoop control;
    private MetricRegistry metrics = new MetricRegistry();
    Node node;

    /** How far its wall clock is ahead of true time. */
    long aheadMillis;

    private Machine(int index, List<String> seeds) {
      this.index = index;
      this.seeds = seeds;
    }

    private StallingEngine newDisk() {
      return new StallingEngine(
          StorageEngines.open(
              "memory",
              directory.resolve("disk-" + DISKS.incrementAndGet()),
              Node.TABLES,
              Map.of()));
    }

    NodeName name() {
      return new NodeName("n" + index);
    }

    /** Keys of all rows on the disk. */
    List<String> storedKeys() {
      List<String> keys = new ArrayList<>();
      try (StorageIterator rows = disk.iterate(RowProbe.ROWS, null, null)) {
        while (rows.next()) {
          keys.add(TestUpdates.text(RowProbe.key(rows.key())));
        }
      }
      return keys;
    }

    /** All hints on the disk, in words. */
    List<String> storedHints() {
      List<String> words = new ArrayList<>();
      try (StorageIterator hints = disk.iterate(RowProbe.HINTS, null, null)) {
        while (hints.next()) {
          words.add(RowProbe.hint(hints.key()));
        }
      }
      return words;
    }

    boolean isRunning() {
      return node != null;
    }

    void start() {
      loops = new ArrayList<>();
      for (int i = 0; i < shards; i++) {
        loops.add(time.newLoop());
      }
      control = time.newLoop();
      metrics = new MetricRegistry();
      Executor io = time.newExecutor(1, 3);
      node =
          new Node(
              new NodeSettings(
                  "simulated",
                  PARTITIONS,
                  keyspaces,
                  new NodeSettings.Self(name(), "", 1, address(), address() + "0"),
                  new NodeSettings.Peering("", 0, seeds, ""),
                  NodeSettings.Timeouts.DEFAULTS,
                  limits,
                  repair),
              new NodePorts(
                  clock(),
                  List.<EventLoop>copyOf(loops),
                  control,
                  network.forProcess(control, loops),
                  disk,
                  io,
                  time.newRandom()),
              new TestUpdates(),
              metrics,
              SimulatedCluster::broken);
      node.start();
    }

    private Clock clock() {
      return new Clock() {
        @Override
        public long wallMillis() {
          return time.wallMillis() + aheadMillis;
        }

        @Override
        public long monotonicNanos() {
          return time.monotonicNanos();
        }
      };
    }

    /** From now on the engine takes no writes from who does not want to wait, or does again. */
    void stallEngine(boolean stalls) {
      disk.stalls = stalls;
    }

    /** Something keeps the threads of all shards so long. */
    void holdShards(long millis) {
      loops.forEach(loop -> loop.execute(() -> loop.hold(millis * 1_000_000)));
    }

    /** As by {@code kill -STOP}. */
    void pause() {
      loops.forEach(FakeEventLoop::pause);
      control.pause();
    }

    /** As by {@code kill -CONT}. */
    void resume() {
      loops.forEach(FakeEventLoop::resume);
      control.resume();
    }

    /** What its disk holds of a key. */
    Row row(String key) {
      byte[] rowKey = RowProbe.rowKey(new Key(TestUpdates.bytes(key)));
      return RowProbe.row(disk.get(RowProbe.ROWS, rowKey)).row();
    }

    /** Of this process. */
    long count(String metric) {
      return metrics.counter(metric).getCount();
    }

    String address() {
      return SimulatedCluster.address(index);
    }

    /** As by {@code kill -9}: what was committed is kept. */
    void kill() {
      loops.forEach(FakeEventLoop::stop);
      control.stop();
      network.kill(address());
      node = null;
    }

    void loseDisk() {
      disk.close();
      disk = newDisk();
    }
  }

  private static void broken(Throwable cause) {
    throw new AssertionError("a node broke", cause);
  }

  @Override
  public void close() {
    for (Machine machine : machines) {
      if (machine.isRunning()) {
        machine.kill();
      }
      machine.disk.close();
    }
  }

  /** Nothing leaves the node and nothing reaches it, but its connections stand. */
  void silence(int index) {
    for (int other = 0; other < machines.size(); other++) {
      network.mute(address(index), address(other));
      network.mute(address(other), address(index));
    }
  }

  Machine machine(int index) {
    return machines.get(index);
  }

  int size() {
    return machines.size();
  }

  void startAll() {
    machines.forEach(Machine::start);
    await(() -> machines.stream().allMatch(m -> m.node.ring().table() != null), "formation");
    await(this::allSeeEachOther, "connections");
  }

  /** Whether every running node reaches every other. */
  boolean allSeeEachOther() {
    long running = machines.stream().filter(Machine::isRunning).count();
    return machines.stream()
        .filter(Machine::isRunning)
        .allMatch(
            m ->
                m.node.ring().members().stream().filter(RingView.Peer::reachable).count()
                    >= running);
  }

  void await(java.util.function.BooleanSupplier condition, String what) {
    if (!time.runUntil(condition, LIMIT_MILLIS)) {
      throw new AssertionError("seed " + seed + ": no " + what);
    }
  }

  /** Lets a call run to its end, in virtual time. */
  <T> T call(Consumer<Consumer<T>> begin, String what) {
    List<T> result = new ArrayList<>(1);
    begin.accept(result::add);
    await(() -> !result.isEmpty(), "answer to " + what);
    return result.get(0);
  }

  GetResult get(int at, String key, int r) {
    Coordinator coordinator = machine(at).node.coordinator();
    return call(
        done -> coordinator.get(new GetRequest(TestUpdates.bytes(key), r), done), "get " + key);
  }

  /** The values that a reader sees, in their order. */
  List<String> values(int at, String key) {
    GetResult result = get(at, key, 0);
    if (result.failure() != null) {
      throw new AssertionError(
          "seed " + seed + ": get " + key + " at " + at + ": " + result.failure());
    }
    return result.reading().live().stream().map(s -> TestUpdates.text(s.value())).toList();
  }

  WriteResult write(int at, String key, Kind kind, byte[] update, VersionVector past) {
    Coordinator coordinator = machine(at).node.coordinator();
    return call(
        done ->
            coordinator.write(
                new WriteRequest(List.of(TestUpdates.bytes(key)), kind, update, past, 0), done),
        "write " + key);
  }

  WriteResult set(int at, String key, String value) {
    return write(at, key, Kind.PLAIN, TestUpdates.set(value), VersionVector.EMPTY);
  }

  WriteResult append(int at, String key, String text) {
    return write(at, key, Kind.READ_MODIFY_WRITE, TestUpdates.append(text), VersionVector.EMPTY);
  }
}
