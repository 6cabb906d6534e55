package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.cartwheel.conformance.DelayLine.Delay;
import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

  /** What is slower than any machine is busy: it comes only if the delay is changed. */
  private static final Delay AN_HOUR = new Delay(TimeUnit.HOURS.toMillis(1), 0, 0);

  @Test
  void delayedBytes_takeAtLeastSoLong_andTheOtherDirectionDoesNot() throws IOException {
    proxy.outward(AN_HOUR);
    near.getOutputStream().write(1);
    expectPasses(far, near);
    proxy.outward(new Delay(150, 50, 1));
    assertEquals(1, far.getInputStream().read());
    for (int i = 0; i < 3; i++) {
      long startNanos = System.nanoTime();
      expectPasses(near, far);
      assertTrue(System.nanoTime() - startNanos >= TimeUnit.MILLISECONDS.toNanos(150));
    }
    proxy.outward(AN_HOUR);
    expectPasses(far, near);
  }

  @Test
  void changeOfTheDelay_concernsWhatIsUnderWay_itsEndToo() throws IOException {
    proxy.inward(AN_HOUR);
    far.getOutputStream().write(1);
    far.shutdownOutput();
    expectSilence(near);
    proxy.heal();
    assertEquals(1, near.getInputStream().read());
    assertEquals(-1, near.getInputStream().read());
  }

  @Test
  void jitter_keepsTheOrder() throws IOException {
    proxy.outward(new Delay(0, 40, 7));
    near.setTcpNoDelay(true);
    for (int i = 0; i < 100; i++) {
      near.getOutputStream().write(i);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(i, far.getInputStream().read());
    }
  }

  @Test
  void slowWire_holdsUpItsSenderPastItsBound_andLosesNothing() throws Exception {
    // More than the buffers of all sockets on the way.
    byte[] much = new byte[32 << 20];
    for (int i = 0; i < much.length; i++) {
      much[i] = (byte) (i * 31);
    }
    proxy.outward(AN_HOUR);
    CompletableFuture<Void> sent =
        CompletableFuture.runAsync(
            () -> {
              try {
                near.getOutputStream().write(much);
                near.shutdownOutput();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Await.quietly("the wire is full", 10_000, () -> proxy.heldBytes() >= DelayLine.MAX_BYTES);
    expectSilence(far);
    assertTrue(proxy.heldBytes() < 2 * DelayLine.MAX_BYTES, proxy.heldBytes() + " bytes held");
    assertFalse(sent.isDone());
    proxy.heal();
    assertTrue(Arrays.equals(much, far.getInputStream().readAllBytes()));
    sent.get(10, TimeUnit.SECONDS);
    assertEquals(0, proxy.heldBytes());
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
