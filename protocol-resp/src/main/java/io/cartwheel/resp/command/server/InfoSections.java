package io.cartwheel.resp.command.server;

import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.reap.ReapMetrics;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.command.ServerFacts;
import io.cartwheel.resp.command.Services;
import io.cartwheel.resp.command.connection.ConnectionCommands;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The sections of INFO, as of now. Fields that mean nothing here but are looked for are zero. */
final class InfoSections {
  private static final String NO_REPLICATION_ID = "0".repeat(40);

  private final Services services;
  private final long keys;

  /**
   * @param keys how many live in the cluster
   */
  InfoSections(Services services, long keys) {
    this.services = services;
    this.keys = keys;
  }

  /** The lines of a section, its heading first. */
  String render(String section) {
    Map<String, Object> fields = fields(section);
    StringBuilder text = new StringBuilder("# ").append(title(section)).append("\r\n");
    fields.forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
    return text.toString();
  }

  private static String title(String section) {
    return section.equals("cpu")
        ? "CPU"
        : section.substring(0, 1).toUpperCase(Locale.ROOT) + section.substring(1);
  }

  private Map<String, Object> fields(String section) {
    return switch (section) {
      case "server" -> server();
      case "clients" -> clients();
      case "memory" -> memory();
      case "persistence" -> persistence();
      case "stats" -> stats();
      case "replication" -> replication();
      case "cpu" -> cpu();
      case "commandstats" -> Statistics.commands(services.frontMetrics());
      case "errorstats" -> Statistics.errors(services.frontMetrics());
      case "latencystats" -> Statistics.latencies(services.frontMetrics());
      case "cluster" -> Map.of("cluster_enabled", 1);
      case "ring" -> ring();
      case "keyspace" ->
          keys == 0 ? Map.of() : Map.of("db0", "keys=" + keys + ",expires=0,avg_ttl=0");
      default -> Map.of();
    };
  }

  private Map<String, Object> server() {
    ServerFacts facts = services.facts();
    long nowMillis = System.currentTimeMillis();
    long upSeconds = (nowMillis - facts.startMillis()) / 1000;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("redis_version", ConnectionCommands.REDIS_VERSION);
    fields.put("cartwheel_version", facts.cartwheelVersion());
    fields.put("redis_git_sha1", "00000000");
    fields.put("redis_git_dirty", 0);
    fields.put("redis_build_id", "0");
    fields.put("redis_mode", "cluster");
    fields.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    fields.put("arch_bits", 64);
    fields.put("java_version", System.getProperty("java.version"));
    fields.put("process_id", ProcessHandle.current().pid());
    fields.put("process_supervised", "no");
    fields.put("run_id", facts.runId());
    fields.put("tcp_port", facts.respPort());
    fields.put("server_time_usec", nowMillis * 1000);
    fields.put("uptime_in_seconds", upSeconds);
    fields.put("uptime_in_days", upSeconds / 86_400);
    fields.put("hz", 10);
    fields.put("configured_hz", 10);
    fields.put("executable", "");
    fields.put("config_file", facts.configFile());
    fields.put("io_threads_active", facts.loops() > 1 ? 1 : 0);
    return fields;
  }

