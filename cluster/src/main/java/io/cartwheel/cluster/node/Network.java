package io.cartwheel.cluster.node;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.transport.Transport;
import java.util.function.Function;

/** Where a node's peers are: sockets in production, queues in a simulation. */
public interface Network {

  /**
   * Begins to listen for peers; dials nobody yet.
   *
   * @param self what the handshake tells of this node
   * @param listener told of what arrives, as its contract says
   * @param refuse why a peer that has told who it is may not connect, in one line, or null; called
   *     on any thread
   */
  Links open(Member self, Transport.Listener listener, Function<Member, String> refuse);

  /** A node's connections to its peers. */
  interface Links extends Transport, AutoCloseable {
    /**
     * Keeps a connection to whoever answers at {@code host:port}, from now on, however often it
     * breaks; from any thread. This node's own address is no error.
     */
    void dial(String address);

    /** Drops all connections; nothing is reported afterwards. From any thread but a loop's. */
    @Override
    void close();
  }
}
