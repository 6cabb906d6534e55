package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Values of the largest size fill what coordinators keep; what is refused is told, and it passes.
 */
class WriteRoomTest {
  private static final int LARGEST_VALUE = 16 << 20;

  /** Two values of the largest size fit. */
  private static final long ROOM = 40L << 20;

  private final CoordinatorSettings.Rooms rooms =
      new CoordinatorSettings.Rooms(
          new ByteBudget(ROOM), new ByteBudget(ROOM), new ByteBudget(ROOM), new ByteBudget(ROOM));
  private final TestCluster cluster =
      new TestCluster(
          3,
          3,
          new CoordinatorSettings(
              1_000,
              300,
              150,
              100,
              32 << 20,
              5_000,
              30_000,
              CoordinatorSettings.Limits.DEFAULTS.with(rooms)),
          TestCluster.keyspace(3, 2, 2));
  private final String value = "v".repeat(LARGEST_VALUE);
  private long mostBytes;

  /** Looks at a room whenever something is sent. */
  private boolean watch(ByteBudget room) {
    mostBytes = Math.max(mostBytes, room.bytes());
    return false;
  }

  private void checkFilled(ByteBudget room) {
    assertTrue(mostBytes <= ROOM, mostBytes + " bytes were kept");
    assertTrue(mostBytes >= 2L * LARGEST_VALUE, "only " + mostBytes + " bytes were kept");
    assertEquals(0, room.bytes());
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
  }