  private Map<String, Object> clients() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("connected_clients", services.clients().count());
    fields.put("cluster_connections", Math.max(0, services.ring().members().size() - 1));
    fields.put("maxclients", services.config().maxClients());
    fields.put("blocked_clients", 0);
    fields.put("tracking_clients", 0);
    return fields;
  }

  private Map<String, Object> memory() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    long resident = ProcessFigures.residentBytes();
    long system = ProcessFigures.systemMemoryBytes();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("used_memory", used);
    fields.put("used_memory_human", human(used));
    fields.put("used_memory_rss", resident);
    fields.put("used_memory_rss_human", human(resident));
    fields.put("used_memory_peak", runtime.totalMemory());
    fields.put("used_memory_peak_human", human(runtime.totalMemory()));
    fields.put("total_system_memory", system);
    fields.put("total_system_memory_human", human(system));
    fields.put("heap_max", runtime.maxMemory());
    fields.put("heap_max_human", human(runtime.maxMemory()));
    fields.put("maxmemory", 0);
    fields.put("maxmemory_human", "0B");
    fields.put("maxmemory_policy", "noeviction");
    fields.put("mem_fragmentation_ratio", "1.00");
    fields.put("mem_allocator", "jvm");
    return fields;
  }

  private Map<String, Object> persistence() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("loading", 0);
    fields.put("async_loading", 0);
    fields.put("rdb_changes_since_last_save", 0);
    fields.put("rdb_bgsave_in_progress", 0);
    fields.put("rdb_last_save_time", services.facts().startMillis() / 1000);
    fields.put("rdb_last_bgsave_status", "ok");
    fields.put("rdb_last_bgsave_time_sec", -1);
    fields.put("aof_enabled", 0);
    fields.put("aof_rewrite_in_progress", 0);
    fields.put("aof_last_bgrewrite_status", "ok");
    fields.put("aof_last_write_status", "ok");
    fields.put("storage_engine", services.facts().storageEngine());
    fields.put("data_directory", services.facts().dataDirectory());
    return fields;
  }

  private Map<String, Object> stats() {
    FrontMetrics metrics = services.frontMetrics();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("total_connections_received", metrics.connectionsReceived().getCount());
    fields.put("total_commands_processed", metrics.calls());
    fields.put("instantaneous_ops_per_sec", metrics.commandsPerSecond());
    fields.put("total_net_input_bytes", metrics.inputBytes().getCount());
    fields.put("total_net_output_bytes", metrics.outputBytes().getCount());
    fields.put(
        "client_output_buffer_limit_disconnections", metrics.connectionsClosedOutput().getCount());
    fields.put("rejected_connections", metrics.connectionsRejected().getCount());
    fields.put("sync_full", 0);
    fields.put("sync_partial_ok", 0);
    fields.put("sync_partial_err", 0);
    fields.put("expired_keys", services.metrics().counter(ReapMetrics.EXPIRED).getCount());
    fields.put("evicted_keys", 0);
    fields.put("keyspace_hits", metrics.keyspaceHits().getCount());
    fields.put("keyspace_misses", metrics.keyspaceMisses().getCount());
    fields.put("pubsub_channels", 0);
    fields.put("pubsub_patterns", 0);
    fields.put("latest_fork_usec", 0);
    fields.put("total_error_replies", Statistics.errorReplies(metrics));
    return fields;
  }

  private static Map<String, Object> replication() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", "master");
    fields.put("connected_slaves", 0);
    fields.put("master_failover_state", "no-failover");
    fields.put("master_replid", NO_REPLICATION_ID);
    fields.put("master_replid2", NO_REPLICATION_ID);
    fields.put("master_repl_offset", 0);
    fields.put("second_repl_offset", -1);
    fields.put("repl_backlog_active", 0);
    fields.put("repl_backlog_size", 0);
    fields.put("repl_backlog_first_byte_offset", 0);
    fields.put("repl_backlog_histlen", 0);
    return fields;
  }

  private static Map<String, Object> cpu() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("used_cpu_sys", ProcessFigures.systemSeconds());
    fields.put("used_cpu_user", ProcessFigures.userSeconds());
    fields.put("used_cpu_sys_children", "0.000000");
    fields.put("used_cpu_user_children", "0.000000");
    return fields;
  }

  private Map<String, Object> ring() {
    RingView ring = services.ring();
    PartitionTable table = ring.table();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("cluster_name", ring.clusterName());
    fields.put("node_name", ring.self());
    fields.put("members", ring.members().size());
    fields.put(
        "members_reachable", ring.members().stream().filter(RingView.Peer::reachable).count());
    fields.put("partitions", table == null ? 0 : table.partitions());
    fields.put("state", table == null ? ring.notReadyReason() : "ok");
    fields.putAll(Statistics.others(services.metrics()));
    return fields;
  }

  /** As Redis writes sizes: two decimals, and the letter of a power of 1024. */
  static String human(long sizeBytes) {
    if (sizeBytes < 1024) {
      return sizeBytes + "B";
    }
    double size = sizeBytes;
    String letters = "KMGTP";
    int power = -1;
    while (size >= 1024 && power < letters.length() - 1) {
      size /= 1024;
      power++;
    }
    return String.format(Locale.ROOT, "%.2f%c", size, letters.charAt(power));
  }
}
