package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Counter;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Count;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NettyTransportTest {
  private static final int MEGABYTE = 1 << 20;

  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    for (TestNode node : nodes) {
      node.close();
      assertEquals(List.of(), List.copyOf(node.broken), "broken loops of " + node.name);
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

  private static void awaitLinked(TestNode a, TestNode b) {
    TestNode.await(
        a.name + " and " + b.name + " connect",
        () -> a.events.contains("connected " + b.name) && b.sees(a) && a.sees(b));
  }

  private static List<String> changes(TestNode node) {
    return node.events.stream().filter(e -> !e.startsWith("answered")).toList();
  }

  private static Merge merge(long id, int valueBytes) {
    byte[] value = new byte[valueBytes];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 31 + (i >>> 13));
    }
    Sibling sibling =
        new Sibling(
            new Dot(1, 1),
            1,
            Sibling.NO_EXPIRY,
            Sibling.STRING,
            Sibling.Form.VALUE,
            value,
            new RequestId(1, 1),
            false);
    return new Merge(id, 0, 1, new byte[] {'k'}, Row.EMPTY.with(sibling), 1, false, null, false);
  }

  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void messages_travelBothWaysToTheLoopOfTheirShard(NettyLoops.Io io) {
    TestNode a = start(node("a").loops(2).io(io).secret("s"));
    TestNode b = start(node("b").loops(2).io(io).secret("s"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    assertTrue(a.send(0, b.name, new Count(9, List.of(1))));
    assertTrue(a.send(1, b.name, new ReadRow(9, 4, 1, new byte[] {7}, true)));
    assertTrue(b.send(0, a.name, new ReadRow(1, 3, 1, new byte[] {7}, true)));
    assertTrue(b.send(1, a.name, new Counted((5 << Message.SHARD_BITS) + 1, 17)));
    TestNode.await("all arrive", () -> a.arrived.size() == 2 && b.arrived.size() == 2);
    for (TestNode.Arrived arrived : a.arrived) {
      assertEquals(b.name, arrived.from());
      assertEquals(1, arrived.shard());
      assertTrue(arrived.onItsLoop());
    }
    for (TestNode.Arrived arrived : b.arrived) {
      assertEquals(0, arrived.shard());
      assertTrue(arrived.onItsLoop());
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,1", "1,3"})
  void heldUpShards_keepNobodyFromHearingOfEachOther(int loopsOfA, int loopsOfB) {
    TestNode a = start(node("a").loops(loopsOfA));
    TestNode b = start(node("b").loops(loopsOfB));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    CountDownLatch goOn = new CountDownLatch(1);
    for (TestNode node : List.of(a, b)) {
      for (int i = 0; i < node.config.loops(); i++) {
        node.loops.loop(i).execute(() -> TestNode.awaitUnchecked(goOn));
      }
    }
    for (int i = 1; i <= 3; i++) {
      int sent = i;
      assertTrue(
          a.send(Transport.CONTROL, b.name, new Heartbeat(a.name, i, new byte[0], new byte[0])));
      assertTrue(b.send(Transport.CONTROL, a.name, new Message.AskTable()));
      TestNode.await("told meanwhile", () -> a.arrived.size() == sent && b.arrived.size() == sent);
      for (TestNode node : List.of(a, b)) {
        assertEquals(Transport.CONTROL, node.arrived.get(i - 1).shard());
        assertTrue(node.arrived.get(i - 1).onItsLoop());
      }
    }
    TestNode c = start(node("c"));
    c.links.dial(a.config.address());
    TestNode.await("c is answered meanwhile", () -> !c.events.isEmpty());
    goOn.countDown();
    TestNode.await("and connected in the end", () -> c.sees(a) && a.sees(c));
  }

  @ParameterizedTest
  @CsvSource({"a,b", "b,a"})
  void oneSeed_isEnoughWhicheverNameIsSmaller(String dialling, String dialled) {
    TestNode first = start(node(dialling).loops(2));
    TestNode second = start(node(dialled).loops(2));
    first.links.dial(second.config.address());
    awaitLinked(first, second);
    awaitLinked(second, first);
    assertEquals(List.of("connected " + first.name), changes(second));
    assertEquals(
        "answered " + second.config.address() + " " + second.name,
        first.events.get(0),
        "who answers is told before the connection stands");
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,3", "1,3", "3,1", "2,3"})
  void lanes_areAsManyAsTheDialersLoopsAndEachServesBothWays(int loopsOfA, int loopsOfB) {
    TestNode a = start(node("a").loops(loopsOfA));
    TestNode b = start(node("b").loops(loopsOfB));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    int requests = 16;
    for (int p = 0; p < requests; p++) {
      assertTrue(a.send(p % loopsOfA, b.name, new ReadRow(p, p, 1, new byte[] {1}, true)));
      assertTrue(b.send(p % loopsOfB, a.name, new ReadRow(p, p, 1, new byte[] {1}, true)));
    }
    TestNode.await(
        "all arrive", () -> a.arrived.size() == requests && b.arrived.size() == requests);
    for (TestNode node : List.of(a, b)) {
      for (TestNode.Arrived arrived : node.arrived) {
        int partition = ((ReadRow) arrived.message()).partition();
        assertEquals(partition % node.config.loops(), arrived.shard());
        assertTrue(arrived.onItsLoop());
      }
    }
    // A dials, whose name is the smaller; introductions are over.
    int lanes = loopsOfA + 1;
    TestNode.await("one socket for each lane", () -> a.links.connections() == lanes);
    TestNode.await("one socket for each lane", () -> b.links.connections() == lanes);
  }

  @Test
  void threeNodes_connectToEachOtherFromAnySeedList() {
    TestNode a = start(node("a").loops(2));
    TestNode b = start(node("b").loops(2));
    TestNode c = start(node("c").loops(2));
    TestNode.dial(a, b, c);
    for (TestNode x : nodes) {
      for (TestNode y : nodes) {
        if (x != y) {
          TestNode.await(x.name + " sees " + y.name, () -> x.sees(y));
        }
      }
    }
    for (TestNode x : nodes) {
      TestNode.await(
          "each hears who listens at its own address",
          () -> x.events.contains("answered " + x.config.address() + " " + x.name));
      assertFalse(x.events.contains("connected " + x.name));
    }
  }

  @ParameterizedTest
  @CsvSource({"a", "b"})
  void peer_thatStartsAnewIsConnectedAgainWithinASecond(String restarted) {
    TestNode.Builder config = node(restarted).loops(2);
    TestNode other = start(node(restarted.equals("a") ? "b" : "a").loops(2));
    TestNode first = start(config);
    TestNode.dial(first, other);
    awaitLinked(other, first);
    nodes.remove(first);
    first.close();
    TestNode.await("loss is seen", () -> !other.sees(first));
    assertFalse(other.send(0, first.name, new Heartbeat(other.name, 0, new byte[0], new byte[0])));
    long since = System.nanoTime();
    TestNode second = start(config);
    second.links.dial(other.config.address());
    TestNode.await("a new connection", () -> other.sees(second) && second.sees(other));
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    assertTrue(tookMillis < 1_000, "took " + tookMillis + " ms");
    TestNode.await("told", () -> changes(other).size() == 3);
    assertEquals(
        List.of("connected " + restarted, "disconnected " + restarted, "connected " + restarted),
        changes(other));
  }

  @ParameterizedTest
  @CsvSource({"a", "b"})
  void peer_thatComesUpLaterIsFoundByBackOff(String late) {
    TestNode.Builder config = node(late);
    TestNode early = start(node(late.equals("a") ? "b" : "a"));
    early.links.dial(config.address());
    early.links.dial("no-such-host.invalid:1");
    TestNode there = start(config);
    // It has no seeds itself.
    awaitLinked(early, there);
  }

  @Test
  void lostLane_endsTheWholeLinkAndItComesBack() {
    TestNode a = start(node("a").loops(3));
    TestNode b = start(node("b").loops(3));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    b.links.disconnect(a.name, "a test");
    TestNode.await("b is told", () -> changes(b).size() == 3);
    TestNode.await("a is told", () -> changes(a).size() == 3);
    List<String> expected = List.of("connected a", "disconnected a", "connected a");
    assertEquals(expected, changes(b));
    awaitLinked(a, b);
    assertTrue(a.send(2, b.name, new Heartbeat(a.name, 0, new byte[0], new byte[0])));
    TestNode.await("messages flow", () -> b.arrived.size() == 1);
  }

  @Test
  void sixteenMegabytes_letHeartbeatsPass() throws Exception {
    TestNode a = start(node("a"));
    TestNode b = start(node("b"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    Merge first = merge(1, 16 * MEGABYTE);
    Merge second = merge(2, 16 * MEGABYTE);
    CompletableFuture<Boolean> sent = new CompletableFuture<>();
    a.loops
        .loop(0)
        .execute(
            () ->
                sent.complete(
                    a.links.send(0, b.name, first)
                        && a.links.send(0, b.name, second)
                        && a.links.send(
                            0, b.name, new Heartbeat(a.name, 0, new byte[0], new byte[0]))));
    assertTrue(sent.get(5, TimeUnit.SECONDS));
    TestNode.await("all arrive", () -> b.arrived.size() == 3);
    assertTrue(
        b.arrived.get(0).message() instanceof Heartbeat, "the heartbeat was sent last, came first");
    for (TestNode.Arrived arrived : b.arrived.subList(1, 3)) {
      assertArrayEquals(
          first.row().siblings().get(0).value(),
          ((Merge) arrived.message()).row().siblings().get(0).value());
    }
  }

  @Test
  void messagesOfOneTurn_leaveWithItAndNotBefore() throws Exception {
    TestNode a = start(node("a"));
    TestNode b = start(node("b"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    CompletableFuture<Long> beforeTheEnd = new CompletableFuture<>();
    CompletableFuture<Long> atCommit = new CompletableFuture<>();
    CompletableFuture<Long> afterRelease = new CompletableFuture<>();
    NettyEventLoop loop = a.loops.loop(0);
    Counter sent = a.metrics.counter("transport.bytes.sent");
    loop.execute(
        () -> {
          long before = sent.getCount();
          for (int i = 0; i < 10; i++) {
            a.links.send(0, b.name, new Counted(i << Message.SHARD_BITS, 1));
          }
          loop.execute(() -> beforeTheEnd.complete(sent.getCount() - before));
          loop.atTurnEnd(Phase.COMMIT, () -> atCommit.complete(sent.getCount() - before));
          loop.atTurnEnd(
              Phase.RELEASE,
              () -> {
                long soFar = sent.getCount();
                a.links.send(0, b.name, new Counted(10 << Message.SHARD_BITS, 1));
                loop.atTurnEnd(Phase.FLUSH, () -> afterRelease.complete(sent.getCount() - soFar));
              });
        });
    int frame = Frames.LENGTH_BYTES + Frames.HEADER_BYTES + 17;
    assertEquals(0, beforeTheEnd.get(5, TimeUnit.SECONDS));
    assertEquals(10L * frame, atCommit.get(5, TimeUnit.SECONDS));
    assertEquals(frame, afterRelease.get(5, TimeUnit.SECONDS));
    TestNode.await("all arrive", () -> b.arrived.size() == 11);
  }

  @Test
  void fullQueue_refusesAndEmptiesAgain() throws Exception {
    TestNode a = start(node("a").limits(MEGABYTE, 4L * MEGABYTE));
    TestNode b = start(node("b").limits(MEGABYTE, 4L * MEGABYTE));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    // A peer that does not read.
    CountDownLatch goOn = new CountDownLatch(1);
    b.loops.loop(0).execute(() -> TestNode.awaitUnchecked(goOn));
    Merge message = merge(1, 900_000);
    int sent = 0;
    while (a.send(0, b.name, message)) {
      sent++;
      assertTrue(sent < 1_000, "the queue has no bound");
    }
    assertTrue(sent >= 4, "only " + sent + " fit");
    assertTrue(a.metrics.counter("transport.queue.refusals").getCount() > 0);
    goOn.countDown();
    int expected = sent;
    TestNode.await("what was taken arrives", () -> b.arrived.size() == expected);
    assertTrue(a.send(0, b.name, message));
    TestNode.await("and goes on", () -> b.arrived.size() == expected + 1);
  }

  @Test
  void messageBeyondTheLimit_isNotSentAndHarmsNobody() {
    TestNode a = start(node("a").limits(MEGABYTE, 4L * MEGABYTE));
    TestNode b = start(node("b").limits(MEGABYTE, 4L * MEGABYTE));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    assertFalse(a.send(0, b.name, merge(1, MEGABYTE + 1)));
    assertTrue(a.send(0, b.name, new Heartbeat(a.name, 0, new byte[0], new byte[0])));
    TestNode.await("the next arrives", () -> b.arrived.size() == 1);
  }

  @Test
  void messagesOfAllSizes_arriveWholeAndOnce() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    TestNode a = start(node("a").loops(2));
    TestNode b = start(node("b").loops(3));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    int count = 300;
    int[] sizes = new int[count];
    for (int i = 0; i < count; i++) {
      // Mostly around what fits in one frame, sometimes far more.
      sizes[i] =
          random.nextInt(10) == 0
              ? random.nextInt(MEGABYTE)
              : Math.max(0, Frames.CHUNK_BYTES - 70 + random.nextInt(80));
      while (!a.send(i % 2, b.name, merge(i, sizes[i]))) {
        Thread.onSpinWait();
      }
    }
    TestNode.await("all arrive, seed " + seed, () -> b.arrived.size() == count);
    boolean[] seen = new boolean[count];
    for (TestNode.Arrived arrived : b.arrived) {
      Merge merge = (Merge) arrived.message();
      int id = (int) merge.id();
      assertFalse(seen[id], "twice, seed " + seed);
      seen[id] = true;
      assertArrayEquals(
          merge(id, sizes[id]).row().siblings().get(0).value(),
          merge.row().siblings().get(0).value(),
          "seed " + seed);
    }
  }

  @Test
  void silence_isMeasuredFromTheLastThingHeard() {
    TestNode a = start(node("a"));
    TestNode b = start(node("b"));
    assertEquals(Long.MAX_VALUE, a.links.silentNanos(b.name));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    TestNode.await(
        "silence", () -> a.links.silentNanos(b.name) > TimeUnit.MILLISECONDS.toNanos(50));
    b.send(0, a.name, new Heartbeat(b.name, 0, new byte[0], new byte[0]));
    TestNode.await(
        "it is broken", () -> a.links.silentNanos(b.name) < TimeUnit.MILLISECONDS.toNanos(50));
  }

  @Test
  void closedTransport_reportsNothingAndSendsNothing() {
    TestNode a = start(node("a").loops(2));
    TestNode b = start(node("b").loops(2));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    a.links.close();
    TestNode.await("b is told", () -> changes(b).size() == 2);
    assertEquals(List.of("connected b"), changes(a));
    assertFalse(a.send(0, b.name, new Heartbeat(a.name, 0, new byte[0], new byte[0])));
    assertEquals(0, a.links.connections());
  }

  @Test
  void messageQueuedBeforeClose_stillLeaves() throws Exception {
    TestNode a = start(node("a"));
    TestNode b = start(node("b"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    for (int i = 0; i < 100; i++) {
      assertTrue(a.send(0, b.name, merge(i, 1_000)));
    }
    a.links.close();
    TestNode.await("all arrive", () -> b.arrived.size() == 100);
  }

  @Test
  void listenersException_breaksTheLoopAndIsReported() {
    TestNode a = start(node("a"));
    TestNode b = start(node("b"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    IllegalStateException fault = new IllegalStateException("a broken invariant");
    b.onAnyMessage =
        () -> {
          throw fault;
        };
    a.send(0, b.name, new Heartbeat(a.name, 0, new byte[0], new byte[0]));
    TestNode.await("reported", () -> b.broken.contains(fault));
    b.broken.clear();
  }

  @Test
  void messages_carryTheSendersTime() {
    TestNode a = start(node("a").aheadMillis(30_000));
    TestNode b = start(node("b"));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    assertTrue(b.hybrid.nowMillis() > System.currentTimeMillis() + 20_000);
    assertTrue(a.hybrid.nowMillis() >= b.hybrid.nowMillis() - 5_000);
  }

  /** What a node sent before it died must not be lost because one loop is slower than another. */
  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void mergesThatHadCome_areTakenThoughAnotherLaneIsLost(NettyLoops.Io io) throws Exception {
    TestNode a = start(node("a").loops(2).io(io));
    TestNode b = start(node("b").loops(2).io(io));
    TestNode.dial(a, b);
    awaitLinked(a, b);
    CountDownLatch isLost = new CountDownLatch(1);
    b.loops.loop(1).execute(() -> awaitQuietly(isLost));
    for (int i = 0; i < 100; i++) {
      assertTrue(
          a.send(
              1, b.name, new Merge(i, 1, 1, new byte[] {'k'}, Row.EMPTY, 1, false, null, false)));
    }
    a.close();
    TestNode.await("b sees the loss", () -> !b.sees(a));
    isLost.countDown();
    TestNode.await("all that was sent has come", () -> b.arrived.size() == 100);
    assertTrue(b.arrived.stream().allMatch(arrived -> arrived.shard() == 1));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
