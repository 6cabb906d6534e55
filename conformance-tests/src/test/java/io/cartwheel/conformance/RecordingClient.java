package io.cartwheel.conformance;

import io.cartwheel.conformance.history.Operation;
import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A client with a connection to each node, that sends each command to one of them, drawn at random,
 * and writes down what came of it. A node where that went wrong it leaves alone for a while.
 */
final class RecordingClient implements AutoCloseable {
  /** More than a node takes for any answer. */
  private static final int TIMEOUT_MILLIS = 1_500;

  private static final long AVOID_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final List<TestNode> nodes;
  private final HistoryLog log;
  private final Queue<String> complaints;
  private final SplittableRandom random;
  private final RawClient[] connections;
  private final long[] avoidUntilNanos;
  private String token = "";

  RecordingClient(
      String name,
      List<TestNode> nodes,
      HistoryLog log,
      Queue<String> complaints,
      SplittableRandom random) {
    this.name = name;
    this.nodes = nodes;
    this.log = log;
    this.complaints = complaints;
    this.random = random;
    connections = new RawClient[nodes.size()];
    avoidUntilNanos = new long[nodes.size()];
    Arrays.fill(avoidUntilNanos, System.nanoTime());
  }

  String name() {
    return name;
  }

  Operation get(String key) throws IOException {
    return perform(Kind.GET, key, "-", "GET", key);
  }

  /** As {@link #get}; {@link #add} then replaces just that. */
  Operation getWithToken(String key) throws IOException {
    return perform(Kind.GET, key, "-", "GET", key, "CONTEXT");
  }

  Operation set(String key, String value) throws IOException {
    return perform(Kind.SET, key, value, "SET", key, value);
  }

  Operation delete(String key) throws IOException {
    return perform(Kind.DEL, key, "-", "DEL", key);
  }

  Operation setIfAbsent(String key, String value) throws IOException {
    return perform(Kind.SETNX, key, value, "SETNX", key, value);
  }

  Operation increment(String key) throws IOException {
    return perform(Kind.INCR, key, "-", "INCR", key);
  }

  /** Adds to a cart, whose whole new content is given, with the token of the last read. */
  Operation add(String key, String item, String content) throws IOException {
    return perform(Kind.ADD, key, item, "SET", key, content, "CONTEXT", token);
  }

  /** Throws where nothing was sent. */
  private Operation perform(Kind kind, String key, String argument, String... words)
      throws IOException {
    int node = drawNode();
    RawClient connection = connection(node);
    long beginMicros = log.micros();
    Outcome outcome = Outcome.UNKNOWN;
    List<String> result = List.of();
    try {
      String reply = connection.call(words);
      outcome = outcome(kind, reply);
      result = outcome == Outcome.OK ? result(kind, reply) : List.of(firstWord(reply));
    } catch (IOException e) {
      drop(node);
    }
    Operation operation =
        new Operation(
            beginMicros, log.micros(), name, "n" + node, kind, key, argument, outcome, result);
    log.add(operation);
    return operation;
  }

  private int drawNode() {
    int first = random.nextInt(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      int node = (first + i) % nodes.size();
      if (System.nanoTime() - avoidUntilNanos[node] >= 0) {
        return node;
      }
    }
    return first;
  }

  private RawClient connection(int node) throws IOException {
    if (connections[node] == null) {
      try {
        connections[node] = new RawClient(nodes.get(node).port(), TIMEOUT_MILLIS);
      } catch (IOException e) {
        drop(node);
        throw e;
      }
    }
    return connections[node];
  }

  private void drop(int node) {
    avoidUntilNanos[node] = System.nanoTime() + AVOID_NANOS;
    RawClient connection = connections[node];
    connections[node] = null;
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (IOException e) {
      // It is of no use any more.
    }
  }

  private Outcome outcome(Kind kind, String reply) {
    if (!reply.startsWith("-")) {
      return Outcome.OK;
    }
    return switch (firstWord(reply)) {
      case "-NOQUORUM" -> kind == Kind.GET ? Outcome.REFUSED : Outcome.UNKNOWN;
      case "-BUSY", "-CONFLICT", "-CLUSTERDOWN" -> Outcome.REFUSED;
      default -> {
        complaints.add(kind + " answered " + RawClient.shown(reply));
        yield Outcome.UNKNOWN;
      }
    };
  }

  private static String firstWord(String reply) {
    return RawClient.shown(reply).split(" ", 2)[0];
  }

  private List<String> result(Kind kind, String reply) {
    if (kind == Kind.GET && reply.startsWith("*")) {
      List<String> elements = RawClient.elements(reply).stream().map(RawClient::text).toList();
      token = elements.get(0);
      return elements.subList(1, elements.size());
    }
    String text = RawClient.text(reply);
    return text == null || reply.startsWith("+") ? List.of() : List.of(text);
  }

  @Override
  public void close() {
    for (int node = 0; node < connections.length; node++) {
      drop(node);
    }
  }
}
