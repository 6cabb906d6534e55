package io.cartwheel.cluster.simulate;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.node.Node;
import io.cartwheel.cluster.node.NodePorts;
import io.cartwheel.cluster.node.NodeProbe;
import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.replica.RowProbe;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.storage.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** A machine with its disk and its clock; processes on it come and go. */
final class Machine {
  private static final int IO_MILLIS = 2;

  /** What a process needs to know of the rest. */
  record Surroundings(
      Plan plan,
      SimulatedTime time,
      VirtualNetwork network,
      Oracle oracle,
      Runnable onDiskFailed,
      Fault.Counts counts) {}

  final int index;
  final SimulatedDisk disk;
  final MachineClock clock;
  private final Surroundings around;
  private final SplittableRandom random;
  private final List<String> seeds;
  private List<FakeEventLoop> loops = List.of();
  private FakeEventLoop control;
  private SimulatedDisk.Engine engine;
  private MetricRegistry metrics;
  private boolean frozen;
  private final Queue<Runnable> frozenIo = new ArrayDeque<>();
  private long frozenSinceNanos;
  private long heldNanos;
  private long process;
  private boolean stopping;
  private long startedNanos;

  /** Reads of the disk take so much longer now. */
  long ioDelayNanos;

  /** Of a hundred turns with a commit so many are held up before it. */
  int stallPercent;

  /** A copy of the disk that somebody has put away, or null. */
  SimulatedDisk.Copy copy;

  /** Null while no process runs. */
  Node node;

  /** Writes of clients that this process has taken, by shard. */
  private long[] writes;

  Machine(int index, List<String> seeds, SimulatedDisk disk, Surroundings around) {
    this.index = index;
    this.seeds = seeds;
    this.disk = disk;
    this.around = around;
    this.clock = new MachineClock(around.time);
    this.random = around.time.newRandom();
  }

  static String address(int index) {
    return "10.0.0." + (index + 1) + ":16379";
  }

  String address() {
    return address(index);
  }

  boolean isRunning() {
    return node != null;
  }

  /** Whether a client may ask it: it runs, and nobody has told it to stop. */
  boolean takesRequests() {
    return node != null && !stopping;
  }

  /** Whether its process runs and can reach the other's. */
  boolean sees(Machine other) {
    return node != null
        && node.ring().members().stream()
            .anyMatch(
                peer -> peer.member().name().value().equals(other.toString()) && peer.reachable());
  }

  boolean isFrozen() {
    return frozen;
  }

  /** Different for each start of a process. */
  long process() {
    return process;
  }

  /** When its process has started. */
  long startedNanos() {
    return startedNanos;
  }

  /**
   * Whether its process says that it has missed nothing of what it is to hold of the key, and all
   * that it has is on its disk.
   */
  boolean saysItIsCurrent(String key) {
    return takesRequests()
        && !frozen
        && !around.plan.has(Fault.STALLED_ENGINE)
        && !around.plan.has(Fault.HELD_TURN)
        && node.ring().table() != null
        && NodeProbe.isCurrent(
            node, new Key(History.bytes(key)).partition(around.plan.partitions()));
  }

  /** The number under which the process will know the write of these keys that it takes now. */
  long nextSequence(String key) {
    if (node.ring().table() == null) {
      return 0;
    }
    Key first = new Key(History.bytes(key));
    int shard = first.partition(around.plan.partitions()) % around.plan.shards();
    writes[shard]++;
    return writes[shard] << Message.SHARD_BITS | shard;
  }

  /** How long this process has been held up so far, by pauses and by its disk. */
  long heldNanos() {
    return heldNanos + (frozen ? around.time.monotonicNanos() - frozenSinceNanos : 0);
  }

  void start() {
    process++;
    startedNanos = around.time.monotonicNanos();
    heldNanos = 0;
    frozen = false;
    stopping = false;
    frozenIo.clear();
    writes = new long[around.plan.shards()];
    loops = new ArrayList<>();
    for (int i = 0; i < around.plan.shards(); i++) {
      FakeEventLoop loop = newLoop();
      loop.setStall(this::stallNanos);
      loops.add(loop);
    }
    control = newLoop();
    engine = disk.open(this::hold);
    metrics = new MetricRegistry();
    try {
      startNode();
    } catch (StorageException failed) {
      engine.abandon();
      around.onDiskFailed.run();
    }
  }

  private FakeEventLoop newLoop() {
    FakeEventLoop loop = around.time.newLoop();
    loop.setRate(clock.rate());
    loop.setOnFailure(this::onLoopFailed);
    return loop;
  }

  private void startNode() {
    long present = process;
    Node started =
        new Node(
            settings(),
            new NodePorts(
                clock,
                List.<EventLoop>copyOf(loops),
                control,
                around.network.forProcess(control, loops),
                engine,
                task -> io(present, task),
                around.time.newRandom()),
            new SimulatedUpdates(around.oracle, new Decision.Place(index, process)),
            metrics,
            cause -> around.onDiskFailed.run());
    node = started;
    started.start();
  }

