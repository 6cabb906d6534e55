package io.cartwheel.conformance.bench;

import io.cartwheel.conformance.bench.BenchOptions.WrongUsageException;
import io.cartwheel.conformance.bench.ClosedLoop.Load;
import io.cartwheel.conformance.bench.ClosedLoop.Result;
import io.cartwheel.conformance.bench.ClosedLoop.Shape;
import io.cartwheel.conformance.bench.ClosedLoop.Until;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** {@code deploy/bin/bench}: what a cluster on this machine can do, in a table. */
public final class Bench {
  private static final int WRONG_USAGE = 2;
  private static final double MICROS_PER_MILLI = 1_000;

  /** Before the first measurement; of what comes of it only the errors count. */
  private static final Plan WARM_UP = new Plan("warm-up SET", 50, 16);

  /** One measurement to be made. */
  private record Plan(String command, int connections, int pipeline) {
    String name() {
      return command + " P" + pipeline + " C" + connections;
    }
  }

  /** One that was made. */
  private record Measured(Result result, long cpuMicros) {
    double cpuMicrosPerCommand() {
      return (double) cpuMicros / Math.max(1, result.replies());
    }
  }

  private final BenchOptions options;
  private final Path launcher;

  private Bench(BenchOptions options, Path launcher) {
    this.options = options;
    this.launcher = launcher;
  }

  /** As {@code deploy/bin/bench --help} says; the property cartwheel-home is the checkout. */
  public static void main(String... words) throws IOException {
    BenchOptions options;
    try {
      options = BenchOptions.parse(words);
    } catch (WrongUsageException e) {
      System.err.println("cartwheel: " + e.getMessage());
      System.exit(WRONG_USAGE);
      return;
    }
    if (options.help()) {
      System.out.print(BenchOptions.USAGE);
      return;
    }
    Path launcher =
        Path.of(System.getProperty("cartwheel-home", "."), "deploy", "bin", "cartwheel");
    System.exit(new Bench(options, launcher).run() ? 0 : 1);
  }

  /** Returns whether there was no error. */
  private boolean run() throws IOException {
    Map<Plan, Measured> ours;
    Map<Plan, Measured> redis = Map.of();
    if (options.redis() && options.running().isEmpty()) {
      try (Servers servers = Servers.redis(options.port() + options.nodes())) {
        redis = measure("redis", servers);
      }
    }
    try (Servers servers = cluster()) {
      ours = measure("cartwheel", servers);
    }
    System.out.println();
    System.out.print(table(ours, redis));
    boolean clean = true;
    for (Map.Entry<Plan, Measured> entry : ours.entrySet()) {
      for (Map.Entry<String, Long> error : entry.getValue().result.errors().entrySet()) {
        clean = false;
        System.out.println(
            entry.getKey().name() + ": " + error.getValue() + " x " + error.getKey());
      }
    }
    return clean;
  }

  private Servers cluster() throws IOException {
    return options.running().isEmpty()
        ? Servers.cluster(launcher, options.nodes(), options.port())
        : Servers.running(options.running());
  }

  private Map<Plan, Measured> measure(String what, Servers servers) throws IOException {
    Map<Plan, Measured> measured = new LinkedHashMap<>();
    Burners burners = new Burners(options.burn() ? Runtime.getRuntime().availableProcessors() : 0);
    try {
      Measured warm = measure(servers, WARM_UP);
      print(what, "warm-up", warm);
      if (warm.result.errorCount() > 0) {
        measured.put(WARM_UP, warm);
      }
      for (Plan plan : plans()) {
        Measured one = measure(servers, plan);
        measured.put(plan, one);
        print(what, plan.name(), one);
      }
    } finally {
      burners.close();
    }
    return measured;
  }

  private static void print(String what, String plan, Measured one) {
    System.out.println(
        String.format(
            Locale.ROOT,
            "%-9s %-16s %,9.0f/s, %d errors",
            what,
            plan,
            one.result.perSecond(),
            one.result.errorCount()));
  }

  private List<Plan> plans() {
    List<Plan> plans = new ArrayList<>();
    for (String command : options.commands()) {
      for (int pipeline : options.pipelines()) {
        for (int connections : options.connections()) {
          plans.add(new Plan(command, connections, pipeline));
        }
      }
    }
    return plans;
  }

  private Measured measure(Servers servers, Plan plan) throws IOException {
    List<Integer> ports = options.spread() ? servers.ports() : servers.ports().subList(0, 1);
    long cpuBefore = servers.cpuMicros();
    Result result =
        ClosedLoop.run(
            new Shape(ports, plan.connections, plan.pipeline),
            load(plan.command),
            new Until(TimeUnit.SECONDS.toNanos(options.seconds()), options.requests()));
    return new Measured(result, servers.cpuMicros() - cpuBefore);
  }

  private Load load(String command) {
    SplittableRandom random = new SplittableRandom(1);
    String value = "x".repeat(options.valueBytes());
    return (connection, number, out) -> {
      int key = random.nextInt(options.keys());
      switch (command) {
        case "GET" -> out.command("GET", "bench:" + key);
        case "INCR" -> out.command("INCR", "bench:count:" + key);
        default -> out.command("SET", "bench:" + key, value);
      }
    };
  }

  private static String table(Map<Plan, Measured> ours, Map<Plan, Measured> redis) {
    StringBuilder table = new StringBuilder();
    table
        .append("| load | ops/s | errors | p50 ms | p99 ms | p99.9 ms | CPU us/op | redis ops/s |")
        .append(" redis CPU us/op | ratio |\n|---|---|---|---|---|---|---|---|---|---|\n");
    ours.forEach(
        (plan, one) -> {
          Measured theirs = redis.get(plan);
          table.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %,.0f | %d | %.2f | %.2f | %.2f | %.1f |",
                  plan.name(),
                  one.result.perSecond(),
                  one.result.errorCount(),
                  millis(one, 50),
                  millis(one, 99),
                  millis(one, 99.9),
                  one.cpuMicrosPerCommand()));
          table.append(
              theirs == null
                  ? "  |  |  |\n"
                  : String.format(
                      Locale.ROOT,
                      " %,.0f | %.1f | %.3f |\n",
                      theirs.result.perSecond(),
                      theirs.cpuMicrosPerCommand(),
                      one.result.perSecond() / theirs.result.perSecond()));
        });
    return table.toString();
  }

  private static double millis(Measured one, double percentile) {
    return one.result.latencyMicros().getValueAtPercentile(percentile) / MICROS_PER_MILLI;
  }
}
