package io.cartwheel.conformance;

import io.cartwheel.conformance.DelayLine.Delay;
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
 * told to delay bytes, to hold them back, to lose them, or to cut the connections. Threads pump;
 * safe for use by several.
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

  private static final int CONNECT_MILLIS = 2_000;

  private final InetSocketAddress at;
  private final InetSocketAddress target;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private ServerSocket listening;
  private Flow outward = Flow.PASSES;
  private Flow inward = Flow.PASSES;
  private Delay outwardDelay = Delay.NONE;
  private Delay inwardDelay = Delay.NONE;

  /** Listens at once; {@code target} is connected to for each connection that comes. */
  LinkProxy(InetSocketAddress at, InetSocketAddress target) {
    this.at = at;
    this.target = target;
    listen();
  }

  /** Bytes from who dials here to the target. */
  synchronized void outward(Flow flow) {
    outward = flow;
    connections.forEach(connection -> connection.out.change(flow));
    resetLosers();
  }

  /** Bytes from the target to who dialled here. */
  synchronized void inward(Flow flow) {
    inward = flow;
    connections.forEach(connection -> connection.in.change(flow));
    resetLosers();
  }

  private void resetLosers() {
    if (outward != Flow.LOST && inward != Flow.LOST) {
      connections.stream().filter(Connection::hasLost).toList().forEach(Connection::reset);
    }
  }

  /** Bytes from who dials here take so long from now on, those that are under way too. */
  synchronized void outward(Delay delay) {
    outwardDelay = delay;
    connections.forEach(connection -> connection.out.change(delay));
  }

  /** Bytes from the target take so long from now on, those that are under way too. */
  synchronized void inward(Delay delay) {
    inwardDelay = delay;
    connections.forEach(connection -> connection.in.change(delay));
  }

  /** What is under way, both ways, in all connections. */
  int heldBytes() {
    return connections.stream().mapToInt(c -> c.out.heldBytes() + c.in.heldBytes()).sum();
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
    outward(Delay.NONE);
    inward(Delay.NONE);
    if (listening == null) {
      listen();
    }
  }

  @Override
  public synchronized void close() {
    cut();
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
    Connection connection;
    synchronized (this) {
      connection = new Connection(dialled, onward);
      connections.add(connection);
    }
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
    connection.out.start("out " + at);
    connection.in.start("in " + at);
  }

  private final class Connection implements Pump.Ends {
    private final Socket dialled;
    private final Socket onward;
    private final Pump out;
    private final Pump in;
    private int ended;

    Connection(Socket dialled, Socket onward) {
      this.dialled = dialled;
      this.onward = onward;
      out = new Pump(dialled, onward, outward, outwardDelay, this);
      in = new Pump(onward, dialled, inward, inwardDelay, this);
    }

    boolean hasLost() {
      return out.hasLost() || in.hasLost();
    }

    @Override
    public synchronized void onEnd() {
      ended++;
      if (ended == 2) {
        connections.remove(this);
        closeQuietly(dialled);
        closeQuietly(onward);
      }
    }

    @Override
    public void onBroken() {
      reset();
    }

    void reset() {
      connections.remove(this);
      for (Socket socket : new Socket[] {dialled, onward}) {
        try {
          socket.setSoLinger(true, 0);
        } catch (IOException e) {
          // Closed already.
        }
        closeQuietly(socket);
      }
      out.breakOff();
      in.breakOff();
    }
  }

  static void start(String name, Runnable work) {
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
