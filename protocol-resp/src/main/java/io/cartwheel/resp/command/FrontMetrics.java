package io.cartwheel.resp.command;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Reservoir;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What the front end counts, in the node's registry. Safe for use by all threads. The names:
 *
 * <ul>
 *   <li>{@code command.<name>.calls}: counter, commands that were carried out
 *   <li>{@code command.<name>.micros}: counter, time from the beginning to the reply, in all
 *   <li>{@code command.<name>.rejected}: counter, refused before they began
 *   <li>{@code command.<name>.failed}: counter, carried out and answered with an error
 *   <li>{@code command.<name>.latency}: histogram, microseconds from the beginning to the reply
 *   <li>{@code error.<CODE>}: counter, error replies by their first word
 *   <li>{@code connections.received}, {@code connections.rejected}, {@code
 *       connections.closed-output}: counters, accepted; refused; closed as they did not read
 *   <li>{@code keyspace.hits}, {@code keyspace.misses}: counters, keys that were looked up to be
 *       read, with and without a value
 *   <li>{@code network.input-bytes}, {@code network.output-bytes}: counters
 * </ul>
 *
 * <p>The name of a subcommand is {@code client|list}.
 */
public final class FrontMetrics {
  public static final String COMMAND = "command.";
  public static final String ERROR = "error.";

  /** So many error codes are told apart; clients can make up commands, but no codes. */
  private static final int MAX_ERROR_CODES = 128;

  private final MetricRegistry registry;
  private final Supplier<Reservoir> reservoirs;
  private final Map<String, OfCommand> commands = new ConcurrentHashMap<>();
  private final Map<String, Counter> errors = new ConcurrentHashMap<>();
  private final Rate commandRate = new Rate();

  /**
   * @param reservoirs makes one for each command's latency
   */
  public FrontMetrics(MetricRegistry registry, Supplier<Reservoir> reservoirs) {
    this.registry = registry;
    this.reservoirs = reservoirs;
  }

  /** One command's numbers. */
  public record OfCommand(
      String name,
      Counter calls,
      Counter micros,
      Counter rejected,
      Counter failed,
      Histogram latency) {}

  /** The numbers of a command, made at its first use. */
  public OfCommand of(CommandSpec spec) {
    OfCommand known = commands.get(spec.name());
    return known != null ? known : commands.computeIfAbsent(spec.name(), this::register);
  }

  private OfCommand register(String name) {
    String prefix = COMMAND + name;
    return new OfCommand(
        name,
        registry.counter(prefix + ".calls"),
        registry.counter(prefix + ".micros"),
        registry.counter(prefix + ".rejected"),
        registry.counter(prefix + ".failed"),
        registry.histogram(prefix + ".latency", () -> new Histogram(reservoirs.get())));
  }

  /** Notes an error reply by its text. */
  public void error(String text) {
    int space = text.indexOf(' ');
    String code = space < 0 ? text : text.substring(0, space);
    if (errors.size() < MAX_ERROR_CODES || errors.containsKey(code)) {
      errors.computeIfAbsent(code, c -> registry.counter(ERROR + c)).inc();
    }
  }

  /** A key was looked up to be read. */
  public void lookedUp(boolean found) {
    (found ? keyspaceHits() : keyspaceMisses()).inc();
  }

  public Counter keyspaceHits() {
    return registry.counter("keyspace.hits");
  }

  public Counter keyspaceMisses() {
    return registry.counter("keyspace.misses");
  }

  /** Commands that were carried out. */
  public long calls() {
    return commands.values().stream().mapToLong(command -> command.calls().getCount()).sum();
  }

  /** Called about once a second, from one thread. */
  public void onSecond(long nowNanos) {
    commandRate.sample(calls(), nowNanos);
  }

  /** Commands carried out in the last second. */
  public long commandsPerSecond() {
    return commandRate.perSecond();
  }

  public Counter connectionsReceived() {
    return registry.counter("connections.received");
  }

  public Counter connectionsRejected() {
    return registry.counter("connections.rejected");
  }

  public Counter connectionsClosedOutput() {
    return registry.counter("connections.closed-output");
  }

  public Counter inputBytes() {
    return registry.counter("network.input-bytes");
  }

  public Counter outputBytes() {
    return registry.counter("network.output-bytes");
  }

  /** The commands that were used, in order of their names. */
  public List<OfCommand> commands() {
    return List.copyOf(new TreeMap<>(commands).values());
  }

  /** Error codes and how often each was sent, in order of the codes. */
  public Map<String, Long> errors() {
    Map<String, Long> counts = new TreeMap<>();
    errors.forEach((code, count) -> counts.put(code, count.getCount()));
    return counts;
  }

  /** CONFIG RESETSTAT: everything about commands and errors starts at nothing. */
  public void reset() {
    registry.removeMatching((name, metric) -> name.startsWith(COMMAND) || name.startsWith(ERROR));
    commands.clear();
    errors.clear();
    for (Counter counter :
        List.of(
            connectionsReceived(),
            connectionsRejected(),
            connectionsClosedOutput(),
            keyspaceHits(),
            keyspaceMisses(),
            inputBytes(),
            outputBytes())) {
      counter.dec(counter.getCount());
    }
  }
}
