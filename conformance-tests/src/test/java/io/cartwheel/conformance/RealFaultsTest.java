package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Processes that are killed, stopped, and robbed of their data, under a load that remembers what
 * was acknowledged. The longest gaps in service are printed; they are asserted ten times longer
 * than they should be, for the machine may be busy.
 */
@Timeout(120)
class RealFaultsTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");

  @Test
  void nodesKilledInTurn_loseNothingAcknowledged() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      everywhere(faulty, writes);
      for (int round = 0; round < (LONG ? 12 : 4); round++) {
        TestNode victim = faulty.node(round % 3);
        writes.awaitMore(500);
        writes.resetGaps();
        victim.kill();
        writes.awaitMore(1000);
        expectGapsBelow(5_000, "kill -9 of " + victim.port(), faulty, writes, victim);
        victim.start().awaitServing();
        writes.awaitMore(300);
        expectGapsBelow(5_000, "return of " + victim.port(), faulty, writes, victim);
      }
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  @Test
  void stoppedProcess_isWorkedRound_andWakesWithoutHarm() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      TestNode sleeper = faulty.node(0);
      everywhere(faulty, writes);
      try {
        for (int pauseMillis : new int[] {500, 4_000}) {
          writes.awaitMore(500);
          writes.resetGaps();
          long start = System.nanoTime();
          sleeper.pause();
          while (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) < pauseMillis) {
            writes.awaitMore(20);
          }
          sleeper.resume();
          writes.awaitMore(300);
          expectGapsBelow(10_000, "SIGSTOP of " + pauseMillis + " ms", faulty, writes, sleeper);
        }
      } finally {
        sleeper.resume();
      }
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  @Test
  void deletedDataDirectory_isFilledAgain() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      everywhere(faulty, writes);
      writes.awaitMore(2000);
      TestNode victim = faulty.node(1);
      victim.kill();
      victim.deleteData();
      victim.start().awaitServing();
      writes.awaitMore(500);
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  private static void everywhere(FaultyCluster faulty, AcknowledgedWrites writes) {
    for (int i = 0; i < faulty.cluster().size(); i++) {
      int port = faulty.node(i).port();
      writes.numbers("number:" + i + ":", port).carts("cart:", port);
    }
  }

  /** For clients of all nodes but the victim. */
  private static void expectGapsBelow(
      long millis, String fault, FaultyCluster faulty, AcknowledgedWrites writes, TestNode victim) {
    long longest = 0;
    for (TestNode node : faulty.cluster().nodes()) {
      if (node != victim) {
        longest = Math.max(longest, writes.longestGapMillis(node));
      }
    }
    System.out.println(fault + ": longest gap in service " + longest + " ms");
    assertTrue(longest < millis, fault + ": longest gap in service " + longest + " ms");
  }
}
