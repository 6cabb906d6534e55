package io.cartwheel.resp.command;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.node.RingView;
import java.util.List;

/** What commands may use of the node they run on. Safe for use by all threads. */
public interface Services {
  Coordinator coordinator();

  RingView ring();

  /** All connections of this node. */
  Clients clients();

  /** The settings that CONFIG shows and sets. */
  ServerConfig config();

  /** All of the node's; those of the front end are told by {@link #frontMetrics}. */
  MetricRegistry metrics();

  FrontMetrics frontMetrics();

  CommandTable commands();

  /**
   * Facts for INFO that the parts below do not know: version, start time, pid, ports, data
   * directory.
   */
  ServerFacts facts();

  /** The connections of this node. */
  interface Clients {
    int count();

    /** CLIENT INFO's lines of the connections that match, in order of their ids. */
    List<String> infoLines(ClientFilter filter);

    /** Closes the connections that match, a caller's own after its reply; returns how many. */
    int kill(ClientFilter filter);
  }

  /**
   * Which connections CLIENT KILL and CLIENT LIST mean: those that fit all that is said.
   *
   * @param ids empty for any
   * @param address {@code ip:port} of the client, null for any
   * @param localAddress {@code ip:port} of this end, null for any
   * @param user null for any
   * @param type normal, master, replica or pubsub; null for any
   * @param maxAgeSeconds at least so old, 0 for any
   * @param skipId a connection to leave alone, or -1
   */
  record ClientFilter(
      List<Long> ids,
      String address,
      String localAddress,
      String user,
      String type,
      long maxAgeSeconds,
      long skipId) {

    /** All. */
    public static final ClientFilter ANY =
        new ClientFilter(List.of(), null, null, null, null, 0, -1);
  }
}
