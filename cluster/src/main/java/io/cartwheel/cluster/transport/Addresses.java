package io.cartwheel.cluster.transport;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Finds the machine behind {@code host:port}. A name is looked up on a thread of its own, because
 * that may take long; what is a number already is answered at once.
 */
final class Addresses implements AutoCloseable {
  /** Names that are looked up at a time: one that hangs must not hold up all others. */
  private static final int THREADS = 4;

  /** Names that wait; past it a lookup fails, and is tried again with the next dial. */
  private static final int MAX_WAITING = 1024;

  private static final int MAX_PORT = 65_535;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(MAX_WAITING),
          new DefaultThreadFactory("cartwheel-names", true));

  Addresses() {
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * @param done told on {@code where}, or on the caller's thread, of the address, or of what is
   *     wrong with it
   */
  void find(String hostAndPort, Executor where, BiConsumer<InetSocketAddress, String> done) {
    int colon = hostAndPort.lastIndexOf(':');
    int port = colon < 1 ? -1 : portOf(hostAndPort.substring(colon + 1));
    if (port < 0) {
      done.accept(null, "it is not host:port");
      return;
    }
    String host = unbracketed(hostAndPort.substring(0, colon));
    byte[] number = NetUtil.createByteArrayFromIpAddressString(host);
    if (number != null) {
      try {
        done.accept(new InetSocketAddress(InetAddress.getByAddress(number), port), null);
      } catch (UnknownHostException e) {
        throw new IllegalStateException("an address of " + number.length + " bytes", e);
      }
      return;
    }
    try {
      threads.execute(() -> lookUp(host, port, where, done));
    } catch (RejectedExecutionException e) {
      done.accept(null, "too many names are being looked up");
    }
  }

  private static void lookUp(
      String host, int port, Executor where, BiConsumer<InetSocketAddress, String> done) {
    try {
      InetSocketAddress found = new InetSocketAddress(InetAddress.getByName(host), port);
      where.execute(() -> done.accept(found, null));
    } catch (UnknownHostException e) {
      where.execute(() -> done.accept(null, "unknown host"));
    }
  }

  private static int portOf(String text) {
    try {
      int port = Integer.parseInt(text);
      return port < 1 || port > MAX_PORT ? -1 : port;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The host of a socket's other end, for a log: its port says nothing. */
  static String hostOf(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getHostString()
        : String.valueOf(address);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
