package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wire with a switch. */
@Timeout(30)
class LinkProxyTest {
  private static final int SILENCE_MILLIS = 200;

  private ServerSocket server;
  private LinkProxy proxy;
  private Socket near;
  private Socket far;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    int port = server.getLocalPort();
    proxy =
        new LinkProxy(
            new InetSocketAddress(LinkProxy.loopback(78, 0, 1), port),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    near = dial();
    far = accept();
  }

  @AfterEach
  void close() throws IOException {
    near.close();
    far.close();
    server.close();
    proxy.close();
  }

  private Socket dial() throws IOException {
    Socket socket = new Socket(LinkProxy.loopback(78, 0, 1), server.getLocalPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private Socket accept() throws IOException {
    server.setSoTimeout(10_000);
    Socket socket = server.accept();
    socket.setSoTimeout(10_000);
    return socket;
  }

  @Test
  void passesBytesAndEndsOfStreamsBothWays() throws IOException {
    expectPasses(near, far);
    expectPasses(far, near);
    near.shutdownOutput();
    assertEquals(-1, far.getInputStream().read());
    expectPasses(far, near);
    far.shutdownOutput();
    assertEquals(-1, near.getInputStream().read());
  }

  /** The system may take a moment to close a socket at which another thread listens. */
  private void awaitRefusal() throws IOException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (System.nanoTime() < deadline) {
      try (Socket tooEarly = dial()) {
        tooEarly.setSoTimeout(100);
      } catch (SocketException refused) {
        forgetTooEarly();
        return;
      }
    }
    fail("connections are taken 10 s after the cut");
  }

  /** What came through before the refusal is not taken for what comes later. */
  private void forgetTooEarly() throws IOException {
    server.setSoTimeout(300);
    try {
      while (true) {
        server.accept().close();
      }
    } catch (SocketTimeoutException none) {
      return;
    }
  }

  @Test
  void cut_resetsAndRefuses_untilHealed() throws IOException {
    proxy.cut();
    assertThrows(SocketException.class, () -> near.getInputStream().read());
    assertThrows(SocketException.class, () -> far.getInputStream().read());
    awaitRefusal();
    proxy.heal();
    try (Socket again = dial();
        Socket accepted = accept()) {
      expectPasses(again, accepted);
    }
  }

  @Test
  void heldBytesArriveLate_andTheOtherDirectionIsNotTouched() throws IOException {
    proxy.outward(Flow.HELD);
    near.getOutputStream().write(1);
    expectSilence(far);
    expectPasses(far, near);
    proxy.heal();
    assertEquals(1, far.getInputStream().read());
    expectPasses(near, far);
  }

  @Test
  void lostBytesNeverArrive_andTheirConnectionIsResetWhenHealed() throws IOException {
    proxy.inward(Flow.LOST);
    far.getOutputStream().write(1);
    expectSilence(near);
    expectPasses(near, far);
    proxy.heal();
    assertThrows(SocketException.class, () -> near.getInputStream().read());
    try (Socket again = dial();
        Socket accepted = accept()) {
      expectPasses(accepted, again);
    }
  }

  private static void expectPasses(Socket from, Socket to) throws IOException {
    from.getOutputStream().write(42);
    assertEquals(42, to.getInputStream().read());
  }

  private static void expectSilence(Socket at) throws IOException {
    at.setSoTimeout(SILENCE_MILLIS);
    assertThrows(SocketTimeoutException.class, () -> at.getInputStream().read());
    at.setSoTimeout(10_000);
  }
}
