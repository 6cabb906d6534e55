package io.cartwheel.resp.command.server;

import com.codahale.metrics.Counting;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metered;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Sampling;
import com.codahale.metrics.Snapshot;
import com.codahale.metrics.Timer;
import io.cartwheel.resp.command.FrontMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Metrics as lines of INFO. */
final class Statistics {
  private static final double NANOS_PER_MICRO = 1000;

  /** Told elsewhere in INFO. */
  private static final List<String> FRONT_PREFIXES =
      List.of(FrontMetrics.COMMAND, FrontMetrics.ERROR, "connections.", "keyspace.", "network.");

  private Statistics() {}

  /** {@code cmdstat_get: calls=...}, in Redis's fields. */
  static Map<String, Object> commands(FrontMetrics metrics) {
    Map<String, Object> lines = new LinkedHashMap<>();
    for (FrontMetrics.OfCommand command : metrics.commands()) {
      long calls = command.calls().getCount();
      long micros = command.micros().getCount();
      lines.put(
          "cmdstat_" + command.name(),
          String.format(
              Locale.ROOT,
              "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
              calls,
              micros,
              calls == 0 ? 0.0 : (double) micros / calls,
              command.rejected().getCount(),
              command.failed().getCount()));
    }
    return lines;
  }

  /** {@code latency_percentiles_usec_get: p50=...}. */
  static Map<String, Object> latencies(FrontMetrics metrics) {
    Map<String, Object> lines = new LinkedHashMap<>();
    for (FrontMetrics.OfCommand command : metrics.commands()) {
      if (command.latency().getCount() > 0) {
        Snapshot snapshot = command.latency().getSnapshot();
        lines.put(
            "latency_percentiles_usec_" + command.name(),
            String.format(
                Locale.ROOT,
                "p50=%.3f,p99=%.3f,p99.9=%.3f",
                snapshot.getMedian(),
                snapshot.get99thPercentile(),
                snapshot.get999thPercentile()));
      }
    }
    return lines;
  }

  /** {@code errorstat_ERR: count=...}. */
  static Map<String, Object> errors(FrontMetrics metrics) {
    Map<String, Object> lines = new LinkedHashMap<>();
    metrics.errors().forEach((code, count) -> lines.put("errorstat_" + code, "count=" + count));
    return lines;
  }

  static long errorReplies(FrontMetrics metrics) {
    return metrics.errors().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Whatever else the node measures, under its names in snake case. */
  static Map<String, Object> others(MetricRegistry registry) {
    Map<String, Object> lines = new TreeMap<>();
    registry
        .getMetrics()
        .forEach(
            (name, metric) -> {
              if (FRONT_PREFIXES.stream().noneMatch(name::startsWith)) {
                lines.put(snakeCase(name), value(metric));
              }
            });
    return lines;
  }

  static String snakeCase(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .replaceAll("[^A-Za-z0-9]+", "_")
        .toLowerCase(Locale.ROOT);
  }

  private static String value(Metric metric) {
    if (metric instanceof Gauge<?> gauge) {
      return String.valueOf(gauge.getValue());
    }
    List<String> parts = new ArrayList<>();
    if (metric instanceof Counting counting) {
      if (!(metric instanceof Sampling) && !(metric instanceof Metered)) {
        return Long.toString(counting.getCount());
      }
      parts.add("count=" + counting.getCount());
    }
    if (metric instanceof Metered metered) {
      parts.add(String.format(Locale.ROOT, "per_second=%.2f", metered.getOneMinuteRate()));
    }
    if (metric instanceof Sampling sampling) {
      boolean isTime = metric instanceof Timer;
      Snapshot snapshot = sampling.getSnapshot();
      double unit = isTime ? NANOS_PER_MICRO : 1;
      parts.add(
          String.format(
              Locale.ROOT,
              isTime
                  ? "mean_usec=%.1f,p50_usec=%.1f,p99_usec=%.1f,p99.9_usec=%.1f,max_usec=%.1f"
                  : "mean=%.1f,p50=%.1f,p99=%.1f,p99.9=%.1f,max=%.1f",
              snapshot.getMean() / unit,
              snapshot.getMedian() / unit,
              snapshot.get99thPercentile() / unit,
              snapshot.get999thPercentile() / unit,
              snapshot.getMax() / unit));
    }
    return String.join(",", parts);
  }
}
