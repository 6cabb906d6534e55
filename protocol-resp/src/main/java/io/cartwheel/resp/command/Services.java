package io.cartwheel.resp.command;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.node.RingView;

/** What commands may use of the node they run on. Safe for use by all threads. */
public interface Services {
  Coordinator coordinator();

  RingView ring();

  /** All connections of this node. */
  Clients clients();

  /** The settings that CONFIG shows and sets. */
  ServerConfig config();

  MetricRegistry metrics();

  CommandTable commands();

  /**
   * Facts for INFO that the parts below do not know: version, start time, pid, ports, data
   * directory.
   */
  ServerFacts facts();

  /** The connections of this node. */
  interface Clients {
    int count();

    /** CLIENT INFO's lines of all connections, in order of their ids. */
    java.util.List<String> infoLines();

    /**
     * Closes the connections that match; returns how many.
     *
     * @param filter in terms of the fields of {@link ClientFilter}
     */
    int kill(ClientFilter filter);
  }

  /**
   * CLIENT KILL's and CLIENT LIST's filter; null or empty means any.
   *
   * @param skipId a connection to leave alone, or -1
   */
  record ClientFilter(
      java.util.List<Long> ids,
      String address,
      String localAddress,
      String user,
      String type,
      long maxAgeSeconds,
      long skipId) {}
}
