package io.cartwheel.server;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.node.Node;
import io.cartwheel.cluster.node.NodePorts;
import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.transport.ClusterFacts;
import io.cartwheel.cluster.transport.NettyLoops;
import io.cartwheel.cluster.transport.NettyNetwork;
import io.cartwheel.cluster.transport.SystemClock;
import io.cartwheel.cluster.transport.TransportSettings;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.catalogue.Commands;
import io.cartwheel.resp.command.update.Updates;
import io.cartwheel.resp.server.Backend;
import io.cartwheel.resp.server.RespServer;
import io.cartwheel.resp.server.ServerLimits;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of production: loops, storage, cluster and Redis face, started in this order and stopped
 * in the reverse.
 */
final class Server implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  /**
   * Reads that wait for the disk are few beside those that do not; more threads would only queue in
   * the disk.
   */
  private static final int IO_THREADS = 4;

  private static final int RUN_ID_BYTES = 20;

  private final NettyLoops loops;
  private final ThreadPoolExecutor io;
  private final Node node;
  private final RespServer resp;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Server(NettyLoops loops, ThreadPoolExecutor io, Node node, RespServer resp) {
    this.loops = loops;
    this.io = io;
    this.node = node;
    this.resp = resp;
  }

  /**
   * Starts a node. It serves once its ring is formed, and answers that it does not until then.
   *
   * @param file the settings file or empty
   * @throws io.cartwheel.storage.StorageException where the data directory cannot be used
   * @throws IOException where an address cannot be listened on
   */
  static Server start(Settings settings, String file) throws IOException {
    long startMillis = System.currentTimeMillis();
    NodeSettings nodeSettings = settings.toNodeSettings();
    byte[] seed = new byte[Long.BYTES];
    SecureRandom secureRandom = new SecureRandom();
    secureRandom.nextBytes(seed);
    SplittableRandom random = new SplittableRandom(ByteBuffer.wrap(seed).getLong());
    byte[] runId = new byte[RUN_ID_BYTES];
    secureRandom.nextBytes(runId);

    Path data = Path.of(settings.text("node.data-dir")).toAbsolutePath().normalize();
    StorageEngine engine =
        StorageEngines.open(settings.text("storage.engine"), data, Node.TABLES, settings.storage());
    HdrMetricRegistry metrics = new HdrMetricRegistry();
    NettyLoops loops = new NettyLoops(settings.loops(), Server::halt);
    ThreadPoolExecutor io = ioThreads();
    NettyNetwork network =
        new NettyNetwork(
            loops,
            clusterFacts(settings, nodeSettings),
            TransportSettings.of(
                settings.text("peer.bind"), settings.peerPort(), settings.number("max-value-size")),
            random.split(),
            metrics);
    List<EventLoop> shards = new ArrayList<>(loops.all());
    Node node =
        new Node(
            nodeSettings,
            new NodePorts(new SystemClock(), shards, network, engine, io, random.split()),
            new Updates(),
            metrics,
            Server::halt);
    log.info(
        "Cartwheel {}, node {} of cluster {}, data in {}, {} loops",
        Version.current(),
        settings.nodeName(),
        settings.text("cluster.name"),
        data,
        loops.count());
    try {
      node.start();
      ServerFacts facts =
          new ServerFacts(
              Version.current(),
              startMillis,
              settings.number("resp.port"),
              HexFormat.of().formatHex(runId),
              data.toString(),
              settings.text("storage.engine"),
              file,
              loops.count());
      Backend backend =
          new Backend(
              node.coordinator(),
              node.ring(),
              new NodeConfig(settings),
              facts,
              metrics,
              HdrMetricRegistry.HdrReservoir::new,
              new SystemClock());
      RespServer resp =
          new RespServer(
              backend,
              Commands.table(),
              loops,
              ServerLimits.of(Runtime.getRuntime().maxMemory(), loops.count()));
      resp.listen(new InetSocketAddress(settings.text("resp.bind"), settings.number("resp.port")));
      log.info("clients: {}, peers: {}", settings.respAnnounce(), settings.peerAnnounce());
      node.whenReady(() -> log.info("serving"));
      return new Server(loops, io, node, resp);
    } catch (IOException | IllegalStateException e) {
      node.close();
      loops.close();
      io.shutdown();
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * Stops cleanly: no more clients, what is under way ends, what is written is on the disk.
   * Idempotent.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      log.info("stopping");
      resp.close();
      node.close();
      loops.close();
      io.shutdown();
      log.info("stopped");
    }
  }

  /** What all nodes of the cluster must agree on. */
  private static ClusterFacts clusterFacts(Settings settings, NodeSettings nodeSettings) {
    List<ClusterFacts.Setting> agreed = new ArrayList<>();
    settings
        .clusterWide()
        .forEach((name, value) -> agreed.add(new ClusterFacts.Setting(name, value)));
    String secret = settings.text("cluster.secret");
    return new ClusterFacts(
        nodeSettings.clusterName(),
        nodeSettings.partitions(),
        agreed,
        secret.isEmpty() ? null : secret);
  }

  private static ThreadPoolExecutor ioThreads() {
    AtomicInteger count = new AtomicInteger();
    return new ThreadPoolExecutor(
        IO_THREADS,
        IO_THREADS,
        0,
        TimeUnit.SECONDS,
        // Bounded by who fills it: each shard bounds its cold reads.
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "cartwheel-io-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Ends the process at once: an invariant or the disk has failed, and going on could lose or
   * falsify data.
   */
  private static void halt(Throwable cause) {
    log.error("stopping at once: {}", cause.getMessage(), cause);
    Runtime.getRuntime().halt(UserError.OTHER);
  }
}
