package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Writes whose time has passed while the process, or its disk, stood still. */
class LateWritesTest {

  @Test
  void write_thatItsOwnNodeFindsTooLate_isTriedAgain_forTheNodeWasHeldUp() {
    TestCluster cluster = new TestCluster(1, 1, 1, 1, 1);
    cluster.node(1).rows.coldMillis = 100;
    Later<WriteResult> write = cluster.write(1, "k", Kind.PLAIN, "SET v");
    cluster.time.advanceMillis(50);
    cluster.node(1).stoodStillMillis = 2_000;
    assertEquals("OK", cluster.awaitReply(write));
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(1, "k"));
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
  }

  @Test
  void readModifyWrite_waitsForItsOneAttemptUntilItsOwnDeadline() {
    TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);
    cluster.node(1).rows.coldMillis = 400;
    assertEquals("1", cluster.awaitReply(cluster.incr(3, "k")));
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class, "n1")));
  }

  @Test
  void attempts_ofOneRequestAreToldApart() {
    for (int start = 0; start < 20; start++) {
      TestCluster cluster = new TestCluster(start, 4, 3, 2, 2);
      cluster.part(4, 2);
      cluster.part(4, 3);
      cluster.time.settle();
      PartitionTable table = cluster.node(1).table;
      cluster.node(1).table = null;
      List<Later<WriteResult>> write = new ArrayList<>();
      cluster.time.after(start * 50_000L, () -> write.add(cluster.incr(4, "k")));
      cluster.time.advanceMillis(10);
      cluster.node(1).table = table;
      assertEquals("1", cluster.awaitReply(write.get(0)), "start " + start);
      cluster.settle();
      assertEquals(2, cluster.sentCount(s -> s.is(Forward.class, "n1")), "start " + start);
    }
  }

  /**
   * The clock that led all others is set back, so hybrid time runs at half the speed by which the
   * sender gives its attempt up; the owner that wakes after any while must not take the attempt.
   */
  @Test
  void pausedFirstOwner_doesNotOverwriteWhatCameLaterThoughAClockWasSetBack() {
    for (int seed = 1; seed <= 100; seed++) {
      TestCluster cluster = new TestCluster(seed, 3, 3, 2, 2);
      SplittableRandom random = new SplittableRandom(seed);
      if (random.nextBoolean()) {
        cluster.makeCurrent();
      }
      cluster.node(3).wallAheadMillis = 1 + random.nextLong(5_000);
      cluster.awaitReply(cluster.set(3, "k", "first"));
      cluster.node(3).wallAheadMillis = 0;
      cluster.node(1).isPaused = true;
      Later<WriteResult> early = cluster.set(3, "k", "early");
      cluster.time.advanceMillis(random.nextLong(20));
      cluster.part(1, 2);
      cluster.part(1, 3);
      assertEquals("OK", cluster.awaitReply(early), "seed " + seed);
      assertEquals("OK", cluster.awaitReply(cluster.set(3, "k", "late")), "seed " + seed);
      cluster.time.advanceMillis(random.nextLong(700));
      cluster.join(1, 2);
      cluster.join(1, 3);
      cluster.node(1).isPaused = false;
      cluster.settle();
      assertTrue(cluster.read(2, "k").contains("late"), "seed " + seed);
    }
  }

  @Test
  void coordinatorThatHasForgottenTheTime_isToldByItsRows() {
    TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);
    cluster.lost = s -> s.is(Forward.class, "n1");
    Later<WriteResult> early = cluster.set(3, "k", "early");
    assertEquals("OK", cluster.awaitReply(early));
    assertEquals("OK", cluster.awaitReply(cluster.set(2, "k", "late")));
    cluster.settle();
    TestCluster.Sent late =
        cluster.sent.stream().filter(s -> s.is(Forward.class, "n1")).findFirst().orElseThrow();
    cluster.kill(1, 0);
    cluster.restart(1);
    // Its clock has been set back while it was down, and nobody has told it the time.
    cluster.node(1).wallAheadMillis = -20_000;
    cluster.node(1).isCurrent = true;
    cluster.lost = s -> s.to().value().equals("n1");
    cluster.deliverAsOfThen(late);
    cluster.settle();
    assertEquals(List.of("late"), cluster.held(1, "k"));
  }
}
