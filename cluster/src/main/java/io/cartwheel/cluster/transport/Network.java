package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import java.util.function.Function;

/** Where a node's peers are: sockets in production, queues in a simulation. */
public interface Network {

  /**
   * Begins to listen for peers; dials nobody yet.
   *
   * @param self what the handshake tells of this node
   * @param clock goes out with every message, and takes note of the peers'
   * @param listener told of what arrives, as its contract says
   * @param refuse why a peer that has told who it is may not connect, in one line, or null; called
   *     on the control loop
   */
  Links open(
      Member self, HybridClock clock, Transport.Listener listener, Function<Member, String> refuse);

  /** A node's connections to its peers. */
  interface Links extends Transport, AutoCloseable {
    /**
     * Keeps a connection to whoever answers at {@code host:port}, from now on, however often it
     * breaks; from any thread. This node's own address is no error.
     */
    void dial(String address);

    /** Whether all connections to the peer stand; from any thread. */
    boolean isConnected(NodeName peer);

    /**
     * Nanoseconds since anything was received from the peer, on any connection; {@link
     * Long#MAX_VALUE} where there is none. From any thread.
     */
    long silentNanos(NodeName peer);

    /**
     * Closes the connections to a peer, as if they were lost; it is dialled again. From any thread.
     *
     * @param reason for the log, in a few words
     */
    void disconnect(NodeName peer, String reason);

    /** Drops all connections; nothing is reported afterwards. From any thread but a loop's. */
    @Override
    void close();
  }
}
