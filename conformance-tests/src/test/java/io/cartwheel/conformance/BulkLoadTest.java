package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.bench.Burners;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What people load into a cluster that has just started, on a machine whose cores others burn: many
 * small values at once, and the largest one after the other. Nothing fails, and nothing is missing.
 */
@Timeout(900)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BulkLoadTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");
  private static final int BURST = 500;
  private static final int KEYS = LONG ? 1_000_000 : 20_000;
  private static final int LARGE_VALUES = LONG ? 50 : 5;

  /** Close to the default of {@code max-value-size}. */
  private static final int LARGE_BYTES = 15 << 20;

  private static TestCluster cluster;
  private static Burners burners;

  @BeforeAll
  static void start() throws IOException {
    burners = Burners.ofAllCores();
    cluster = TestCluster.start(3);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    burners.close();
  }

  @Test
  @Order(1)
  void firstBurstAfterTheStart_hasNoErrors() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (TestNode node : cluster.nodes()) {
        clients.add(new RawClient(node.port(), 60_000));
      }
      for (int i = 0; i < BURST; i++) {
        for (RawClient client : clients) {
          client.send("SET", "first:" + clients.indexOf(client) + ":" + i, "v");
        }
      }
      for (RawClient client : clients) {
        for (int i = 0; i < BURST; i++) {
          assertEquals("+OK", RawClient.shown(client.read()));
        }
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  @Order(2)
  void pipeOfRedisCli_missesNothing() throws IOException {
    long begun = System.nanoTime();
    String before = RedisCli.run(cluster.node(1).port(), "DBSIZE");
    Process pipe =
        new ProcessBuilder(
                "redis-cli",
                "-p",
                Integer.toString(cluster.node(0).port()),
                "--pipe",
                "--pipe-timeout",
                "0")
            .redirectErrorStream(true)
            .start();
    try (var out = pipe.getOutputStream()) {
      for (int i = 0; i < KEYS; i++) {
        out.write(("SET bulk:" + i + " v" + i + "\r\n").getBytes(ISO_8859_1));
      }
    }
    String printed = new String(pipe.getInputStream().readAllBytes(), ISO_8859_1);
    assertTrue(printed.contains("errors: 0, replies: " + KEYS), printed);
    System.out.println(KEYS + " SETs by redis-cli --pipe in " + secondsSince(begun) + " s");
    String after = RedisCli.run(cluster.node(1).port(), "DBSIZE");
    assertEquals(KEYS, Integer.parseInt(after) - Integer.parseInt(before));
    assertEquals("v7", RedisCli.run(cluster.node(2).port(), "GET", "bulk:7"));
  }

  @Test
  @Order(3)
  void largestValues_areTakenOneAfterTheOther() throws IOException {
    byte[] bytes = new byte[LARGE_BYTES];
    Arrays.fill(bytes, (byte) 'x');
    String value = new String(bytes, ISO_8859_1);
    try (RawClient client = new RawClient(cluster.node(0).port(), 60_000);
        RawClient other = new RawClient(cluster.node(1).port(), 60_000)) {
      for (int i = 0; i < LARGE_VALUES; i++) {
        long begun = System.nanoTime();
        client.send("SET", "large:" + i, value);
        assertEquals("+OK", RawClient.shown(other.call("SET", "small:" + i, "v")));
        assertEquals("+OK", RawClient.shown(client.read()));
        System.out.println("SET of " + LARGE_BYTES + " bytes: " + secondsSince(begun) + " s");
      }
      for (int i = 0; i < LARGE_VALUES; i++) {
        assertEquals(value, RawClient.text(other.call("GET", "large:" + i)));
      }
    }
  }

  private static String secondsSince(long nanos) {
    return String.format("%.1f", (System.nanoTime() - nanos) / 1e9);
  }
}
