package io.cartwheel.conformance;

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
@Timeout(600)
class PowerLossTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");

  /**
   * A sync that is due each second takes its time, and begins when the machine gets round to it. On
   * an idle one the oldest write that is lost, of which each cut prints the age, is about a second
   * old; on a busy one a {@link SyncProbe} says how much more may be forgiven.
   */
  private static final long LATE_MILLIS = 500;

  private final long seed =
      Long.getLong("cartwheel.seed", LONG ? System.nanoTime() % 1_000_000 : 1);
  private final SplittableRandom random = new SplittableRandom(seed);

  /** One round's load, and when the power went. */
  private static final class Round implements AutoCloseable {
    final DatedWrites always = new DatedWrites();
    final DatedWrites everySecond = new DatedWrites();
    long cutNanos;
    long forgivenMillis;

    @Override
    public void close() {
      always.close();
      everySecond.close();
    }
  }

  @Test
  void allAtOnce_nothingAcknowledgedWithAlwaysIsMissing() throws IOException {
    cutAll(
        LONG ? 30 : 3,
        List.of(
            "cartwheel.keyspaces.\"always:\".fsync=always",
            "cartwheel.keyspaces.\"always:one:\".fsync=always",
            "cartwheel.keyspaces.\"always:one:\".n=1",
            "cartwheel.keyspaces.\"always:one:\".r=1",
            "cartwheel.keyspaces.\"always:one:\".w=1"),
        (cluster, number, round) -> {
          // The first cut comes soon after the first start: what that has made must be there, too.
          int writes = number == 0 ? 50 : 1_000;
          for (TestNode node : cluster.nodes()) {
            String prefix = number + ":" + node.port() + ":";
            round.always.client("always:" + prefix, node).client("always:one:" + prefix, node);
            round.everySecond.client("everysec:" + prefix, node);
          }
          round.always.awaitMore(writes);
          round.everySecond.awaitMore(writes);
          parkMillis(number == 0 ? 0 : random.nextInt(1_500));
          return number % 3 == 2 ? 1 + random.nextInt(1_000_000) : 0;
        });
  }

  /**
   * Nothing else takes to the disk what was written: nobody writes with {@code always}, and the
   * nodes have ended comparing what they hold. Most keys have one copy, for of more the node that
   * synced last keeps what the others lose. A node syncs at whole seconds after its start: so the
   * loads take so long that the last sync there should be is not always as old.
   */
  @Test
  void allAtOnce_nothingOlderThanASecondIsMissingWithEverysec() throws IOException {
    cutAll(
        LONG ? 30 : 3,
        List.of(
            "cartwheel.keyspaces.\"one:\".n=1",
            "cartwheel.keyspaces.\"one:\".r=1",
            "cartwheel.keyspaces.\"one:\".w=1"),
        (cluster, number, round) -> {
          awaitCurrent(cluster);
          long start = System.nanoTime();
          for (TestNode node : cluster.nodes()) {
            String prefix = number + ":" + node.port() + ":";
            round.everySecond.client("one:" + prefix, node).client("three:" + prefix, node);
          }
          round.everySecond.awaitMore(1_000);
          parkMillis(2_500 + 900 * (number % 3) - millisSince(start));
          return 0;
        });
  }

  /** What a round does until the power goes. */
  private interface Loading {
    /** Returns the seed of the cut. */
    long begin(TestCluster cluster, int number, Round round);
  }

  private void cutAll(int count, List<String> settings, Loading loading) throws IOException {
    String repeat = "mvn -pl conformance-tests test -Dtest=PowerLossTest -Dcartwheel.seed=" + seed;
    System.out.println("repeat with " + repeat);
    try (TestCluster cluster = TestCluster.prepare(3, KillTest.PATIENT);
        Machines machines = Machines.of(cluster)) {
      assumeTrue(machines != null, ForgetfulDiskTest.SKIPPED);
      for (TestNode node : cluster.nodes()) {
        node.with(settings.toArray(String[]::new)).start();
      }
      cluster.nodes().forEach(TestNode::awaitServing);
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        try (Round round = new Round();
            SyncProbe probe = machines.probe()) {
          rounds.add(round);
          long cutSeed = loading.begin(cluster, i, round);
          round.cutNanos = System.nanoTime();
          if (round.always.acknowledged() > 0) {
            machines.cutInSync(cluster.nodes(), cutSeed);
          } else {
            machines.cut(cluster.nodes(), cutSeed);
          }
          round.forgivenMillis = LATE_MILLIS + 2 * probe.latestMillis();
        }
        machines.start(cluster.nodes());
        cluster.nodes().forEach(TestNode::awaitServing);
        for (TestNode node : cluster.nodes()) {
          assertOpenedWithoutComplaint(node);
          for (Round each : rounds) {
            assertKept(each, node);
          }
        }
      }
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("repeat with " + repeat, e);
    }
  }

  /** After a while: an owner may not have yet what another took in its stead. */
  private static void assertKept(Round round, TestNode node) throws IOException {
    FaultyCluster.awaitNone("missing at " + node.port(), () -> missing(round, node));
    long oldestMillis =
        round.everySecond.lost(node).stream()
            .mapToLong(lost -> ageMillis(round, lost))
            .max()
            .orElse(0);
    System.out.println(
        "of "
            + round.everySecond.acknowledged()
            + " writes with everysec there is gone what was at most "
            + oldestMillis
            + " ms old; a second is forgiven, and "
            + round.forgivenMillis
            + " ms");
  }

  private static List<String> missing(Round round, TestNode node) throws IOException {
    List<String> missing = new ArrayList<>();
    for (DatedWrites.Lost lost : round.always.lost(node)) {
      missing.add("with always " + lost);
    }
    for (DatedWrites.Lost lost : round.everySecond.lost(node)) {
      long ageMillis = ageMillis(round, lost);
      if (ageMillis > 1_000 + round.forgivenMillis) {
        missing.add("with everysec, " + ageMillis + " ms old, " + lost);
      }
    }
    return missing;
  }

  /** How long before the power went it was acknowledged. */
  private static long ageMillis(Round round, DatedWrites.Lost lost) {
    return TimeUnit.NANOSECONDS.toMillis(round.cutNanos - lost.acknowledgedNanos());
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

  private static void parkMillis(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
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
