package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Links between three nodes that are cut, or silent both ways or one way, under a load at all of
 * them: each node still reaches another, or is reached by it.
 */
@Timeout(120)
class LinkFaultsTest {
  /** Longer than it takes to see that a connected peer is silent, and to give its connection up. */
  private static final long SILENCE_MILLIS = 7_000;

  private static final long CUT_MILLIS = 2_000;

  private interface Fault {
    void strike(FaultyLinks links);
  }

  @Test
  void cutLinks_loseNothingAcknowledged() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = load(faulty)) {
      during("a link cut", links -> links.cut(0, 1), CUT_MILLIS, faulty, writes);
      assertEquals(3, FaultyCluster.reachable(faulty.node(0)));
      during(
          "a node cut off",
          links -> {
            links.cut(2, 0);
            links.cut(2, 1);
          },
          CUT_MILLIS,
          faulty,
          writes);
      for (int i = 0; i < 5; i++) {
        int node = i % 3;
        during("a short cut", links -> links.cut(node, (node + 1) % 3), 100, faulty, writes);
      }
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  @Test
  void silentLinks_loseNothingAcknowledged() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = load(faulty)) {
      during(
          "a link silent both ways",
          links -> links.bothWays(0, 1, Flow.HELD),
          SILENCE_MILLIS,
          faulty,
          writes);
      during(
          "a link silent both ways, briefly",
          links -> links.bothWays(1, 2, Flow.HELD),
          500,
          faulty,
          writes);
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  @Test
  void linksSilentOneWay_loseNothingAcknowledged() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = load(faulty)) {
      during(
          "a node not heard by another",
          links -> links.oneWay(0, 1, Flow.LOST),
          SILENCE_MILLIS,
          faulty,
          writes);
      during(
          "a node not heard by two",
          links -> {
            links.oneWay(2, 0, Flow.HELD);
            links.oneWay(2, 1, Flow.HELD);
          },
          SILENCE_MILLIS,
          faulty,
          writes);
      during(
          "a node that hears nobody",
          links -> {
            links.oneWay(0, 1, Flow.LOST);
            links.oneWay(2, 1, Flow.LOST);
          },
          CUT_MILLIS,
          faulty,
          writes);
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  private static AcknowledgedWrites load(FaultyCluster faulty) {
    AcknowledgedWrites writes = new AcknowledgedWrites();
    for (int i = 0; i < faulty.cluster().size(); i++) {
      int port = faulty.node(i).port();
      writes.numbers("number:" + i + ":", port).carts("cart:", port);
    }
    return writes;
  }

  /** The cluster as a whole goes on meanwhile; prints what clients of each node noticed. */
  private static void during(
      String name, Fault fault, long millis, FaultyCluster faulty, AcknowledgedWrites writes) {
    writes.awaitMore(300);
    writes.resetGaps();
    long start = System.nanoTime();
    fault.strike(faulty.links());
    do {
      writes.awaitMore(20);
    } while (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) < millis);
    StringBuilder gaps = new StringBuilder();
    long shortest = Long.MAX_VALUE;
    for (TestNode node : faulty.cluster().nodes()) {
      long gap = writes.longestGapMillis(node);
      gaps.append(' ').append(gap);
      shortest = Math.min(shortest, gap);
    }
    System.out.println(name + ": longest gaps in service at each node" + gaps + " ms");
    assertTrue(shortest < 10_000, name + ": longest gaps in service " + gaps + " ms");
    faulty.links().heal();
    faulty.awaitReachable(faulty.cluster().size());
  }
}
