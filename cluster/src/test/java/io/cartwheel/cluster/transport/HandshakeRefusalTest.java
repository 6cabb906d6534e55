package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.cartwheel.cluster.message.MessageCodec;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class HandshakeRefusalTest {
  private final List<TestNode> nodes = new ArrayList<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final Logger log = (Logger) LoggerFactory.getLogger(NettyTransport.class);
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel() == Level.WARN) {
            warnings.add(event.getFormattedMessage());
          }
        }
      };

  @BeforeEach
  void listenToTheLog() {
    appender.start();
    log.addAppender(appender);
  }

  @AfterEach
  void stop() {
    log.detachAppender(appender);
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

  private static TestNode.Builder node(String name) {
    return new TestNode.Builder(name);
  }

  /** Two nodes that differ: both log the reason, once, and neither connects. */
  private void assertRefused(
      String reason,
      UnaryOperator<TestNode.Builder> first,
      UnaryOperator<TestNode.Builder> second) {
    TestNode a = start(first.apply(node("a")));
    TestNode b = start(second.apply(node("b")));
    a.links.dial(b.config.address());
    assertBothLog(reason);
    // Many attempts later it is still the same two lines.
    long attempts = b.metrics.counter("transport.refused").getCount() + 5;
    TestNode.await(
        "further attempts", () -> b.metrics.counter("transport.refused").getCount() >= attempts);
    assertEquals(2, warnings.size(), warnings.toString());
    assertEquals(List.of(), b.events);
    assertTrue(a.events.stream().noneMatch(e -> e.startsWith("connected")), a.events.toString());
  }

  private void assertBothLog(String reason) {
    TestNode.await(
        "one refuses because " + reason + " in " + warnings,
        () -> warnings.stream().anyMatch(w -> w.startsWith("refused") && w.contains(reason)));
    TestNode.await(
        "the other is told: " + reason + " in " + warnings,
        () ->
            warnings.stream()
                .anyMatch(w -> w.contains("refuses this node: ") && w.contains(reason)));
  }

  @Test
  void anotherSecret_isRefused() {
    assertRefused(
        "cluster.secret of b is another than that of a", a -> a.secret("1"), b -> b.secret("2"));
  }

  @Test
  void secretOnOneSideOnly_isRefused() {
    assertRefused("cluster.secret is set at a and not at b", a -> a.secret("1"), b -> b);
  }

  @Test
  void secretOnTheOtherSideOnly_isRefused() {
    assertRefused("cluster.secret is set at b and not at a", a -> a, b -> b.secret("1"));
  }

  @Test
  void anotherCluster_isRefused() {
    assertRefused(
        "cluster.name is two at b, one at a", a -> a.cluster("one"), b -> b.cluster("two"));
  }

  @Test
  void anotherPartitionCount_isRefused() {
    assertRefused(
        "cluster.partitions is 32 at b, 16 at a", a -> a.partitions(16), b -> b.partitions(32));
  }

  @Test
  void settingThatDiffers_isNamedWithBothValues() {
    assertRefused(
        "keyspaces.default.w is 2 at b, 3 at a",
        a -> a.setting("keyspaces.default.r", "2").setting("keyspaces.default.w", "3"),
        b -> b.setting("keyspaces.default.w", "2").setting("keyspaces.default.r", "2"));
  }

  @Test
  void settingThatOneSideLacks_isNamed() {
    assertRefused(
        "keyspaces.session.n is (not set) at b, 3 at a",
        a -> a.setting("keyspaces.default.n", "3").setting("keyspaces.session.n", "3"),
        b -> b.setting("keyspaces.default.n", "3"));
  }

  @Test
  void clockSixtyOneSecondsAhead_isRefused() {
    assertRefused(
        "the clock of a is more than 60 s ahead of that of b", a -> a.aheadMillis(61_500), b -> b);
  }

  @Test
  void acceptorsClockAhead_isRefusedByTheDialer() {
    TestNode a = start(node("a"));
    TestNode b = start(node("b").aheadMillis(61_500));
    a.links.dial(b.config.address());
    assertBothLog("the clock of b is more than 60 s ahead of that of a");
  }

  @Test
  void memberThatAdmissionDenies_isRefusedByEitherSide() {
    assertRefused("has lost its disk", a -> a, b -> b.refuse(m -> m.name() + " has lost its disk"));
    warnings.clear();
    TestNode c = start(node("c").refuse(m -> m.name() + " is not welcome"));
    TestNode d = start(node("d"));
    c.links.dial(d.config.address());
    assertBothLog("d is not welcome");
  }

  @Test
  void ownNameElsewhere_isRefused() {
    TestNode a = start(node("a").dataId(1));
    TestNode other = start(node("a").dataId(2));
    other.links.dial(a.config.address());
    assertBothLog(
        "node name a is alive at " + a.config.address() + " and at " + other.config.address());
  }

  @ParameterizedTest
  @CsvSource({"a,b", "b,a"})
  void nameAliveAtTwoAddresses_isRefusedAndTheFirstStays(String name, String judge) {
    TestNode b = start(node(judge));
    TestNode first = start(node(name));
    first.links.dial(b.config.address());
    TestNode.await("connected", () -> b.sees(first) && first.sees(b));
    TestNode second = start(node(name));
    second.links.dial(b.config.address());
    assertBothLog(
        "node name "
            + name
            + " is alive at "
            + first.config.address()
            + " and at "
            + second.config.address());
    assertTrue(b.sees(first));
    assertEquals(1, b.events.stream().filter(e -> e.startsWith("connected")).count());
  }

  @Test
  void dataDirectoryUnderTwoNames_isRefused() {
    TestNode z = start(node("z"));
    TestNode a = start(node("a").dataId(5));
    TestNode b = start(node("b").dataId(5));
    a.links.dial(z.config.address());
    TestNode.await("connected", () -> z.sees(a) && a.sees(z));
    b.links.dial(z.config.address());
    assertBothLog("a and b run on copies of one data directory");
    b.links.dial(a.config.address());
    assertBothLog("run on copies of one data directory");
  }

  @Test
  void garbage_isHungUpOnAndLogged() throws Exception {
    TestNode a = start(node("a"));
    assertHungUp(a, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    TestNode.await(
        "logged: " + warnings,
        () -> warnings.stream().anyMatch(w -> w.contains("it sent a frame of")));
  }

  @Test
  void firstFrameBeyondTheLimit_isHungUpOnBeforeItComes() throws Exception {
    TestNode a = start(node("a"));
    assertHungUp(a, new byte[] {0, 1, 0, 0, Frames.HELLO});
  }

  @Test
  void frameThatIsNotAHello_isHungUpOn() throws Exception {
    TestNode a = start(node("a"));
    for (int type : new int[] {Frames.PROOF, Frames.MESSAGE, Frames.CHUNK, Frames.ACCEPTED, 200}) {
      assertHungUp(a, frame(type, new byte[20]));
    }
  }

  @Test
  void messageBeforeTheProof_isHungUpOn() throws Exception {
    TestNode a = start(node("a"));
    Handshake stranger =
        new Handshake(new ClusterFacts("test", 16, List.of(), null), a.self, 99, new SystemClock());
    // The node's own card but another process: it must not get past the first frame either.
    byte[] hello = stranger.hello(1, 0, 1);
    byte[] first = frame(Frames.HELLO, hello);
    byte[] second = frame(Frames.MESSAGE, new byte[] {16});
    byte[] both = new byte[first.length + second.length];
    System.arraycopy(first, 0, both, 0, first.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertHungUp(a, both);
    assertEquals(List.of(), a.arrived);
  }

  @Test
  void otherProtocolVersion_isRefusedByItsNumber() throws Exception {
    TestNode a = start(node("a"));
    byte[] body = {'C', 'W', 'H', 'L', 77, 1, 2, 3};
    assertHungUp(a, frame(Frames.HELLO, body));
    TestNode.await(
        "logged: " + warnings,
        () ->
            warnings.stream()
                .anyMatch(
                    w ->
                        w.contains(
                            "protocol version is 77 at the dialer, "
                                + MessageCodec.VERSION
                                + " at a")));
  }

  @Test
  void silentStranger_isHungUpOn() throws Exception {
    TestNode a = start(node("a").handshakeTimeoutMillis(100));
    assertHungUp(a, new byte[] {0, 0});
  }

  @Test
  void randomBytes_neverBreakTheNode() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    TestNode a = start(node("a").handshakeTimeoutMillis(1_000));
    TestNode peer = start(node("b"));
    Handshake genuine =
        new Handshake(
            new ClusterFacts("test", 16, List.of(), null), peer.self, 7, new SystemClock());
    for (int i = 0; i < 300; i++) {
      byte[] body = genuine.hello(1, 0, 1);
      int flips = 1 + random.nextInt(4);
      for (int f = 0; f < flips; f++) {
        body[random.nextInt(body.length)] = (byte) random.nextInt();
      }
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), a.config.port())) {
        socket.getOutputStream().write(frame(Frames.HELLO, body));
        socket.getOutputStream().write(frame(Frames.PROOF, new byte[random.nextInt(40)]));
      }
    }
    TestNode.dial(a, peer);
    TestNode.await("the node still works, seed " + seed, () -> a.sees(peer) && peer.sees(a));
    assertEquals(List.of(), a.broken, "seed " + seed);
  }

  private static byte[] frame(int type, byte[] body) throws IOException {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(Frames.HEADER_BYTES + body.length);
    out.writeByte(type);
    out.writeLong(0);
    out.write(body);
    return bytes.toByteArray();
  }

  /** Sends the bytes and reads until the node hangs up. */
  private static void assertHungUp(TestNode node, byte[] bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.config.port())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      try {
        while (socket.getInputStream().read() >= 0) {
          // A refusal may come before the end.
        }
      } catch (java.net.SocketException e) {
        // Reset: hung up as well.
        assertTrue(e.getMessage().contains("reset"), e.getMessage());
      }
    }
  }
}
