package io.cartwheel.server;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.resp.command.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings as CONFIG shows them, and those that may change while the node runs. Of Redis's
 * settings it has those that clients ask for; what they are here is of one of three kinds: changed
 * at run time, read at the start, or so by nature.
 */
final class NodeConfig implements ServerConfig {
  /** Longest word of a command that is read at all, as in Redis. */
  private static final long PROTO_MAX_BULK_LEN_BYTES = 512L << 20;

  private static final String IMMUTABLE = "can't set immutable config";

  /** Settings of ours that {@link #set} takes. */
  private static final List<String> CHANGEABLE =
      List.of("maxclients", "protected-mode", "requirepass", "timeout");

  /** Redis's, of replication, of which there is none: what is set is kept, and has no effect. */
  private static final List<String> KEPT = List.of("masterauth", "masteruser");

  /** Never shown. */
  private static final List<String> SECRET = List.of("cluster.secret", "masterauth", "requirepass");

  /** Redis's names of what is read at the start from a setting of ours. */
  private static final Map<String, String> READ_AT_START =
      Map.of(
          "appendfsync",
          "keyspaces.default.fsync",
          "bind",
          "resp.bind",
          "dir",
          "node.data-dir",
          "port",
          "resp.port");

  /** Redis's that cannot be otherwise here. */
  private static final Map<String, String> BY_NATURE =
      Map.of(
          "appendonly",
          "yes",
          "cluster-enabled",
          "yes",
          "databases",
          "1",
          "latency-tracking",
          "yes",
          "maxmemory",
          "0",
          "maxmemory-policy",
          "noeviction",
          "notify-keyspace-events",
          "",
          "proto-max-bulk-len",
          Long.toString(PROTO_MAX_BULK_LEN_BYTES),
          "save",
          "");

  private final Settings settings;
  private final Map<String, String> changed = new TreeMap<>();
  private volatile byte[] password;
  private volatile int maxClients;
  private volatile boolean protectedMode;
  private volatile long idleTimeoutMillis;

  NodeConfig(Settings settings) {
    this.settings = settings;
    password = settings.text("requirepass").getBytes(StandardCharsets.UTF_8);
    maxClients = settings.number("maxclients");
    protectedMode = settings.yes("protected-mode");
    idleTimeoutMillis = settings.number("timeout") * 1000L;
  }

  @Override
  public synchronized Map<String, String> all() {
    Map<String, String> all = new TreeMap<>(settings.shown());
    all.putAll(BY_NATURE);
    all.put("appendfsync", defaultFsync());
    all.put("bind", settings.text("resp.bind"));
    all.put("dir", settings.text("node.data-dir"));
    all.put("masteruser", "");
    all.put("port", Integer.toString(settings.number("resp.port")));
    changed.forEach(all::put);
    SECRET.forEach(all::remove);
    return all;
  }

  @Override
  public boolean knows(String name) {
    return SECRET.contains(name) || all().containsKey(name);
  }

  @Override
  public String immutable(String name, String value) {
    boolean sameByNature = value.equals(BY_NATURE.get(name));
    if (CHANGEABLE.contains(name) || KEPT.contains(name) || sameByNature) {
      return null;
    }
    if (BY_NATURE.containsKey(name)) {
      return IMMUTABLE + ": it is always '" + BY_NATURE.get(name) + "' here";
    }
    boolean clusterWide =
        name.startsWith("keyspaces.")
            || SettingTable.ALL.stream().anyMatch(s -> s.name().equals(name) && s.clusterWide());
    if (clusterWide) {
      return IMMUTABLE
          + ": it must be the same on all nodes; change it in their settings and restart them";
    }
    return IMMUTABLE
        + ": it is read at the start; change cartwheel."
        + READ_AT_START.getOrDefault(name, name)
        + " and restart the node";
  }

  @Override
  public synchronized Refusal set(Map<String, String> values) {
    Map<String, String> plain = new HashMap<>();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      String name = entry.getKey();
      String value = entry.getValue();
      if (CHANGEABLE.contains(name)) {
        Setting setting = setting(name);
        value = setting.kind() == Setting.Kind.CHOICE ? value.toLowerCase(Locale.ROOT) : value;
        String wrong = wrong(setting, value);
        if (wrong != null) {
          return new Refusal(name, wrong);
        }
      }
      plain.put(name, value);
    }
    plain.forEach(this::apply);
    return null;
  }

  private void apply(String name, String value) {
    switch (name) {
      case "requirepass" -> password = value.getBytes(StandardCharsets.ISO_8859_1);
      case "maxclients" -> maxClients = Integer.parseInt(value);
      case "protected-mode" -> protectedMode = value.equals("yes");
      case "timeout" -> idleTimeoutMillis = Long.parseLong(value) * 1000L;
      default -> {}
    }
    if (!SECRET.contains(name)) {
      changed.put(name, value);
    }
  }

  /** What Redis says of a value that cannot be; null where it can. */
  private static String wrong(Setting setting, String value) {
    return switch (setting.kind()) {
      case NUMBER -> wrongNumber(setting, value);
      case CHOICE ->
          setting.choices().contains(value)
              ? null
              : "argument must be '" + String.join("' or '", setting.choices()) + "'";
      default -> null;
    };
  }

  private static String wrongNumber(Setting setting, String value) {
    // No sign but minus, no zero in front: Redis's form of an integer.
    if (!value.matches("0|-?[1-9][0-9]{0,17}")) {
      return "argument couldn't be parsed into an integer";
    }
    long number = Long.parseLong(value);
    return number >= setting.min() && number <= setting.max()
        ? null
        : "argument must be between " + setting.min() + " and " + setting.max() + " inclusive";
  }

  @Override
  public boolean passwordRequired() {
    return password.length > 0;
  }

  @Override
  public boolean passwordMatches(byte[] candidate) {
    byte[] expected = password;
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

  private static Setting setting(String name) {
    return SettingTable.ALL.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  private String defaultFsync() {
    Keyspace.Fsync fsync = settings.keyspaces().of(new byte[0]).fsync();
    return fsync.name().toLowerCase(Locale.ROOT);
  }
}
