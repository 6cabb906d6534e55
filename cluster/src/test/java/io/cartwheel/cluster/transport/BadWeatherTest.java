package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Handshake.Role;
import io.cartwheel.cluster.version.ByteReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Links that fall silent, sockets that nobody closed, peers that send nonsense. */
class BadWeatherTest {
  private final List<TestNode> nodes = new ArrayList<>();
  private final List<AutoCloseable> others = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable other : others) {
      other.close();
    }
    for (TestNode node : nodes) {
      node.close();
      assertEquals(List.of(), List.copyOf(node.broken));
    }
  }

  private TestNode start(TestNode.Builder config) {
    TestNode node = config.start();
    nodes.add(node);
    return node;
  }

  private static List<String> changes(TestNode node) {
    return node.events.stream().filter(e -> !e.startsWith("answered")).toList();
  }

  /** Passes bytes on until it is frozen; frozen connections stay open and pass nothing. */
  private static final class Proxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger freezes = new AtomicInteger();

    Proxy(int target) throws IOException {
      this.target = target;
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      daemon(this::accept);
    }

    String address() {
      return "127.0.0.1:" + server.getLocalPort();
    }

    /** Freezes the connections there are; new ones pass. */
    void freeze() {
      freezes.incrementAndGet();
    }

    private void accept() {
      try {
        while (true) {
          Socket in = server.accept();
          Socket out = new Socket(InetAddress.getLoopbackAddress(), target);
          sockets.add(in);
          sockets.add(out);
          int born = freezes.get();
          daemon(() -> pass(in, out, born));
          daemon(() -> pass(out, in, born));
        }
      } catch (IOException e) {
        // Closed.
      }
    }

    private void pass(Socket from, Socket to, int born) {
      byte[] buffer = new byte[65536];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int n = in.read(buffer); n >= 0 && freezes.get() == born; n = in.read(buffer)) {
          out.write(buffer, 0, n);
        }
        if (freezes.get() == born) {
          from.close();
          to.close();
        }
      } catch (IOException e) {
        // The other end is gone.
      }
    }

    private static void daemon(Runnable body) {
      Thread thread = new Thread(body, "proxy");
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void halfOpenConnections_giveWayToANewHandshake(int loops) throws Exception {
    TestNode b = start(new TestNode.Builder("b").loops(loops));
    Proxy proxy = new Proxy(b.config.port());
    others.add(proxy);
    TestNode a = start(new TestNode.Builder("a").loops(loops));
    a.links.dial(proxy.address());
    TestNode.await("connected", () -> a.sees(b) && b.sees(a));
    proxy.freeze();
    // What a does when heartbeats are missed. B hears nothing of it.
    a.links.disconnect(b.name, "silent");
    TestNode.await("b has taken the new one", () -> changes(b).size() == 3);
    assertEquals(List.of("connected a", "disconnected a", "connected a"), changes(b));
    TestNode.await("a too", () -> a.sees(b));
    assertTrue(b.send(0, a.name, new Heartbeat(b.name, 0, new byte[0], new byte[0])));
    TestNode.await("messages flow", () -> a.arrived.size() == 1);
  }

  @Test
  void acceptorThatHangsUpOnASilentDialer_isDialledAgain() throws Exception {
    TestNode b = start(new TestNode.Builder("b"));
    Proxy proxy = new Proxy(b.config.port());
    others.add(proxy);
    TestNode a = start(new TestNode.Builder("a"));
    a.links.dial(proxy.address());
    TestNode.await("connected", () -> a.sees(b) && b.sees(a));
    proxy.freeze();
    // B introduces itself at a's own address, and a, which sees nothing wrong, has to let it: a's
    // heartbeats are missed as well, so it hangs up as well.
    b.links.disconnect(a.name, "silent");
    a.links.disconnect(b.name, "silent");
    TestNode.await("connected again", () -> a.sees(b) && b.sees(a));
  }

  /** A peer that knows the secret and then does what it likes. */
  private final class Impostor {
    private final Socket socket;
    private final DataOutputStream out;

    Impostor(TestNode node, String name) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), node.config.port());
      others.add(socket);
      socket.setSoTimeout(10_000);
      out = new DataOutputStream(socket.getOutputStream());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Member member =
          new Member(new NodeName(name), System.nanoTime(), "127.0.0.1:1", "127.0.0.1:2", "", 1);
      Handshake handshake =
          new Handshake(
              new ClusterFacts("test", 16, List.of(), "s"),
              member,
              System.nanoTime(),
              new SystemClock());
      byte[] hello = handshake.hello(1, 0, 1);
      frame(Frames.HELLO, 0, hello);
      byte[] welcome = new ByteReader(read(in)).readBytes();
      frame(Frames.PROOF, 0, handshake.mac(Role.DIALER, hello, welcome));
      read(in);
    }

    private static byte[] read(DataInputStream in) throws IOException {
      byte[] body = new byte[in.readInt() - Frames.HEADER_BYTES];
      in.readFully(new byte[Frames.HEADER_BYTES]);
      in.readFully(body);
      return body;
    }

    void frame(int type, long time, byte[] body) throws IOException {
      out.writeInt(Frames.HEADER_BYTES + body.length);
      out.writeByte(type);
      out.writeLong(time);
      out.write(body);
    }

    void raw(byte[] bytes) throws IOException {
      out.write(bytes);
    }
  }

  @Test
  void nonsenseFromAPeer_endsItsConnectionAndNothingElse() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    TestNode node = start(new TestNode.Builder("z").secret("s").limits(1 << 20, 1 << 22));
    int rounds = 60;
    for (int i = 0; i < rounds; i++) {
      Impostor impostor = new Impostor(node, "x");
      int expected = 2 * i + 1;
      TestNode.await("taken, seed " + seed, () -> changes(node).size() >= expected);
      byte[] body = new byte[random.nextInt(200)];
      random.nextBytes(body);
      try {
        switch (random.nextInt(4)) {
          case 0 -> impostor.frame(Frames.MESSAGE, 0, body);
          case 1 -> impostor.frame(Frames.CHUNK, 0, body);
          case 2 -> impostor.frame(random.nextInt(256), random.nextLong(), body);
          default -> impostor.raw(body);
        }
        impostor.socket.shutdownOutput();
      } catch (IOException e) {
        // It has hung up already.
      }
      TestNode.await("lost, seed " + seed, () -> changes(node).size() >= expected + 1);
    }
    assertEquals(List.of(), List.copyOf(node.broken), "seed " + seed);
  }

  @Test
  void peerWhoseClockRunsAway_isHungUpOn() throws Exception {
    TestNode node = start(new TestNode.Builder("z").secret("s"));
    Impostor impostor = new Impostor(node, "x");
    TestNode.await("taken", () -> changes(node).size() == 1);
    long wild =
        io.cartwheel.cluster.version.HybridClock.ofMillis(System.currentTimeMillis() + 61_000);
    impostor.frame(Frames.MESSAGE, wild, new byte[] {16});
    TestNode.await("lost", () -> changes(node).size() == 2);
    assertEquals(List.of(), node.arrived);
    assertTrue(node.hybrid.nowMillis() < System.currentTimeMillis() + 1_000);
  }

  @Test
  void tooManyStrangers_areHungUpOn() throws Exception {
    TestNode node = start(new TestNode.Builder("z"));
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.config.port());
      others.add(socket);
      sockets.add(socket);
    }
    Socket last = sockets.get(sockets.size() - 1);
    last.setSoTimeout(5_000);
    assertEquals(-1, last.getInputStream().read());
    for (Socket socket : sockets) {
      socket.close();
    }
    TestNode peer = start(new TestNode.Builder("b"));
    peer.links.dial(node.config.address());
    TestNode.await("room again", () -> peer.sees(node));
  }
}