  /** A failure that reaches the edge of a loop ends the process. */
  private void onLoopFailed(RuntimeException failure) {
    if (!(failure instanceof StorageException)) {
      throw failure;
    }
    if (isRunning()) {
      around.onDiskFailed.run();
    }
  }

  private NodeSettings settings() {
    return new NodeSettings(
        "simulated",
        around.plan.partitions(),
        around.plan.keyspaces(),
        new NodeSettings.Self(
            new NodeName("n" + index),
            around.plan.layout().rackOf(index),
            around.plan.layout().weights().get(index),
            address(),
            address() + "0"),
        new NodeSettings.Peering("", 0, seeds, ""),
        around.plan.timeouts(),
        around.plan.limits(),
        repair());
  }

  private NodeSettings.Repair repair() {
    return new NodeSettings.Repair(
        around.plan.bounds().hintsMaxBytes(),
        around.plan.bounds().hintsMaxAgeMillis(),
        around.plan.antiEntropyIntervalMillis(),
        around.plan.reapFloorMillis());
  }

  /** A commit or a sync keeps the loop that asked for it waiting; others go on. */
  private void hold(long nanos) {
    if (control.inLoop() && nanos > 0) {
      control.hold(nanos);
    }
    for (FakeEventLoop loop : loops) {
      if (loop.inLoop() && nanos > 0) {
        loop.hold(nanos);
        long ofProcess = process;
        around.time.after(nanos, () -> heldNanos += ofProcess == process ? nanos : 0);
      }
    }
  }

  /** Between what leaves and what is stored a crash shows what nobody may rely on. */
  private long stallNanos() {
    if (stallPercent == 0 || random.nextInt(100) >= stallPercent) {
      return 0;
    }
    around.counts.add(Fault.HELD_TURN);
    long nanos = random.nextLong(1, 60) * 1_000_000;
    long ofProcess = process;
    around.time.after(nanos, () -> heldNanos += ofProcess == process ? nanos : 0);
    return nanos;
  }

  private void io(long ofProcess, Runnable task) {
    long delay = ioDelayNanos + random.nextLong(50_000, IO_MILLIS * 1_000_000L);
    around.time.after(delay, () -> runIo(ofProcess, task));
  }

  private void runIo(long ofProcess, Runnable task) {
    if (ofProcess != process || node == null) {
      return;
    }
    if (frozen) {
      frozenIo.add(task);
    } else {
      task.run();
    }
  }

  void freeze() {
    if (!frozen) {
      frozen = true;
      frozenSinceNanos = around.time.monotonicNanos();
      loops.forEach(FakeEventLoop::pause);
      control.pause();
    }
  }

  void thaw() {
    if (!frozen) {
      return;
    }
    heldNanos = heldNanos();
    frozen = false;
    loops.forEach(FakeEventLoop::resume);
    control.resume();
    List<Runnable> waiting = List.copyOf(frozenIo);
    frozenIo.clear();
    long ofProcess = process;
    waiting.forEach(task -> around.time.after(0, () -> runIo(ofProcess, task)));
  }

  /** As by {@code kill -9}: what was written is kept, and the peers see their connections end. */
  void kill() {
    around.network.kill(address());
    end();
  }

  /** Without power: the peers are not told, and what was not synced may be gone. */
  void crash() {
    around.network.vanish(address());
    end();
    List<byte[]> hints = hints();
    if (disk.crash()) {
      around.counts.add(Fault.LOST_TAIL);
    }
    around.oracle.onCrashed(index, keysOfForgotten(hints));
  }

  private List<byte[]> hints() {
    return List.copyOf(disk.rows(RowProbe.HINTS).keySet());
  }

  /** Keys of those hints that the disk no longer has. */
  private Set<String> keysOfForgotten(List<byte[]> hints) {
    Set<String> keys = new TreeSet<>();
    for (byte[] hint : hints) {
      if (disk.row(RowProbe.HINTS, hint) == null) {
        keys.add(History.text(RowProbe.hintKey(hint)));
      }
    }
    return keys;
  }

  private void end() {
    loops.forEach(FakeEventLoop::stop);
    control.stop();
    engine.abandon();
    node = null;
    frozen = false;
    frozenIo.clear();
  }

  void loseDisk() {
    disk.lose();
    around.oracle.onEmptied(index);
  }

  void restore(SimulatedDisk.Copy old) {
    List<byte[]> hints = hints();
    disk.restore(old);
    long ageNanos = around.time.monotonicNanos() - old.madeNanos();
    around.oracle.onRestored(index, ageNanos, keysOfForgotten(hints));
  }

  /** Takes no more requests, ends those under way, and then its process is gone. */
  void stop() {
    long present = process;
    stopping = true;
    node.stop(
        () -> {
          if (process == present && node != null) {
            engine.close();
            end();
          }
        });
  }

  /** What should be gone once all is quiet, in words; null where nothing is left. */
  String leftovers() {
    String left = NodeProbe.leftovers(node);
    long waiting = metrics.counter("storage.waiting").getCount();
    return left == null && waiting > 0 ? waiting + " operations wait for rows" : left;
  }

  @Override
  public String toString() {
    return "n" + index;
  }
}
