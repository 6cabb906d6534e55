package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes on machines that lose their power under load: the process is gone, and so is what it had
 * not synced ({@link ForgetfulDisk}). In some cuts all of that is lost, in the others, by a seed,
 * of each file what came after some moment.
 */
@Timeout(300)
class PowerLossTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * A sync that is due each second takes its time, and begins when the machine gets round to it,
   * which with all this on two cores may be late. On an idle one the oldest write that is lost, of
   * which each cut prints the age, is about a second old.
   */
  private static final long LATE_MILLIS = 500;

  /** So long a round loads at least: then there are everysec's writes that must be there. */
  private static final long LOAD_NANOS = 3 * SECOND_NANOS;

  private final long seed =
      Long.getLong("cartwheel.seed", LONG ? System.nanoTime() % 1_000_000 : 1);
  private final SplittableRandom random = new SplittableRandom(seed);

  /** One round's load, and when the power went. */
  private record Round(DatedWrites always, DatedWrites everySecond, long cutNanos) {}

  @Test
  void allAtOnce_nothingIsMissingWithAlways_andAtMostASecondWithEverysec() throws IOException {
    String repeat = "mvn -pl conformance-tests test -Dtest=PowerLossTest -Dcartwheel.seed=" + seed;
    System.out.println("repeat with " + repeat);
    try (TestCluster cluster = TestCluster.prepare(3, KillTest.PATIENT);
        Machines machines = Machines.of(cluster)) {
      assumeTrue(machines != null, ForgetfulDiskTest.SKIPPED);
      for (TestNode node : cluster.nodes()) {
        node.with("cartwheel.keyspaces.\"always:\".fsync=always").start();
      }
      cluster.nodes().forEach(TestNode::awaitServing);
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < (LONG ? 40 : 4); i++) {
        rounds.add(cutAllUnderLoad(cluster, machines, i));
        cluster.nodes().forEach(TestNode::awaitServing);
        for (TestNode node : cluster.nodes()) {
          assertOpenedWithoutComplaint(node);
          for (Round round : rounds) {
            assertKept(round, node);
          }
        }
      }
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("repeat with " + repeat, e);
    }
  }

  /**
   * The first cut comes directly after the first start: what that has made must be there as well.
   * In each second round nothing else takes to the disk what was written with {@code everysec}:
   * nobody writes with {@code always}, and the nodes have ended comparing what they hold.
   */
  private Round cutAllUnderLoad(TestCluster cluster, Machines machines, int round) {
    boolean isFirst = round == 0;
    boolean withAlways = round % 2 == 0;
    try (DatedWrites always = new DatedWrites();
        DatedWrites everySecond = new DatedWrites()) {
      if (!withAlways) {
        awaitCurrent(cluster);
      }
      long start = System.nanoTime();
      for (TestNode node : cluster.nodes()) {
        String prefix = round + ":" + node.port() + ":";
        if (withAlways) {
          always.client("always:a:" + prefix, node).client("always:b:" + prefix, node);
        }
        everySecond.client("everysec:" + prefix, node);
      }
      always.awaitMore(withAlways ? isFirst ? 50 : 1_000 : 0);
      everySecond.awaitMore(isFirst ? 50 : 1_000);
      if (!isFirst) {
        long loadNanos = LOAD_NANOS + random.nextLong(SECOND_NANOS);
        LockSupport.parkNanos(start + loadNanos - System.nanoTime());
      }
      long cutNanos = System.nanoTime();
      boolean losesAll = round % 4 == 1 || round % 4 == 2;
      machines.cut(cluster.nodes(), losesAll ? 0 : 1 + random.nextInt(1_000_000));
      always.stop();
      everySecond.stop();
      System.out.println(
          always.acknowledged() + " and " + everySecond.acknowledged() + " writes acknowledged");
      machines.start(cluster.nodes());
      return new Round(always, everySecond, cutNanos);
    }
  }

  private static void assertKept(Round round, TestNode node) throws IOException {
    assertEquals(List.of(), round.always().lost(node), "with fsync=always");
    List<DatedWrites.Lost> lost = round.everySecond().lost(node);
    if (!lost.isEmpty()) {
      long oldest = lost.stream().mapToLong(l -> ageMillis(round, l)).max().getAsLong();
      System.out.println("with everysec there is gone what was " + oldest + " ms old");
    }
    assertEquals(
        List.of(),
        lost.stream().filter(l -> ageMillis(round, l) > 1_000 + LATE_MILLIS).toList(),
        "with fsync=everysec, of what was acknowledged more than a second before");
  }

  /** How long before the power went it was acknowledged. */
  private static long ageMillis(Round round, DatedWrites.Lost lost) {
    return TimeUnit.NANOSECONDS.toMillis(round.cutNanos() - lost.acknowledgedNanos());
  }

  @Test
  void oneAfterTheOther_nothingAcknowledgedIsMissingInAnyFsyncMode() throws IOException {
    try (FaultyCluster faulty =
            FaultyCluster.prepare(
                3,
                "cartwheel.keyspaces.\"always:\".fsync=always",
                "cartwheel.keyspaces.\"no:\".fsync=no");
        Machines machines = Machines.of(faulty.cluster());
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      assumeTrue(machines != null, ForgetfulDiskTest.SKIPPED);
      faulty.startAll();
      for (TestNode node : faulty.cluster().nodes()) {
        for (String mode : List.of("always:", "everysec:", "no:")) {
          writes.numbers(mode + node.port() + ":", node.port());
        }
        writes.carts("cart:", node.port());
      }
      for (int i = 0; i < (LONG ? 12 : 3); i++) {
        writes.awaitMore(1_000);
        List<TestNode> one = List.of(faulty.node(i % 3));
        machines.cut(one, i % 2 == 0 ? 0 : 1 + random.nextInt(1_000_000));
        writes.awaitMore(500);
        machines.start(one);
        one.get(0).awaitServing();
        assertOpenedWithoutComplaint(one.get(0));
        faulty.awaitReachable(3);
        awaitCurrent(faulty.cluster());
      }
      writes.awaitMore(500);
      writes.stop();
      faulty.awaitConverged(writes);
    }
  }

  private static void awaitCurrent(TestCluster cluster) {
    for (TestNode node : cluster.nodes()) {
      Await.until(node.port() + " has what it missed", 60_000, () -> isCurrent(node));
    }
  }

  private static boolean isCurrent(TestNode node) throws IOException {
    try (RawClient client = new RawClient(node.port())) {
      return client.call("INFO", "ring").contains("ring_partitions_not_current:0\r\n");
    }
  }

  private static void assertOpenedWithoutComplaint(TestNode node) {
    String log = node.log();
    log = log.substring(Math.max(0, log.lastIndexOf("Server: Cartwheel ")));
    assertTrue(log.contains("Cartwheel"), log);
    assertFalse(log.contains("ERROR") || log.contains("\tat "), log);
  }
}
