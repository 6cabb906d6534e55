package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of all kinds, several at a time, drawn from a seed. None of them destroys what is on a
 * disk, so nothing acknowledged may be lost whatever they are. The schedule is the seed's, the same
 * each time unless many rounds are asked for; what happens under it also depends on the machine.
 */
@Timeout(600)
class RandomFaultsTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");
  private static final int ROUNDS = LONG ? 60 : 4;
  private static final int LONGEST_MILLIS = 2_500;

  private final long seed =
      Long.getLong("cartwheel.seed", LONG ? System.nanoTime() % 1_000_000 : 1);
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void faultsOfAllKinds_loseNothingAcknowledged() throws IOException {
    String repeat =
        "mvn -pl conformance-tests test -Dtest=RandomFaultsTest -Dcartwheel.seed=" + seed;
    System.out.println("repeat with " + repeat);
    try (FaultyCluster faulty = FaultyCluster.start(5);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      for (int i = 0; i < faulty.cluster().size(); i++) {
        int port = faulty.node(i).port();
        writes.numbers("number:" + i + ":", port).carts("cart:", port);
      }
      for (int round = 0; round < ROUNDS; round++) {
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
          strike(faulty);
          pause(300);
        }
        pause(LONGEST_MILLIS);
        if (random.nextInt(3) > 0) {
          restore(faulty);
          pause(1_000);
        }
      }
      restore(faulty);
      faulty.awaitReachable(faulty.cluster().size());
      writes.awaitMore(500);
      writes.stop();
      faulty.awaitConverged(writes);
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("repeat with " + repeat, e);
    }
  }

  private void strike(FaultyCluster faulty) {
    int size = faulty.cluster().size();
    int a = random.nextInt(size);
    int b = (a + 1 + random.nextInt(size - 1)) % size;
    Flow flow = random.nextInt(2) == 0 ? Flow.HELD : Flow.LOST;
    TestNode node = faulty.node(a);
    FaultyLinks links = faulty.links();
    expectNoOwnEnd(node);
    switch (random.nextInt(7)) {
      case 0 -> node.end();
      case 1 -> {
        node.end();
        node.start();
      }
      case 2 -> {
        if (node.process().isAlive()) {
          node.pause();
        }
      }
      case 3 -> links.cut(a, b);
      case 4 -> links.split(1 + random.nextInt(size - 1));
      case 5 -> links.oneWay(a, b, flow);
      default -> links.bothWays(a, b, flow);
    }
  }

  /** All nodes run, on links as good as new. */
  private static void restore(FaultyCluster faulty) {
    faulty.links().heal();
    for (TestNode node : faulty.cluster().nodes()) {
      expectNoOwnEnd(node);
      if (node.process().isAlive()) {
        node.resume();
      } else {
        node.start();
      }
    }
    faulty.cluster().nodes().forEach(TestNode::awaitServing);
  }

  private static void expectNoOwnEnd(TestNode node) {
    assertFalse(node.hasEndedByItself(), () -> node.port() + " has ended\n" + node.log());
  }

  private void pause(int mostMillis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(mostMillis)));
  }
}
