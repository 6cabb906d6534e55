package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** Whole clusters under random faults; a failure names its seed. */
class RandomRunsTest {
  private static final int SEEDS = Integer.getInteger("cartwheel.seeds", 60);
  private static final long FIRST_SEED = Long.getLong("cartwheel.seed", 1);

  private static void forSeeds(LongConsumer run) {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        run.accept(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ": repeat with -Dcartwheel.seeds=1 -Dcartwheel.seed=" + seed, e);
      }
    }
  }

  /** One node at a time dies and returns; messages are slow, some lost, some doubled. */
  private static TestCluster shaky(long seed, int size, SplittableRandom random) {
    TestCluster cluster = new TestCluster(seed, size, 3, 2, 2);
    cluster.maxDelayMicros = 1L + random.nextInt(20_000);
    cluster.lossRate = random.nextBoolean() ? 0 : 0.02;
    cluster.doubleRate = random.nextBoolean() ? 0 : 0.1;
    return cluster;
  }

  private static void fault(TestCluster cluster, SplittableRandom random) {
    int victim = 1 + random.nextInt(3);
    boolean allUp = cluster.nodes.values().stream().allMatch(n -> n.isUp && !n.isPaused);
    if (allUp) {
      if (random.nextBoolean()) {
        cluster.kill(victim, random.nextInt(40));
      } else {
        cluster.node(victim).isPaused = true;
      }
    } else {
      for (int node = 1; node <= cluster.names.size(); node++) {
        cluster.restart(node);
        cluster.node(node).isPaused = false;
      }
    }
  }

  private static int anyUp(TestCluster cluster, SplittableRandom random) {
    while (true) {
      int entry = 1 + random.nextInt(cluster.names.size());
      if (cluster.node(entry).isUp && !cluster.node(entry).isPaused) {
        return entry;
      }
    }
  }

  private static void heal(TestCluster cluster) {
    for (int node = 1; node <= cluster.names.size(); node++) {
      cluster.restart(node);
      cluster.node(node).isPaused = false;
    }
    cluster.lossRate = 0;
    cluster.settle();
  }

  @Test
  void sequentialPlainSets_leaveNoSiblingsAndAreReadable() {
    forSeeds(
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TestCluster cluster = shaky(seed, 3 + random.nextInt(3), random);
          String last = null;
          List<String> uncertain = new ArrayList<>();
          for (int i = 0; i < 40; i++) {
            if (random.nextInt(4) == 0) {
              fault(cluster, random);
            }
            // A retry judges by hybrid time what came after its first attempt: a client that goes
            // from node to node must be slower than their clocks differ, here by a millisecond.
            cluster.time.advanceMillis(random.nextInt(3) == 0 ? random.nextInt(2, 200) : 2);
            String value = "v" + i;
            WriteResult result = cluster.await(cluster.set(anyUp(cluster, random), "k", value));
            if (result.failure() == null) {
              last = value;
              uncertain.clear();
            } else {
              uncertain.add(value);
            }
            if (last != null && random.nextInt(3) == 0) {
              var read = cluster.await(cluster.get(anyUp(cluster, random), "k"));
              if (read.failure() == null) {
                List<String> values = cluster.values(read);
                assertEquals(1, values.size(), "siblings " + values + " after " + value);
                assertTrue(
                    values.get(0).equals(last) || uncertain.contains(values.get(0)),
                    values + ", not " + last + " or " + uncertain);
              }
            }
          }
          heal(cluster);
          List<String> values = cluster.read(anyUp(cluster, random), "k");
          assertEquals(1, values.size(), "siblings " + values);
          assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
        });
  }

  @Test
  void increments_areNeverAppliedTwice() {
    forSeeds(
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TestCluster cluster = shaky(seed, 3 + random.nextInt(2), random);
          int done = 0;
          int uncertain = 0;
          for (int i = 0; i < 30; i++) {
            if (random.nextInt(4) == 0) {
              fault(cluster, random);
            }
            WriteResult result = cluster.await(cluster.incr(anyUp(cluster, random), "k"));
            if (result.failure() instanceof Failure.NoQuorum failure) {
              uncertain += failure.mayTakeEffect() ? 1 : 0;
            } else {
              assertEquals(null, result.failure());
              String reply = new String(result.reply(), UTF_8);
              if (reply.equals("CONFLICT")) {
                // Two increments of a split; nobody has lost one. The run has said enough.
                return;
              }
              done++;
              long now = Long.parseLong(reply);
              // Where all that was asked got lost it went on with what it had: siblings, later on.
              assertTrue(
                  (done <= now || cluster.lossRate > 0) && now <= done + uncertain,
                  now + " after " + done + " done and " + uncertain + " uncertain");
            }
          }
        });
  }

  @Test
  void concurrentIncrements_eachCountOnceWhileNothingFails() {
    forSeeds(
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TestCluster cluster = new TestCluster(seed, 5, 3, 2, 2);
          cluster.maxDelayMicros = 1L + random.nextInt(5_000);
          cluster.doubleRate = 0.2;
          List<Later<WriteResult>> all = new ArrayList<>();
          for (int i = 0; i < 60; i++) {
            all.add(cluster.incr(1 + random.nextInt(5), "k" + i % 2));
            if (random.nextBoolean()) {
              cluster.time.advanceMillis(random.nextInt(3));
            }
          }
          List<String> replies = new ArrayList<>();
          all.forEach(later -> replies.add(cluster.awaitReply(later)));
          for (int n = 1; n <= 30; n++) {
            String reply = Integer.toString(n);
            assertEquals(2, replies.stream().filter(reply::equals).count(), reply);
          }
        });
  }

  @Test
  void concurrentContextWrites_surviveUntilSomebodyHasSeenThem() {
    forSeeds(
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TestCluster cluster = shaky(seed, 3 + random.nextInt(3), random);
          VersionVector token = VersionVector.EMPTY;
          List<String> expected = new ArrayList<>();
          for (int round = 0; round < 6; round++) {
            fault(cluster, random);
            List<Later<WriteResult>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              String update = "SET " + round + "-" + i;
              all.add(
                  cluster.write(
                      anyUp(cluster, random), List.of("k"), Kind.CONTEXT, update, token, 0));
            }
            expected.clear();
            for (int i = 0; i < 4; i++) {
              if (cluster.await(all.get(i)).failure() == null) {
                expected.add(round + "-" + i);
              }
            }
            heal(cluster);
            var read = cluster.await(cluster.get(anyUp(cluster, random), "k"));
            List<String> values = cluster.values(read);
            assertTrue(values.containsAll(expected), values + " lacks some of " + expected);
            assertEquals(values.stream().distinct().toList(), values, "one write twice");
            token = read.reading().context();
          }
        });
  }

  @Test
  void concurrentWritesOfManyKeys_areNeverLostOnceAcknowledged() {
    forSeeds(
        seed -> {
          SplittableRandom random = new SplittableRandom(seed);
          TestCluster cluster = shaky(seed, 3 + random.nextInt(3), random);
          List<Later<WriteResult>> all = new ArrayList<>();
          for (int i = 0; i < 60; i++) {
            if (random.nextInt(10) == 0) {
              fault(cluster, random);
            }
            all.add(cluster.set(anyUp(cluster, random), "key" + i, "v" + i));
            if (random.nextBoolean()) {
              cluster.time.advanceMillis(random.nextInt(100));
            }
          }
          cluster.settle();
          heal(cluster);
          for (int i = 0; i < 60; i++) {
            // An entry node that died has taken its clients' answers with it.
            if (all.get(i).isDone() && all.get(i).value.failure() == null) {
              assertEquals(List.of("v" + i), cluster.read(anyUp(cluster, random), "key" + i));
            }
          }
        });
  }
}
