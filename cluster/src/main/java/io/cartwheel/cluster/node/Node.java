package io.cartwheel.cluster.node;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.storage.Table;
import java.util.List;
import java.util.function.Consumer;

/**
 * One node: K shards (a loop, its rows, its coordinator each), who is there, who is alive, and the
 * messages between them. Knows neither sockets nor threads: those come in by {@link NodePorts}.
 */
public final class Node implements AutoCloseable {
  /** With these the engine is opened. */
  public static final List<Table> TABLES = List.of(new Table("meta"), new Table("rows"));

  private final NodeSettings settings;
  private final NodePorts ports;

  /**
   * @param decoder reads the front end's updates
   * @param metrics where this node's are registered
   * @param onBroken called once, on any thread, when an invariant or the disk has failed: the
   *     process must end at once, without {@link #close}
   */
  public Node(
      NodeSettings settings,
      NodePorts ports,
      Update.Decoder decoder,
      MetricRegistry metrics,
      Consumer<Throwable> onBroken) {
    this.settings = settings;
    this.ports = ports;
  }

  /**
   * Listens for peers and dials them; returns at once. Requests get {@link
   * io.cartwheel.cluster.coordinate.Failure.NotReady} until the node serves.
   */
  public void start() {}

  /** Runs {@code action} on a loop once this node serves; at once where it does. */
  public void whenReady(Runnable action) {}

  /** What a front end uses; safe for all threads. */
  public Coordinator coordinator() {
    throw new IllegalStateException(settings.clusterName());
  }

  /** The ring as this node sees it. */
  public RingView ring() {
    throw new IllegalStateException(ports.toString());
  }

  /**
   * Takes no more work, waits a bounded time for the requests under way, commits, and closes
   * connections and engine. From any thread but a loop's. Idempotent.
   */
  @Override
  public void close() {}
}
