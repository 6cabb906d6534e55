package io.cartwheel.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A wire with a switch: takes connections at one address and passes them on to another, until it is
 * told to hold bytes back, to lose them, or to cut the connections. Threads pump; safe for use by
 * several.
 */
final class LinkProxy implements AutoCloseable {
  /** What becomes of the bytes of one direction. */
  enum Flow {
    /** They arrive. */
    PASSES,
    /**
     * They are held back, and arrive when it ends: what TCP makes of a network that loses packets
     * for a while. New connections stand and are as silent.
     */
    HELD,
    /** They are lost for good. Connections that have lost any are reset when it ends. */
    LOST
  }

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int CONNECT_MILLIS = 2_000;

  private final InetSocketAddress at;
  private final InetSocketAddress target;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private Flow outward = Flow.PASSES;
  private Flow inward = Flow.PASSES;

  /** Listens at once; {@code target} is connected to for each connection that comes. */
  LinkProxy(InetSocketAddress at, InetSocketAddress target) {
    this.at = at;
    this.target = target;
    listen();
  }

  /** Bytes from who dials here to the target. */
  synchronized void outward(Flow flow) {
    outward = flow;
    onFlow();
  }

  /** Bytes from the target to who dialled here. */
  synchronized void inward(Flow flow) {
    inward = flow;
    onFlow();
  }

  private void onFlow() {
    notifyAll();
    if (outward != Flow.LOST && inward != Flow.LOST) {
      connections.stream().filter(c -> c.hasLost).toList().forEach(Connection::reset);
    }
  }

  /** Resets what stands and refuses what comes. */
  synchronized void cut() {
    if (listening != null) {
      closeQuietly(listening);
      listening = null;
    }
    connections.forEach(Connection::reset);
  }

  /** As at the beginning. */
  synchronized void heal() {
    outward(Flow.PASSES);
    inward(Flow.PASSES);
    if (listening == null) {
      listen();
    }
  }

  @Override
  public synchronized void close() {
    cut();
    notifyAll();
  }

  private synchronized void listen() {
    try {
      ServerSocket server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(at);
      listening = server;
      start("accept " + at, () -> accept(server));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen at " + at, e);
    }
  }

  private void accept(ServerSocket server) {
    while (true) {
      try {
        Socket dialled = server.accept();
        start("connect " + at, () -> connect(server, dialled));
      } catch (IOException e) {
        // It was cut.
        return;
      }
    }
  }

  private void connect(ServerSocket server, Socket dialled) {
    Socket onward = new Socket();
    Connection connection = new Connection(dialled, onward);
    connections.add(connection);
    try {
      onward.connect(target, CONNECT_MILLIS);
      dialled.setTcpNoDelay(true);
      onward.setTcpNoDelay(true);
    } catch (IOException e) {
      connection.reset();
      return;
    }
    synchronized (this) {
      if (listening != server) {
        connection.reset();
        return;
      }
    }
    start("out " + at, () -> connection.pump(dialled, onward, true));
    start("in " + at, () -> connection.pump(onward, dialled, false));
  }

  /** Returns whether bytes pass, after waiting while they are held. */
  private synchronized boolean awaitFlow(Connection connection, boolean isOutward)
      throws IOException {
    while ((isOutward ? outward : inward) == Flow.HELD && !connection.isReset) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
    boolean passes = (isOutward ? outward : inward) == Flow.PASSES;
    connection.hasLost |= !passes;
    return passes;
  }

  private final class Connection {
    private final Socket dialled;
    private final Socket onward;
    private int ended;
    private volatile boolean isReset;
    private volatile boolean hasLost;

    Connection(Socket dialled, Socket onward) {
      this.dialled = dialled;
      this.onward = onward;
    }

    void pump(Socket from, Socket to, boolean isOutward) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        int count = from.getInputStream().read(buffer);
        while (count >= 0) {
          if (awaitFlow(this, isOutward)) {
            to.getOutputStream().write(buffer, 0, count);
          }
          count = from.getInputStream().read(buffer);
        }
        // The end of a stream is as late, or lost, as its bytes.
        if (awaitFlow(this, isOutward)) {
          to.shutdownOutput();
          end();
        }
      } catch (IOException e) {
        reset();
      }
    }

    private synchronized void end() {
      ended++;
      if (ended == 2) {
        connections.remove(this);
        closeQuietly(dialled);
        closeQuietly(onward);
      }
    }

    void reset() {
      isReset = true;
      connections.remove(this);
      for (Socket socket : new Socket[] {dialled, onward}) {
        try {
          socket.setSoLinger(true, 0);
        } catch (IOException e) {
          // Closed already.
        }
        closeQuietly(socket);
      }
      synchronized (LinkProxy.this) {
        LinkProxy.this.notifyAll();
      }
    }
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // Whatever it was, it is of no use any more.
    }
  }

  static InetAddress loopback(int second, int third, int fourth) {
    try {
      return InetAddress.getByAddress(new byte[] {127, (byte) second, (byte) third, (byte) fourth});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
