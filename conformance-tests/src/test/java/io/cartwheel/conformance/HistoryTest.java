package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.cartwheel.conformance.history.History;
import io.cartwheel.conformance.history.Judge;
import io.cartwheel.conformance.history.Operation;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What clients of three nodes see in bad weather, written down and judged: registers are regular,
 * SETNX is a lock while the cluster is whole, carts and counters lose nothing. Three nodes are the
 * owners of every key, and none is ever replaced by a fallback. Weather and clients are the seed's,
 * the same each time unless many rounds are asked for; what comes of it also depends on the
 * machine.
 */
@Timeout(1_800)
class HistoryTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");
  private static final int ROUNDS = LONG ? 10 : 1;
  private static final int SHOWN = 10;

  private final long seed =
      Long.getLong("cartwheel.seed", LONG ? System.nanoTime() % 1_000_000 : 1);

  @Test
  void whatClientsSeeInBadWeather_keepsThePromises() throws IOException {
    Path file = Path.of("target", "history-" + seed + ".txt").toAbsolutePath();
    System.out.println(
        "repeat with mvn -pl conformance-tests test -Dtest=HistoryTest -Dcartwheel.seed=" + seed);
    HistoryLog log = new HistoryLog();
    try (FaultyCluster faulty = FaultyCluster.prepare(3)) {
      logEveryLine(faulty);
      faulty.startAll();
      SplittableRandom random = new SplittableRandom(seed);
      Weather weather = new Weather(faulty, log, random.split());
      try (HistoryClients clients =
          new HistoryClients(faulty.cluster().nodes(), log, random.split())) {
        for (int round = 0; round < ROUNDS; round++) {
          weather.round();
        }
        clients.stop();
        readAll(faulty, log);
        assertEquals(List.of(), clients.complaints());
      }
    } finally {
      log.write(file);
    }
    History history = log.history();
    printCounts(history);
    expectKept(history, file);
  }

  /** Judges again what a run has written down. */
  @Test
  @EnabledIfSystemProperty(named = "cartwheel.history", matches = ".+")
  void recordedHistory_keepsThePromises() throws IOException {
    Path file = Path.of(System.getProperty("cartwheel.history"));
    expectKept(History.parse(Files.readAllLines(file)), file);
  }

  private void expectKept(History history, Path file) throws IOException {
    List<String> violations = Judge.violations(history);
    if (!violations.isEmpty()) {
      Path all = Path.of(file + ".violations");
      Files.write(all, violations);
      Map<String, String> firstOfKey = new TreeMap<>();
      violations.forEach(v -> firstOfKey.putIfAbsent(v.substring(0, v.indexOf(": ")), v));
      fail(
          violations.size()
              + " violations, all in "
              + all
              + "; seed "
              + seed
              + "; the history is in "
              + file
              + "; the first of some keys:\n"
              + firstOfKey.values().stream().limit(SHOWN).collect(Collectors.joining("\n")));
    }
  }

  /** Logs hold no line back: each says when a peer was taken for unreachable. */
  private static void logEveryLine(FaultyCluster faulty) throws IOException {
    Path logback = faulty.cluster().directory().resolve("logback.xml");
    Files.writeString(
        logback,
        """
        <configuration>
          <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
            <encoder>
              <pattern>%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%xEx{full}</pattern>
            </encoder>
          </appender>
          <root level="INFO"><appender-ref ref="stdout"/></root>
          <logger name="io.netty" level="WARN"/>
        </configuration>
        """);
    for (TestNode node : faulty.cluster().nodes()) {
      node.withJvmOption("-Dlogback.configurationFile=" + logback);
    }
  }

  /** In the end each node is asked for all. */
  private static void readAll(FaultyCluster faulty, HistoryLog log) {
    TreeSet<String> keys = new TreeSet<>();
    log.history().operations().forEach(operation -> keys.add(operation.key()));
    for (TestNode node : faulty.cluster().nodes()) {
      ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
      try (RecordingClient client =
          new RecordingClient(
              "end" + node.port(), List.of(node), log, complaints, new SplittableRandom(0))) {
        for (String key : keys) {
          Await.quietly(
              key + " is read at " + node.port(), 30_000, () -> client.getWithToken(key).isOk());
        }
      }
      assertEquals(List.of(), List.copyOf(complaints));
    }
  }

  private static void printCounts(History history) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Operation operation : history.operations()) {
      String outcome =
          operation.outcome() == Outcome.OK ? "" : " " + operation.outcome() + operation.result();
      counts.merge(operation.kind() + outcome, 1, Integer::sum);
    }
    System.out.println(history.operations().size() + " operations: " + counts);
    System.out.println("broken: " + history.faults());
  }
}