  @Test
  void writesThatWait_areBoundedAndOthersFollow() {
    cluster.lost = s -> watch(rooms.writes());
    List<Later<WriteResult>> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(cluster.set(1, "k" + i, value));
    }
    all.forEach(cluster::awaitReply);
    cluster.settle();
    checkFilled(rooms.writes());
    assertEquals("OK", cluster.awaitReply(cluster.set(1, "k4", value)));
  }

  @Test
  void writesOfPeersThatArePassedOn_areBoundedAndOthersAreBusy() {
    cluster.lost = s -> watch(rooms.writes()) || s.is(Forward.class, "n1");
    TestNode second = cluster.node(2);
    for (int i = 0; i < 5; i++) {
      Forward forward = forward(i);
      second.loop.execute(() -> second.shard.onMessage(cluster.names.get(2), forward));
    }
    cluster.time.advanceMillis(cluster.settings.requestTimeoutMillis(LARGEST_VALUE));
    cluster.settle();
    List<Outcome> outcomes =
        cluster.sent.stream()
            .filter(s -> s.message() instanceof Forwarded)
            .map(s -> ((Forwarded) s.message()).outcome())
            .toList();
    assertEquals(
        List.of(Outcome.BUSY, Outcome.BUSY, Outcome.BUSY, Outcome.NO_QUORUM, Outcome.NO_QUORUM),
        outcomes);
    checkFilled(rooms.writes());
  }

  private Forward forward(int number) {
    long now = cluster.node(3).hybrid.now();
    Write write =
        new Write(
            List.of(("k" + number).getBytes(UTF_8)),
            Kind.PLAIN,
            ("SET " + value).getBytes(UTF_8),
            VersionVector.EMPTY,
            0,
            new RequestId(9, number + 1),
            now,
            now + HybridClock.ofMillis(300),
            false);
    return new Forward(7_000_000 + number, 0, 1, write, false);
  }

  @Test
  void answeredWritesThatWaitForTheirLastOwner_areBoundedAndItIsLeftToRepair() {
    cluster.lost = s -> watch(rooms.lingering()) || s.is(Merge.class, "n3");
    for (int i = 0; i < 4; i++) {
      assertEquals("OK", cluster.awaitReply(cluster.set(1, "k" + i, value)));
    }
    cluster.time.advanceMillis(cluster.settings.requestTimeoutMillis(LARGEST_VALUE));
    cluster.settle();
    checkFilled(rooms.lingering());
    assertEquals(4, cluster.kept.size(), "what n3 missed is kept for it");
  }

  private Later<WriteResult> take(int entry, String key) {
    return cluster.write(entry, key, Kind.READ_MODIFY_WRITE, "GETDEL");
  }

  @Test
  void replyThatCannotLeave_waitsUntilItCan() {
    cluster.awaitReply(cluster.set(1, "k", value));
    cluster.unsendable = s -> watch(rooms.replies()) || s.is(Forwarded.class);
    Later<WriteResult> taken = take(3, "k");
    cluster.time.advanceMillis(500);
    assertEquals(LARGEST_VALUE, mostBytes);
    assertFalse(taken.isDone());
    cluster.unsendable = s -> false;
    assertEquals(LARGEST_VALUE, cluster.awaitReply(taken).length());
    cluster.settle();
    assertEquals(0, rooms.replies().bytes());
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
  }

  @Test
  void replyThatCannotLeave_isDroppedWithItsConnection() {
    cluster.awaitReply(cluster.set(1, "k", value));
    cluster.unsendable = s -> s.is(Forwarded.class);
    take(3, "k");
    cluster.time.advanceMillis(100);
    assertEquals(LARGEST_VALUE, rooms.replies().bytes());
    cluster.kill(3, 1);
    cluster.settle();
    assertEquals(0, rooms.replies().bytes());
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
  }

  @Test
  void writesWhoseRepliesHaveNoRoom_areNotExecutedAndFollow() {
    int count = 5;
    for (int i = 0; i < count; i++) {
      cluster.awaitReply(cluster.set(1, "k" + i, value));
    }
    cluster.settle();
    cluster.unsendable = s -> watch(rooms.replies()) || isDone(s);
    List<Later<WriteResult>> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(take(3, "k" + i));
    }
    cluster.time.advanceMillis(100);
    long deleted = 0;
    for (int i = 0; i < count; i++) {
      deleted += cluster.held(1, "k" + i).isEmpty() ? 1 : 0;
    }
    assertEquals(2, deleted, "so many replies have room");
    cluster.unsendable = s -> watch(rooms.replies());
    taken.forEach(t -> assertEquals(LARGEST_VALUE, cluster.awaitReply(t).length()));
    cluster.settle();
    checkFilled(rooms.replies());
  }

  /** The answer to a write that was executed. */
  private static boolean isDone(TestCluster.Sent sent) {
    return sent.message() instanceof Forwarded answer && answer.outcome() == Outcome.DONE;
  }

  @Test
  void answersForDoubledMessages_areBounded_andWithoutOneAWriteMayHaveTakenEffect() {
    ByteBudget room = rooms.answers();
    RecentAttempts recent = new RecentAttempts(1_000, room);
    for (int i = 0; i < 4; i++) {
      Write write = forward(i).write();
      PendingWrite pending = new PendingWrite(write, List.of(), null, 0, 0);
      recent.add(write, pending, i);
      pending.end(Ended.done(new byte[LARGEST_VALUE]));
      assertTrue(room.bytes() <= ROOM);
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      assertTrue(recent.find(forward(i).write(), 10, ended -> outcomes.add(ended.outcome())));
    }
    assertEquals(
        List.of(Outcome.DONE, Outcome.DONE, Outcome.NO_QUORUM, Outcome.NO_QUORUM), outcomes);
    assertFalse(recent.find(forward(9).write(), 2_000, ended -> {}));
    assertEquals(0, recent.size());
    assertEquals(0, room.bytes());
  }

  @Test
  void attemptsThatAreRemembered_areCounted() {
    RecentAttempts recent = new RecentAttempts(1_000, rooms.answers());
    Write first = forward(0).write();
    for (int i = 0; i < RecentAttempts.MAX_ATTEMPTS; i++) {
      assertFalse(recent.isFull());
      Write write =
          new Write(
              first.keys(),
              first.kind(),
              new byte[0],
              first.past(),
              0,
              first.request(),
              first.firstSent(),
              i,
              false);
      recent.add(write, new PendingWrite(write, List.of(), null, 0, 0), 0);
    }
    assertTrue(recent.isFull());
    recent.forget(2_000);
    assertFalse(recent.isFull());
  }
}
