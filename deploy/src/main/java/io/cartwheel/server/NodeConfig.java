package io.cartwheel.server;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.resp.command.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The settings as CONFIG shows them, and those that may change while the node runs. */
final class NodeConfig implements ServerConfig {
  /** Longest word of a command that is read at all, as in Redis. */
  private static final long PROTO_MAX_BULK_LEN_BYTES = 512L << 20;

  /** What {@link #set} takes; the others hold until the node stops, or for the whole cluster. */
  private static final List<String> CHANGEABLE =
      List.of("maxclients", "protected-mode", "requirepass", "timeout");

  private final Settings settings;
  private final Map<String, Object> changed = new TreeMap<>();
  private volatile String password;
  private volatile int maxClients;
  private volatile boolean protectedMode;
  private volatile long idleTimeoutMillis;

  NodeConfig(Settings settings) {
    this.settings = settings;
    password = settings.text("requirepass");
    maxClients = settings.number("maxclients");
    protectedMode = settings.yes("protected-mode");
    idleTimeoutMillis = settings.number("timeout") * 1000L;
  }

  @Override
  public synchronized Map<String, String> all() {
    Map<String, String> all = new TreeMap<>(settings.shown());
    all.put("appendfsync", defaultFsync());
    all.put("appendonly", "yes");
    all.put("bind", settings.text("resp.bind"));
    all.put("cluster-enabled", "yes");
    all.put("databases", "1");
    all.put("dir", settings.text("node.data-dir"));
    all.put("latency-tracking", "yes");
    all.put("maxmemory", "0");
    all.put("maxmemory-policy", "noeviction");
    all.put("notify-keyspace-events", "");
    all.put("port", Integer.toString(settings.number("resp.port")));
    all.put("proto-max-bulk-len", Long.toString(PROTO_MAX_BULK_LEN_BYTES));
    all.put("save", "");
    changed.forEach((name, value) -> all.put(name, String.valueOf(value)));
    return all;
  }

  @Override
  public synchronized String set(String name, String value) {
    String known = name.toLowerCase(Locale.ROOT);
    if (!CHANGEABLE.contains(known)) {
      return refusal(name);
    }
    Object parsed;
    try {
      parsed = setting(known).parse(value);
    } catch (UserError e) {
      return "'" + value + "' is no value of " + known + "; allowed: " + setting(known).allowed();
    }
    switch (known) {
      case "requirepass":
        password = value;
        return null;
      case "maxclients":
        maxClients = Math.toIntExact((Long) parsed);
        break;
      case "protected-mode":
        protectedMode = value.equals("yes");
        break;
      default:
        idleTimeoutMillis = (Long) parsed * 1000L;
    }
    changed.put(known, parsed);
    return null;
  }

  @Override
  public boolean passwordRequired() {
    return !password.isEmpty();
  }

  @Override
  public boolean passwordMatches(byte[] candidate) {
    byte[] expected = password.getBytes(StandardCharsets.UTF_8);
    return expected.length > 0 && MessageDigest.isEqual(expected, candidate);
  }

  @Override
  public long maxValueSizeBytes() {
    return settings.number("max-value-size");
  }

  @Override
  public long protoMaxBulkLenBytes() {
    return PROTO_MAX_BULK_LEN_BYTES;
  }

  @Override
  public int maxClients() {
    return maxClients;
  }

  @Override
  public boolean protectedMode() {
    return protectedMode;
  }

  @Override
  public long idleTimeoutMillis() {
    return idleTimeoutMillis;
  }

  private String refusal(String name) {
    String known = name.toLowerCase(Locale.ROOT);
    boolean clusterWide =
        known.startsWith("keyspaces.")
            || SettingTable.ALL.stream().anyMatch(s -> s.name().equals(known) && s.clusterWide());
    if (clusterWide) {
      return "'"
          + name
          + "' must be the same on all nodes; change it in their settings and restart them";
    }
    if (all().containsKey(known)
        || SettingTable.ALL.stream().anyMatch(s -> s.name().equals(known))) {
      return "'"
          + name
          + "' cannot be changed while the node runs; allowed: "
          + String.join(", ", CHANGEABLE);
    }
    return "Unknown option or number of arguments for CONFIG SET - '" + name + "'";
  }

  private static Setting setting(String name) {
    return SettingTable.ALL.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  private String defaultFsync() {
    Keyspace.Fsync fsync = settings.keyspaces().of(new byte[0]).fsync();
    return fsync.name().toLowerCase(Locale.ROOT);
  }
}
