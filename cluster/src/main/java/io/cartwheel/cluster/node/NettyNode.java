package io.cartwheel.cluster.node;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.transport.ClusterFacts;
import io.cartwheel.cluster.transport.Completion;
import io.cartwheel.cluster.transport.IoThreads;
import io.cartwheel.cluster.transport.NettyLoops;
import io.cartwheel.cluster.transport.NettyNetwork;
import io.cartwheel.cluster.transport.SystemClock;
import io.cartwheel.cluster.transport.TransportSettings;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A {@link Node} in production: its engine, loops, sockets and threads. Owns them all; front ends
 * put their channels on the same {@link #loops}.
 */
public final class NettyNode implements AutoCloseable {
  /** Beside one for each loop, which a long walk may hold. */
  private static final int SPARE_IO_THREADS = 3;

  /** Beyond the time of one request. */
  private static final long STOP_SLACK_MILLIS = 2_000;

  /**
   * The process around the node.
   *
   * @param loops how many, 1 or more
   * @param random different at every start
   * @param metrics where the node's are registered
   * @param onBroken called, perhaps several times and on any thread, when an invariant or the disk
   *     has failed: the process must end at once, without {@link #close}
   */
  public record Host(
      int loops, SplittableRandom random, MetricRegistry metrics, Consumer<Throwable> onBroken) {}

  private final NodeSettings settings;
  private final NettyLoops loops;
  private final IoThreads io;
  private final StorageEngine engine;
  private final Node node;
  private boolean closed;

  private NettyNode(
      NodeSettings settings,
      Function<List<Table>, StorageEngine> storage,
      Update.Decoder decoder,
      Host host) {
    this.settings = settings;
    this.engine = storage.apply(Node.TABLES);
    this.loops = new NettyLoops(host.loops(), host.onBroken());
    this.io = new IoThreads(host.loops() + SPARE_IO_THREADS, host.onBroken());
    try {
      NettyNetwork network =
          new NettyNetwork(
              loops,
              facts(settings),
              TransportSettings.of(
                  settings.peering().bindHost(),
                  settings.peering().bindPort(),
                  settings.limits().maxValueSizeBytes(),
                  NodeRooms.ofTransport(settings.limits())),
              host.random().split(),
              host.metrics());
      List<EventLoop> shards = new ArrayList<>(loops.all());
      this.node =
          new Node(
              settings,
              new NodePorts(
                  new SystemClock(),
                  shards,
                  loops.control(),
                  network,
                  engine,
                  io,
                  host.random().split()),
              decoder,
              host.metrics(),
              host.onBroken());
    } catch (RuntimeException e) {
      release();
      throw e;
    }
  }

  /**
   * Opens the engine and makes the node; nobody is let in yet.
   *
   * @param storage opens the engine with these tables; the node closes it
   * @param decoder reads the front end's updates
   * @throws io.cartwheel.storage.StorageException where the directory cannot be used
   * @throws io.cartwheel.cluster.membership.StartRefusedException where it is another node's
   */
  public static NettyNode open(
      NodeSettings settings,
      Function<List<Table>, StorageEngine> storage,
      Update.Decoder decoder,
      Host host) {
    return new NettyNode(settings, storage, decoder, host);
  }

  /**
   * Listens for peers and dials them; returns at once.
   *
   * @throws IllegalStateException where it cannot listen; the message names address and reason
   */
  public void start() {
    node.start();
  }

  /** Runs {@code action} on a loop once this node serves. */
  public void whenReady(Runnable action) {
    node.whenReady(action);
  }

  /** What a front end uses; safe for all threads. */
  public Coordinator coordinator() {
    return node.coordinator();
  }

  /** How equal its rows are to the peers'; safe for all threads. */
  public RepairView repair() {
    return node.repair();
  }

  /** The ring as this node sees it. */
  public RingView ring() {
    return node.ring();
  }

  /** For the front end's channels; they are to be closed before this node. */
  public NettyLoops loops() {
    return loops;
  }

  /** The engine, for checkpoints and gauges; not to be closed. */
  public StorageEngine engine() {
    return engine;
  }

  /**
   * Takes no more work, waits a bounded time for the requests under way, commits, syncs, and closes
   * connections, loops and engine. From any thread but a loop's. Idempotent.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Completion stopped = new Completion();
    node.stop(stopped::complete);
    if (!stopped.await(settings.timeouts().request() + STOP_SLACK_MILLIS)) {
      // The rest goes on: rows that were committed are safe in any case.
      node.abandon();
    }
    release();
  }

  private void release() {
    loops.close();
    io.close();
    engine.close();
  }

  private static ClusterFacts facts(NodeSettings settings) {
    List<ClusterFacts.Setting> shared = new ArrayList<>();
    for (Keyspace keyspace : settings.keyspaces().all()) {
      shared.add(
          new ClusterFacts.Setting(
              keyspace.prefix().isEmpty()
                  ? "keyspaces.default"
                  : "keyspaces.\"" + keyspace.prefix() + "\"",
              "n="
                  + keyspace.n()
                  + " r="
                  + keyspace.r()
                  + " w="
                  + keyspace.w()
                  + " conflicts="
                  + keyspace.conflicts().name().toLowerCase(Locale.ROOT)));
    }
    String secret = settings.peering().secret();
    return new ClusterFacts(
        settings.clusterName(),
        settings.partitions(),
        shared,
        secret == null || secret.isEmpty() ? null : secret);
  }
}
