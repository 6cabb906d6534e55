package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of whole nodes under faults of all kinds at once: nodes killed, paused and cut off (one
 * way, too), messages lost, doubled and late, clocks that differ and jump. Then all heals, and what
 * was acknowledged must be there. A failure names its seed.
 */
class FaultsTest {
  private static final int SEEDS = Integer.getInteger("cartwheel.seeds", 20);
  private static final long FIRST_SEED = Long.getLong("cartwheel.seed", 1);

  /** Of virtual time; a request is answered within a second, a paused node's later. */
  /** What is silent while nobody is missing is waited for so long. */
  private static final long BUSY_MILLIS = 12_000;

  private static final long SLACK_MILLIS = 50;

  private static final int CLOCK_JUMP_MILLIS = Integer.getInteger("cartwheel.jump", 2_000);

  @TempDir Path directory;

  @Test
  void whatWasAcknowledgedSurvivesWhateverHappens() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try (Run run = new Run(directory, seed)) {
        run.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ": repeat with -Dcartwheel.seeds=1 -Dcartwheel.seed=" + seed, e);
      }
    }
  }

  /** One cluster from its start to its end. */
  private static final class Run implements AutoCloseable {
    private static final int STEPS = 150;
    private static final int CARTS = 2;
    private static final int COUNTERS = 2;
    private static final int PLAINS = 3;

    final SplittableRandom random;
    final SimulatedCluster cluster;
    final Map<Dot, String> named = new HashMap<>();

    /** Per machine: 0 runs, 1 is dead, 2 is paused; and how often it was either. */
    final int[] state;

    final int[] troubles;
    final Map<String, TreeSet<String>> inCart = new TreeMap<>();
    final Map<String, TreeSet<String>> appended = new TreeMap<>();

    /** For each plain key the last acknowledged value, and those tried since. */
    final Map<String, TreeSet<String>> candidates = new TreeMap<>();

    final TreeSet<String> acknowledged = new TreeSet<>();

    /** Plain keys with a write under way: each has one client, who waits for its answer. */
    final TreeSet<String> busy = new TreeSet<>();

    final List<String> trace = new ArrayList<>();
    long items;
    int open;

    Run(Path directory, long seed) {
      this.random = new SplittableRandom(seed);
      int size = random.nextInt(3) == 0 ? 5 : 3;
      this.cluster = new SimulatedCluster(directory, seed, size, 1 + random.nextInt(2));
      this.state = new int[size];
      this.troubles = new int[size];
      cluster.onMessage = this::checkDots;
    }

    void run() {
      cluster.startAll();
      for (int step = 0; step < STEPS; step++) {
        if (random.nextInt(8) == 0) {
          fault();
        }
        int at = random.nextInt(cluster.size());
        if (state[at] == 0) {
          act(at);
        }
        if (random.nextInt(3) > 0) {
          cluster.time.advanceMillis(random.nextInt(random.nextInt(10) == 0 ? 1_500 : 40));
        }
      }
      heal();
      verify();
    }

    void fault() {
      int victim = random.nextInt(cluster.size());
      var machine = cluster.machine(victim);
      int other = (victim + 1 + random.nextInt(cluster.size() - 1)) % cluster.size();
      switch (random.nextInt(9)) {
        case 0, 1 -> {
          if (state[victim] == 0) {
            log("kill " + victim);
            machine.kill();
            state[victim] = 1;
            troubles[victim]++;
          } else {
            revive(victim);
          }
        }
        case 2 -> {
          if (state[victim] == 0) {
            log("pause " + victim);
            machine.pause();
            state[victim] = 2;
            troubles[victim]++;
          } else {
            revive(victim);
          }
        }
        case 3 -> {
          log("cut " + victim + " " + other);
          cluster.network.cut(machine.address(), cluster.machine(other).address());
        }
        case 4 -> {
          log("mute " + victim + " " + other);
          cluster.network.mute(machine.address(), cluster.machine(other).address());
        }
        case 5 -> {
          log("worse");
          cluster.network.worsen(
              random.nextInt(3) * 0.02, random.nextInt(3) * 0.05, random.nextInt(3) * 300L);
        }
        case 6 -> {
          machine.aheadMillis = random.nextInt(-CLOCK_JUMP_MILLIS, CLOCK_JUMP_MILLIS + 1);
          log("clock " + victim + " " + machine.aheadMillis);
        }
        default -> {
          log("heal the network");
          cluster.network.heal();
        }
      }
    }

    void revive(int victim) {
      log("revive " + victim);
      if (state[victim] == 1) {
        cluster.machine(victim).start();
      } else if (state[victim] == 2) {
        cluster.machine(victim).resume();
      }
      state[victim] = 0;
    }

    void log(String what) {
      trace.add(cluster.time.monotonicNanos() / 1_000_000 + " " + what);
    }

    void act(int at) {
      switch (random.nextInt(3)) {
        case 0 -> plain(at, "plain" + random.nextInt(PLAINS));
        case 1 -> append(at, "log" + random.nextInt(COUNTERS));
        default -> cart(at, "cart" + random.nextInt(CARTS));
      }
    }

    void plain(int at, String key) {
      if (!busy.add(key)) {
        return;
      }
      String value = "v" + ++items;
      TreeSet<String> here = candidates.computeIfAbsent(key, k -> new TreeSet<>());
      here.add(value);
      write(
          at,
          key,
          Kind.PLAIN,
          TestUpdates.set(value),
          VersionVector.EMPTY,
          result -> {
            busy.remove(key);
            if (result != null && result.failure() == null) {
              here.clear();
              here.add(value);
              acknowledged.add(key);
            }
          });
    }

    void append(int at, String key) {
      String item = "[" + ++items + "]";
      write(
          at,
          key,
          Kind.READ_MODIFY_WRITE,
          TestUpdates.append(item),
          VersionVector.EMPTY,
          result -> {
            if (result != null
                && result.failure() == null
                && !TestUpdates.text(result.reply()).equals(TestUpdates.CONFLICT)) {
              appended.computeIfAbsent(key, k -> new TreeSet<>()).add(item);
            }
          });
    }

    /** Reads, puts one thing in, writes what it has read and put in. */
    void cart(int at, String key) {
      String item = "i" + ++items;
      request(
          at,
          (Coordinator coordinator, Consumer<GetResult> done) ->
              coordinator.get(new GetRequest(TestUpdates.bytes(key), 0), done),
          read -> {
            if (read == null || read.failure() != null || state[at] != 0) {
              return;
            }
            TreeSet<String> content = new TreeSet<>(List.of(item));
            read.reading().live().forEach(s -> content.addAll(split(s)));
            cluster.time.afterMillis(
                random.nextInt(30),
                () -> {
                  if (state[at] == 0) {
                    putBack(at, key, item, content, read.reading().context());
                  }
                });
          });
    }

    private void putBack(
        int at, String key, String item, TreeSet<String> content, VersionVector past) {
      byte[] update = TestUpdates.set(String.join(",", content));
      write(
          at,
          key,
          Kind.CONTEXT,
          update,
          past,
          result -> {
            if (result != null && result.failure() == null) {
              inCart.computeIfAbsent(key, k -> new TreeSet<>()).add(item);
            }
          });
    }

    private static List<String> split(Sibling sibling) {
      return List.of(TestUpdates.text(sibling.value()).split(","));
    }

    void write(
        int at,
        String key,
        Kind kind,
        byte[] update,
        VersionVector past,
        Consumer<WriteResult> then) {
      log("write " + key + " " + TestUpdates.text(update) + " at " + at);
      request(
          at,
          (Coordinator coordinator, Consumer<WriteResult> done) ->
              coordinator.write(
                  new WriteRequest(List.of(TestUpdates.bytes(key)), kind, update, past, 0), done),
          result -> {
            log("written " + key + " " + TestUpdates.text(update) + ": " + result);
            then.accept(result);
          });
    }

    /** {@code then} gets null where the node died before it answered. */
    <T> void request(
        int at, java.util.function.BiConsumer<Coordinator, Consumer<T>> begin, Consumer<T> then) {
      Node node = cluster.machine(at).node;
      int trouble = troubles[at];
      long begunMillis = cluster.time.monotonicNanos() / 1_000_000;
      int[] answers = {0};
      open++;
      begin.accept(
          node.coordinator(),
          result -> {
            answers[0]++;
            assertEquals(1, answers[0], "answered twice");
            long tookMillis = cluster.time.monotonicNanos() / 1_000_000 - begunMillis;
            assertTrue(
                troubles[at] != trouble || tookMillis <= BUSY_MILLIS + SLACK_MILLIS,
                "answered after " + tookMillis + " ms");
            open--;
            then.accept(result);
          });
      cluster.time.afterMillis(
          20_000,
          () -> {
            if (answers[0] == 0) {
              assertTrue(cluster.machine(at).node != node, "never answered");
              open--;
              then.accept(null);
            }
          });
    }

    void heal() {
      log("heal");
      cluster.network.heal();
      for (int i = 0; i < state.length; i++) {
        revive(i);
      }
      cluster.await(cluster::allSeeEachOther, "return");
      cluster.time.advanceMillis(21_000);
    }

    void verify() {
      assertEquals(0, open, "requests without an answer");
      for (int at = 0; at < cluster.size(); at++) {
        inCart.forEach(
            (key, items) -> {
              TreeSet<String> found = new TreeSet<>();
              read(key).forEach(value -> found.addAll(List.of(value.split(","))));
              TreeSet<String> lost = new TreeSet<>(items);
              lost.removeAll(found);
              assertTrue(lost.isEmpty(), () -> key + " lost " + lost + dump());
            });
        appended.forEach(
            (key, items) -> {
              List<String> values = read(key);
              for (String item : items) {
                assertTrue(
                    values.stream().anyMatch(v -> v.contains(item)),
                    () -> key + " lost " + item + ": " + values + dump());
              }
              for (String value : values) {
                List<String> parts = List.of(value.split("]"));
                assertEquals(
                    parts.size(), new TreeSet<>(parts).size(), () -> "twice: " + value + dump());
              }
            });
        candidates.forEach(
            (key, values) -> {
              List<String> found = read(key);
              assertTrue(
                  !acknowledged.contains(key) || found.stream().anyMatch(values::contains),
                  () -> key + " is " + found + ", none of " + values + dump());
            });
      }
      cluster.time.advanceMillis(3_000);
      for (int at = 0; at < cluster.size(); at++) {
        assertEquals(0, cluster.machine(at).node.inFlight(), "left at " + at);
      }
    }

    private List<String> read(String key) {
      return cluster.values(random.nextInt(cluster.size()), key);
    }

    private String dump() {
      return "\n" + String.join("\n", trace);
    }

    private void checkDots(Message message) {
      if (message instanceof Message.Merge merge) {
        checkDots(merge.row());
      } else if (message instanceof Message.RowRead read) {
        checkDots(read.row());
      } else if (message instanceof Message.Merged merged) {
        checkDots(merged.held());
      }
    }

    private void checkDots(Row row) {
      for (Sibling sibling : row.siblings()) {
        if (sibling.form() == Sibling.Form.VALUE) {
          String value = sibling.request() + TestUpdates.text(sibling.value());
          String before = named.putIfAbsent(sibling.dot(), value);
          assertTrue(before == null || before.equals(value), sibling.dot() + " names two values");
        }
      }
    }

    @Override
    public void close() {
      cluster.close();
    }
  }
}
