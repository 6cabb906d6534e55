package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.bench.Burners;
import io.cartwheel.conformance.bench.ClosedLoop;
import io.cartwheel.conformance.bench.ClosedLoop.Result;
import io.cartwheel.conformance.bench.ClosedLoop.Shape;
import io.cartwheel.conformance.bench.ClosedLoop.Until;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A cluster in which nobody is dead, on a machine whose cores others burn, under more clients than
 * it can serve: it slows down, and does not fail.
 */
@Timeout(600)
class BusyMachineTest {
  private static final int SECONDS = Boolean.getBoolean("cartwheel.long") ? 30 : 3;

  private static TestCluster cluster;
  private static Burners burners;

  @BeforeAll
  static void start() throws IOException {
    cluster = TestCluster.start(3);
    burners = Burners.ofAllCores();
  }

  @AfterAll
  static void stop() {
    burners.close();
    cluster.close();
  }

  private static List<Integer> ports() {
    return cluster.nodes().stream().map(TestNode::port).toList();
  }

  private static void assertNoErrors(Result result) {
    assertEquals(Map.of(), result.errors(), "of " + result.replies() + " replies");
    assertTrue(result.replies() > 0);
  }

  @Test
  void keysOfTheirOwn_hundredsOfConnections_nothingFailsAndNothingIsMissing() throws IOException {
    Shape shape = new Shape(ports(), 500, 16);
    Result written =
        ClosedLoop.run(
            shape,
            (connection, number, out) ->
                out.command("SET", "busy:" + connection + ":" + number, "v" + number),
            Until.seconds(SECONDS));
    assertNoErrors(written);
    System.out.println(written.replies() + " SETs of 500 connections, 16 at a time");
    List<String> missing = new ArrayList<>();
    try (RawClient client = new RawClient(cluster.node(1).port())) {
      for (int connection = 0; connection < written.sent().size(); connection++) {
        long sent = written.sent().get(connection);
        for (long number = 0; number < sent; number++) {
          client.send("GET", "busy:" + connection + ":" + number);
        }
        for (long number = 0; number < sent; number++) {
          String value = RawClient.text(client.read());
          if (!("v" + number).equals(value)) {
            missing.add("busy:" + connection + ":" + number + " is " + value);
          }
        }
      }
    }
    assertEquals(List.of(), missing);
  }

  @Test
  void oneHotKey_thousandsOfConnections_nothingFails() throws IOException {
    Result result =
        ClosedLoop.run(
            new Shape(ports(), 2_000, 4),
            (connection, number, out) -> out.command("SET", "busy:hot", "v" + number),
            Until.seconds(SECONDS));
    assertNoErrors(result);
    System.out.println(result.replies() + " SETs of one key by 2,000 connections, 4 at a time");
  }

  @Test
  void counters_countWhatWasAcknowledged() throws IOException {
    int counters = 20;
    Result result =
        ClosedLoop.run(
            new Shape(ports(), 100, 16),
            (connection, number, out) ->
                out.command("INCR", "busy:counter:" + connection % counters),
            Until.seconds(SECONDS));
    assertNoErrors(result);
    System.out.println(result.replies() + " INCRs of 20 counters by 100 connections");
    long sum = 0;
    try (RawClient client = new RawClient(cluster.node(2).port())) {
      for (int i = 0; i < counters; i++) {
        sum += Long.parseLong(RawClient.text(client.call("GET", "busy:counter:" + i)));
      }
    }
    assertEquals(result.replies(), sum);
  }

  @Test
  void onePipelineOfHundreds_nothingFails() throws IOException {
    Result result =
        ClosedLoop.run(
            new Shape(ports().subList(0, 1), 1, 200),
            (connection, number, out) -> out.command("SET", "busy:" + number % 1_000, "v"),
            Until.seconds(SECONDS));
    assertNoErrors(result);
    System.out.println(result.replies() + " SETs of one connection, 200 at a time");
  }
}
