package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes on machines that lose their power under load: the process is gone, and so is what it had
 * not synced ({@link ForgetfulDisk}). In some cuts all of that is lost, in the others, by a seed,
 * of each file what came after some moment.
 *
 * <p>Where all lose it, each disk does when a sync of it was to end: an answer that did not wait
 * for that sync is out, and what waits for its second is as old as it can become. Each cut prints
 * how old the oldest write was that is gone.
 */
@Timeout(600)
class PowerLossTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");

  /**
   * A sync that is due each second takes its time, and begins when the machine gets round to it. On
   * an idle one the oldest write that is gone is 1.0 to 1.1 seconds old; on a busy one a {@link
   * DiskProbe} says how much more than this may be forgiven.
   */
  private static final long LATE_MILLIS = 500;

  /** Those of one copy show each node's own syncs: of more, who synced last keeps them all. */
  private static final String[] SETTINGS = {
    "cartwheel.keyspaces.\"always:\".fsync=always",
    "cartwheel.keyspaces.\"always:one:\".fsync=always",
    "cartwheel.keyspaces.\"always:one:\".n=1",
    "cartwheel.keyspaces.\"always:one:\".r=1",
    "cartwheel.keyspaces.\"always:one:\".w=1",
    "cartwheel.keyspaces.\"one:\".n=1",
    "cartwheel.keyspaces.\"one:\".r=1",
    "cartwheel.keyspaces.\"one:\".w=1"
  };

  private final long seed =
      Long.getLong("cartwheel.seed", LONG ? System.nanoTime() % 1_000_000 : 1);
  private final SplittableRandom random = new SplittableRandom(seed);

  /** One round's load, and when the power of each node went. */
  private static final class Round implements AutoCloseable {
    final DatedWrites always = new DatedWrites();
    final DatedWrites alwaysOneCopy = new DatedWrites();
    final DatedWrites everySecond = new DatedWrites();
    Map<TestNode, Long> cutNanos = Map.of();

    /** Comes back later than the others; null where none does. */
    TestNode absent;

    long forgivenMillis;

    @Override
    public void close() {
      always.close();
      alwaysOneCopy.close();
      everySecond.close();
    }
  }

  /**
   * Also where one machine never comes back: a write is on W disks. In every other round one node
   * has all the clients: no sync of anybody's own writes then brings one to a disk that it was
   * acknowledged without.
   */
  @Test
  void allAtOnce_nothingAcknowledgedWithAlwaysIsMissing() throws IOException {
    cutAll(
        LONG ? 20 : 2,
        (cluster, number, round) -> {
          TestNode one = cluster.node(number / 2 % 3);
          boolean onlyOne = number % 2 == 0;
          for (TestNode node : onlyOne ? List.of(one) : cluster.nodes()) {
            String prefix = number + ":" + node.port() + ":";
            round.always.client("always:" + prefix, node, node);
            round.alwaysOneCopy.client("always:one:" + prefix, node, node);
            if (!onlyOne) {
              round.everySecond.client("everysec:" + prefix, node);
            }
          }
          // The first cut comes soon after the first start: what that has made must be there, too.
          int writes = number == 0 ? 50 : 1_000;
          round.always.awaitMore(writes);
          round.alwaysOneCopy.awaitMore(writes);
          round.absent = one;
          return number % 4 == 1 ? 1 + random.nextInt(1_000_000) : 0;
        });
  }

  /** Nothing else takes to the disk what was written: nobody writes with {@code always}. */
  @Test
  void allAtOnce_nothingOlderThanASecondIsMissingWithEverysec() throws IOException {
    cutAll(
        LONG ? 20 : 2,
        (cluster, number, round) -> {
          for (TestNode node : cluster.nodes()) {
            String prefix = number + ":" + node.port() + ":";
            round.everySecond.client("one:" + prefix, node, node).client("three:" + prefix, node);
          }
          round.everySecond.awaitMore(1_000);
          return 0;
        });
  }

  /** What a round does until the power goes. */
  private interface Loading {
    /** Returns the seed of the cut. */
    long begin(TestCluster cluster, int number, Round round) throws IOException;
  }

  private void cutAll(int count, Loading loading) throws IOException {
    String repeat = "mvn -pl conformance-tests test -Dtest=PowerLossTest -Dcartwheel.seed=" + seed;
    System.out.println("repeat with " + repeat);
    try (TestCluster cluster = TestCluster.prepare(3, KillTest.PATIENT);
        Machines machines = Machines.of(cluster)) {
      assumeTrue(machines != null, ForgetfulDiskTest.SKIPPED);
      cluster.nodes().forEach(node -> node.with(SETTINGS).start());
      cluster.nodes().forEach(TestNode::awaitServing);
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        // While nodes compare what they hold they sync more than a load asks for.
        awaitCurrent(cluster);
        try (Round round = new Round();
            DiskProbe probe = machines.probe()) {
          rounds.add(round);
          long cutSeed = loading.begin(cluster, i, round);
          System.out.println("the power goes, seed " + cutSeed);
          round.cutNanos = machines.cutInSync(cluster.nodes(), cutSeed);
          round.forgivenMillis = LATE_MILLIS + 2 * probe.latestMillis();
        }
        startAndAssertKept(machines, cluster, rounds.get(i));
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

  /** Of what W nodes have, one may be absent. */
  private static void startAndAssertKept(Machines machines, TestCluster cluster, Round round)
      throws IOException {
    List<TestNode> first = new ArrayList<>(cluster.nodes());
    first.remove(round.absent);
    machines.start(first);
    first.forEach(TestNode::awaitServing);
    if (round.absent != null) {
      for (TestNode node : first) {
        FaultyCluster.awaitNone(
            "missing at " + node.port() + " without " + round.absent.port(),
            () -> round.always.lost(node).stream().map(DatedWrites.Lost::toString).toList());
      }
      machines.start(List.of(round.absent));
      round.absent.awaitServing();
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
    boolean isGone = oldestMillis > 0;
    assertTrue(isGone || round.always.acknowledged() > 0, "nothing is gone: this shows nothing");
  }

  private static List<String> missing(Round round, TestNode node) throws IOException {
    List<String> missing = new ArrayList<>();
    for (DatedWrites writes : List.of(round.always, round.alwaysOneCopy)) {
      for (DatedWrites.Lost lost : writes.lost(node)) {
        missing.add("with always " + lost);
      }
    }
    for (DatedWrites.Lost lost : round.everySecond.lost(node)) {
      long ageMillis = ageMillis(round, lost);
      if (ageMillis > 1_000 + round.forgivenMillis) {
        missing.add("with everysec, " + ageMillis + " ms old, " + lost);
      }
    }
    return missing;
  }

  /**
   * How long before the power of the node that acknowledged it went, which is an owner of it, it
   * was acknowledged.
   */
  private static long ageMillis(Round round, DatedWrites.Lost lost) {
    return TimeUnit.NANOSECONDS.toMillis(round.cutNanos.get(lost.by()) - lost.acknowledgedNanos());
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
