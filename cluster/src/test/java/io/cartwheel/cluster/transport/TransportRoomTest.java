package io.cartwheel.cluster.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages with values of the largest size fill what a node keeps, on all connections together. */
class TransportRoomTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int LARGEST_VALUE = 16 * MEGABYTE;

  /** Two values of the largest size fit in seven eighths of it; the third does not. */
  private static final long ROOM = 48L * MEGABYTE;

  private static final Row LARGEST = row(LARGEST_VALUE);

  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    for (TestNode node : nodes) {
      node.close();
      assertEquals(List.of(), List.copyOf(node.broken), "broken loops of " + node.name);
    }
  }

  private static Row row(int valueBytes) {
    return Row.EMPTY.with(
        new Sibling(
            new Dot(1, 1),
            1,
            Sibling.NO_EXPIRY,
            Sibling.STRING,
            Sibling.Form.VALUE,
            new byte[valueBytes],
            new RequestId(1, 1),
            false));
  }

  private static Merge merge(long id, int partition, Row row) {
    return new Merge(
        id << Message.SHARD_BITS, partition, 1, new byte[1], row, 1, false, null, false);
  }

  private TestNode start(String name, int loops) {
    return started(
        new TestNode.Builder(name).loops(loops).limits(256 * MEGABYTE, ROOM).rooms(ROOM, ROOM));
  }

  private TestNode started(TestNode.Builder config) {
    TestNode node = config.start();
    nodes.add(node);
    return node;
  }

  private static void link(TestNode node, List<TestNode> peers) {
    for (TestNode peer : peers) {
      TestNode.dial(node, peer);
      TestNode.await("all connect", () -> node.sees(peer) && peer.sees(node));
    }
  }

  private static CountDownLatch hold(TestNode node, int loop) {
    CountDownLatch goOn = new CountDownLatch(1);
    node.loops.loop(loop).execute(() -> TestNode.awaitUnchecked(goOn));
    return goOn;
  }

  private static long count(TestNode node, Class<? extends Message> type) {
    return node.arrived.stream().filter(a -> type.isInstance(a.message())).count();
  }

  @Test
  void whatWaitsToLeave_isBoundedOverAllPeersAndRefusedBeyond() {
    TestNode a = start("a", 1);
    List<TestNode> peers = List.of(start("b", 1), start("c", 1), start("d", 1));
    link(a, peers);
    List<CountDownLatch> held = new ArrayList<>();
    peers.forEach(peer -> held.add(hold(peer, 0)));
    int sent = 0;
    for (TestNode peer : peers) {
      for (int i = 0; i < 5; i++) {
        sent += a.send(0, peer.name, merge(i, 0, LARGEST)) ? 1 : 0;
        assertTrue(a.links.bytesKept() <= ROOM, "kept " + a.links.bytesKept());
      }
    }
    assertEquals(2, sent, "so many fit");
    for (TestNode peer : peers) {
      assertTrue(
          a.send(0, peer.name, new Counted(1L << Message.SHARD_BITS, 1)), "a short one fits");
    }
    held.forEach(CountDownLatch::countDown);
    TestNode.await("nothing is kept", () -> a.links.bytesKept() == 0);
    for (TestNode peer : peers) {
      assertTrue(a.send(0, peer.name, merge(9, 0, LARGEST)));
      TestNode.await("it goes on", () -> has(peer, 9));
    }
  }

  private static boolean has(TestNode node, long merge) {
    return node.arrived.stream()
        .anyMatch(a -> a.message() instanceof Merge m && m.id() == merge << Message.SHARD_BITS);
  }

  @Test
  void whatWaitsForItsLoop_isBoundedOverAllPeersAndAnsweredBeyond() {
    TestNode a = start("a", 2);
    List<TestNode> peers = List.of(start("b", 1), start("c", 1), start("d", 1));
    link(a, peers);
    // The peers' connections live on loop 0, their messages are for loop 1.
    CountDownLatch goOn = hold(a, 1);
    for (TestNode sender : peers) {
      for (int i = 0; i < 2; i++) {
        assertTrue(sender.send(0, a.name, merge(i, 1, LARGEST)));
      }
    }
    TestNode.await(
        "all but two are refused",
        () -> {
          assertTrue(a.links.bytesKept() <= ROOM, "kept " + a.links.bytesKept());
          return peers.stream().mapToLong(p -> count(p, Overloaded.class)).sum() == 4;
        });
    assertEquals(4, a.metrics.counter("transport.room.refusals").getCount());
    assertEquals(0, count(a, Merge.class));
    goOn.countDown();
    TestNode.await("the two are taken", () -> count(a, Merge.class) == 2);
    TestNode.await("nothing is kept", () -> a.links.bytesKept() == 0);
    TestNode peer = peers.get(2);
    TestNode.await("what is dropped has left, too", () -> peer.links.bytesKept() == 0);
    assertTrue(peer.send(0, a.name, merge(9, 1, LARGEST)));
    TestNode.await("it goes on", () -> has(a, 9));
  }

  @Test
  void shortMessagesThatWaitForTheirLoop_stayInTheSocketBeyondTheBound() {
    long room = 4L * MEGABYTE;
    TestNode a =
        started(new TestNode.Builder("a").loops(2).limits(64 * MEGABYTE, ROOM).rooms(ROOM, room));
    TestNode b = start("b", 1);
    link(a, List.of(b));
    CountDownLatch goOn = hold(a, 1);
    Row small = row(50_000);
    int count = 400;
    for (int i = 0; i < count; i++) {
      assertTrue(b.send(0, a.name, merge(i, 1, small)));
    }
    TestNode.await(
        "the room is used",
        () -> {
          assertTrue(a.links.bytesKept() <= room, "kept " + a.links.bytesKept());
          return a.links.bytesKept() > room - 51_000;
        });
    TestNode.await(
        "the control loop hears",
        () -> b.send(Transport.CONTROL, a.name, heartbeat(b)) && beats(a) > 3);
    goOn.countDown();
    TestNode.await("all are taken", () -> count(a, Merge.class) == count);
    assertEquals(0, a.links.bytesKept());
  }

  private static Message heartbeat(TestNode from) {
    return new Message.Heartbeat(from.name, 0, new byte[0], new byte[0]);
  }

  private static long beats(TestNode node) {
    return count(node, Message.Heartbeat.class);
  }

  @Test
  void replyForWhichThereIsNoRoom_becomesARefusalWhereItIsAwaited() {
    TestNode a = start("a", 2);
    TestNode b = start("b", 1);
    TestNode c = start("c", 1);
    link(a, List.of(b, c));
    CountDownLatch goOn = fill(a, List.of(b, c));
    assertTrue(b.send(0, a.name, new RowRead(7L << Message.SHARD_BITS, true, LARGEST)));
    TestNode.await("shard 0 is told", () -> count(a, Overloaded.class) == 1);
    assertEquals(0, count(b, Overloaded.class));
    goOn.countDown();
    TestNode.await("nothing is kept", () -> a.links.bytesKept() == 0);
    assertFalse(a.arrived.stream().anyMatch(arrived -> arrived.message() instanceof RowRead));
  }

  /** Each peer's message waits for loop 1, and together they use the room. */
  private static CountDownLatch fill(TestNode node, List<TestNode> peers) {
    CountDownLatch goOn = hold(node, 1);
    for (TestNode peer : peers) {
      assertTrue(peer.send(0, node.name, merge(1, 1, LARGEST)));
      TestNode.await("it has left", () -> peer.links.bytesKept() == 0);
    }
    TestNode.await(
        "the room is used", () -> node.links.bytesKept() > (long) peers.size() * LARGEST_VALUE);
    return goOn;
  }

  @Test
  void answerToAWriteForWhichThereIsNoRoom_waitsAndComesOnceThereIs() {
    TestNode a = start("a", 2);
    List<TestNode> peers = List.of(start("b", 1), start("c", 1));
    link(a, peers);
    CountDownLatch goOn = fill(a, peers);
    for (TestNode peer : peers) {
      for (int i = 0; i < 2; i++) {
        assertTrue(peer.send(0, a.name, answer(i)));
      }
    }
    for (TestNode peer : peers) {
      assertTrue(peer.send(0, a.name, new Counted(1L << Message.SHARD_BITS, 1)));
    }
    TestNode.await("short ones pass", () -> count(a, Counted.class) == 2);
    assertEquals(0, count(a, Forwarded.class));
    assertTrue(a.links.bytesKept() <= ROOM, "kept " + a.links.bytesKept());
    goOn.countDown();
    TestNode.await("all four come", () -> count(a, Forwarded.class) == 4);
    for (TestNode.Arrived arrived : a.arrived) {
      if (arrived.message() instanceof Forwarded answer) {
        assertEquals(Forwarded.Outcome.DONE, answer.outcome());
        assertEquals(LARGEST_VALUE, answer.reply().length);
      }
    }
    TestNode.await("nothing is kept here", () -> a.links.bytesKept() == 0);
    TestNode.await("nor there", () -> peers.stream().allMatch(p -> p.links.bytesKept() == 0));
  }

  private static Forwarded answer(long id) {
    return new Forwarded(
        id << Message.SHARD_BITS, Forwarded.Outcome.DONE, new byte[LARGEST_VALUE], 0, 0, 1);
  }

  @Test
  void answerToAWriteThatWaitsForRoom_goesWithItsLink() {
    TestNode a = start("a", 2);
    List<TestNode> peers = List.of(start("b", 1), start("c", 1));
    link(a, peers);
    CountDownLatch goOn = fill(a, peers);
    TestNode b = peers.get(0);
    assertTrue(b.send(0, a.name, answer(1)));
    b.links.disconnect(a.name, "for the test");
    TestNode.await("it is forgotten there", () -> b.links.bytesKept() == 0);
    goOn.countDown();
    TestNode.await("and here", () -> a.links.bytesKept() == 0);
    assertEquals(0, count(a, Forwarded.class));
  }

  @Test
  void peerThatSendsMore_leavesRoomForAnother() {
    TestNode a = start("a", 2);
    TestNode b = start("b", 1);
    TestNode c = start("c", 1);
    link(a, List.of(b, c));
    CountDownLatch goOn = hold(a, 1);
    for (int i = 0; i < 2; i++) {
      assertTrue(b.send(0, a.name, merge(i, 1, LARGEST)));
    }
    TestNode.await("one is refused", () -> count(b, Overloaded.class) == 1);
    assertTrue(c.send(0, a.name, merge(1, 1, LARGEST)));
    TestNode.await("another's is not", () -> a.links.bytesKept() > 2L * LARGEST_VALUE);
    assertEquals(0, count(c, Overloaded.class));
    goOn.countDown();
    TestNode.await("both are taken", () -> count(a, Merge.class) == 2);
    TestNode.await("nothing is kept", () -> a.links.bytesKept() == 0);
  }

  @Test
  void rowLargerThanAllTheRoom_passesWhileOthersGoOn() {
    long room = 6L * MEGABYTE;
    TestNode a = started(new TestNode.Builder("a").limits(64 * MEGABYTE, room).rooms(room, room));
    TestNode b = started(new TestNode.Builder("b").limits(64 * MEGABYTE, room).rooms(room, room));
    link(a, List.of(b));
    Row large = row(10 * MEGABYTE);
    assertTrue(a.send(0, b.name, merge(1, 0, large)));
    assertTrue(a.send(0, b.name, merge(3, 0, row(2 * MEGABYTE))));
    assertTrue(a.send(0, b.name, new Counted(1L << Message.SHARD_BITS, 1)));
    TestNode.await("all arrive", () -> b.arrived.size() == 3);
    assertTrue(has(b, 1) && has(b, 3));
    TestNode.await("nothing is kept", () -> a.links.bytesKept() + b.links.bytesKept() == 0);
  }

  @Test
  void secondRowLargerThanAllTheRoom_isRefusedUntilTheFirstHasLeft() {
    long room = 6L * MEGABYTE;
    TestNode a = started(new TestNode.Builder("a").limits(64 * MEGABYTE, room).rooms(room, room));
    TestNode b = started(new TestNode.Builder("b").limits(64 * MEGABYTE, room).rooms(room, room));
    link(a, List.of(b));
    CountDownLatch goOn = hold(b, 0);
    Row large = row(30 * MEGABYTE);
    assertTrue(a.send(0, b.name, merge(1, 0, large)));
    assertFalse(a.send(0, b.name, merge(2, 0, large)), "one at a time");
    goOn.countDown();
    TestNode.await("it arrives", () -> has(b, 1));
    TestNode.await("nothing is kept", () -> a.links.bytesKept() + b.links.bytesKept() == 0);
    assertTrue(a.send(0, b.name, merge(2, 0, large)));
    TestNode.await("so does the other", () -> has(b, 2));
  }
}
