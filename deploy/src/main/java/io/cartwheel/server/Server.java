package io.cartwheel.server;

import io.cartwheel.cluster.membership.StartRefusedException;
import io.cartwheel.cluster.node.NettyNode;
import io.cartwheel.cluster.transport.SystemClock;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.catalogue.Commands;
import io.cartwheel.resp.command.update.Updates;
import io.cartwheel.resp.server.Backend;
import io.cartwheel.resp.server.RespServer;
import io.cartwheel.resp.server.ServerLimits;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.StorageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One process of production: a node and its Redis face. */
final class Server implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  /** As many hex digits as Redis's run_id needs. */
  private static final int RUN_ID_BYTES = 20;

  /** So many eighths of the heap are for what waits, of peers and of writes; clients have four. */
  private static final int WAITING_EIGHTHS = 3;

  private final NettyNode node;
  private final RespServer resp;
  private final AtomicBoolean closed = new AtomicBoolean();

  private Server(NettyNode node, RespServer resp) {
    this.node = node;
    this.resp = resp;
  }

  /**
   * Starts a node. It serves once its ring is formed, and answers that it does not until then.
   *
   * @param file the settings file or empty
   * @throws UserError where the data directory cannot be used or an address not listened on
   */
  static Server start(Settings settings, String file) {
    long startMillis = System.currentTimeMillis();
    Path data = Path.of(settings.text("node.data-dir")).toAbsolutePath().normalize();
    HdrMetricRegistry metrics = new HdrMetricRegistry();
    NettyNode node;
    try {
      node =
          NettyNode.open(
              settings.toNodeSettings(Runtime.getRuntime().maxMemory() / 8 * WAITING_EIGHTHS),
              tables ->
                  StorageEngines.open(
                      settings.text("storage.engine"), data, tables, settings.storage()),
              new Updates(),
              new NettyNode.Host(settings.loops(), random(), metrics, Server::halt));
    } catch (StorageException | StartRefusedException e) {
      throw new UserError(UserError.OTHER, e.getMessage());
    }
    log.info(
        "Cartwheel {}, node {} of cluster {}, data in {}, {} loops",
        Version.current(),
        settings.nodeName(),
        settings.text("cluster.name"),
        data,
        settings.loops());
    try {
      node.start();
      ServerFacts facts =
          new ServerFacts(
              Version.current(),
              startMillis,
              settings.number("resp.port"),
              runId(),
              data.toString(),
              settings.text("storage.engine"),
              file,
              settings.loops());
      RespServer resp = listen(settings, node, facts, metrics);
      log.info("clients: {}, peers: {}", settings.respAnnounce(), settings.peerAnnounce());
      node.whenReady(() -> log.info("serving"));
      return new Server(node, resp);
    } catch (IOException | IllegalStateException e) {
      node.close();
      throw new UserError(UserError.OTHER, e.getMessage());
    }
  }

  private static RespServer listen(
      Settings settings, NettyNode node, ServerFacts facts, HdrMetricRegistry metrics)
      throws IOException {
    Backend backend =
        new Backend(
            node.coordinator(),
            node.ring(),
            new NodeConfig(settings),
            facts,
            metrics,
            HdrMetricRegistry.HdrReservoir::new,
            new SystemClock());
    ServerLimits limits =
        ServerLimits.of(
            Runtime.getRuntime().maxMemory(),
            node.loops().count(),
            settings.number("request-timeout"));
    RespServer resp = new RespServer(backend, Commands.table(), node.loops(), limits);
    resp.listen(new InetSocketAddress(settings.text("resp.bind"), settings.number("resp.port")));
    return resp;
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
      log.info("stopped");
    }
  }

  private static SplittableRandom random() {
    byte[] seed = new byte[Long.BYTES];
    new SecureRandom().nextBytes(seed);
    return new SplittableRandom(ByteBuffer.wrap(seed).getLong());
  }

  private static String runId() {
    byte[] id = new byte[RUN_ID_BYTES];
    new SecureRandom().nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  /**
   * Ends the process at once: an invariant or the disk has failed, and going on could lose data.
   */
  private static void halt(Throwable cause) {
    log.error("stopping at once: {}", cause.getMessage(), cause);
    Runtime.getRuntime().halt(UserError.OTHER);
  }
}
