package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class OwnTimeTest {
  private static final long USUAL = 50_000_000;
  private static final long STEP = OwnTime.GREATEST_STEP_NANOS;

  @Test
  void aWatchedTime_countsEachStepUpToTheGreatest_anotherAllOfIt() {
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      OwnTime time = new OwnTime(USUAL);
      long machine = random.nextLong(1L << 40);
      long own = time.at(machine, true);
      for (int i = 0; i < 200; i++) {
        if (random.nextInt(10) == 0) {
          time.watch(!time.isWatched());
        }
        long step = random.nextLong(random.nextBoolean() ? STEP : 100 * STEP);
        machine += step;
        long next = time.at(machine, true);
        assertEquals(time.isWatched() ? Math.min(step, STEP) : step, next - own, "seed " + seed);
        own = next;
      }
    }
  }

  @Test
  void whereEvenTheQuickerAnswersTakeLong_itGoesMoreSlowly_andBackAgain() {
    OwnTime time = new OwnTime(USUAL);
    SplittableRandom random = new SplittableRandom(1);
    answers(time, 1_000, () -> random.nextLong(2 * USUAL / 10));
    assertEquals(1, time.patience());
    answers(time, 1_000, () -> 3 * USUAL + random.nextLong(4 * USUAL));
    assertEquals(4, time.patience(), 1);
    long own = time.at(0, true);
    long hour = 3_600_000_000_000L;
    assertEquals(hour / time.patience(), (double) (time.at(hour, true) - own), 1_000);
    answers(time, 1_000, () -> 1_000 * USUAL);
    assertEquals(OwnTime.MOST_PATIENCE, time.patience());
    answers(time, 200, () -> random.nextLong(USUAL / 10));
    assertEquals(1, time.patience());
  }

  @Test
  void aSingleSlowPeer_makesNobodyPatient() {
    OwnTime time = new OwnTime(USUAL);
    SplittableRandom random = new SplittableRandom(1);
    answers(time, 10_000, () -> random.nextBoolean() ? 20 * USUAL : random.nextLong(USUAL / 2));
    assertEquals(1, time.patience());
  }

  private static void answers(OwnTime time, int count, LongSupplier took) {
    for (int i = 0; i < count; i++) {
      time.onAnswered(took.getAsLong());
    }
  }

  @Test
  void aWriteWhoseNodeWasHeldUp_isCarriedOutAfterwards() {
    for (long seed = 0; seed < 50; seed++) {
      TestCluster cluster = new TestCluster(seed, 3, 3, 2, 2);
      Later<WriteResult> later = cluster.incr(1, "k");
      cluster.time.advanceMillis(0);
      cluster.node(1).loop.pause();
      cluster.time.advanceMillis(5_000);
      cluster.node(1).loop.resume();
      assertEquals("1", cluster.awaitReply(later), "seed " + seed);
    }
  }

  @Test
  void aForwardedWriteWhoseNodeWasHeldUp_isCarriedOutAfterwards() {
    for (long seed = 0; seed < 50; seed++) {
      TestCluster cluster = new TestCluster(seed, 3, 3, 2, 2);
      // What the coordinator decides before its sender is held up arrives while it is.
      Later<WriteResult> later = cluster.incr(3, "k");
      cluster.time.advanceMillis(0);
      cluster.node(3).loop.pause();
      cluster.time.advanceMillis(5_000);
      cluster.node(3).loop.resume();
      assertEquals("1", cluster.awaitReply(later), "seed " + seed);
    }
  }

  @Test
  void whoIsNotHeldUp_answersAfterTheRequestTimeout() {
    TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);
    cluster.lost = sent -> true;
    long begun = cluster.time.monotonicNanos();
    WriteResult result = cluster.await(cluster.incr(1, "k"));
    assertTrue(result.failure() instanceof Failure.NoQuorum, "" + result);
    long tookMillis = (cluster.time.monotonicNanos() - begun) / 1_000_000;
    assertTrue(tookMillis <= cluster.settings.requestTimeoutMillis() + 50, tookMillis + " ms");
  }
}
