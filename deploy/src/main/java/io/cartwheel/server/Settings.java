package io.cartwheel.server;

import com.typesafe.config.ConfigUtil;
import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The settings of a node, checked one by one and together. Immutable. */
final class Settings {
  private static final String DEFAULT_KEYSPACE = "default";

  private final Map<String, Object> values = new HashMap<>();
  private final Map<String, String> storage = new TreeMap<>();
  private final Keyspaces keyspaces;

  /**
   * Reads texts by path, as {@link SettingSources#texts} gives them.
   *
   * @throws UserError naming the first setting that is unknown or wrong, its value, and what is
   *     allowed
   */
  Settings(Map<String, String> texts) {
    for (Setting setting : SettingTable.ALL) {
      values.put(setting.name(), setting.parse(setting.defaultText()));
    }
    Map<String, Map<String, String>> byKeyspace = new TreeMap<>();
    byKeyspace.put(DEFAULT_KEYSPACE, new TreeMap<>());
    Map<String, String> engineSettings = new TreeMap<>();
    for (Map.Entry<String, String> entry : texts.entrySet()) {
      List<String> path = ConfigUtil.splitPath(entry.getKey());
      Setting setting = find(SettingTable.ALL, entry.getKey());
      if (setting != null) {
        values.put(setting.name(), setting.parse(entry.getValue()));
      } else if (path.size() == 3
          && path.get(0).equals("keyspaces")
          && find(SettingTable.KEYSPACE, path.get(2)) != null) {
        byKeyspace
            .computeIfAbsent(path.get(1), prefix -> new TreeMap<>())
            .put(path.get(2), entry.getValue());
      } else if (path.size() == 3 && path.get(0).equals("storage")) {
        engineSettings.put(path.get(1) + "." + path.get(2), entry.getValue());
      } else {
        throw unknown(entry.getKey(), entry.getValue(), path);
      }
    }
    String engine = text("storage.engine");
    for (Map.Entry<String, String> entry : engineSettings.entrySet()) {
      if (!entry.getKey().startsWith(engine + ".")) {
        throw UserError.usage(
            "setting cartwheel.storage."
                + entry.getKey()
                + " is '"
                + entry.getValue()
                + "', but storage.engine is '"
                + engine
                + "'; allowed: settings below storage."
                + engine
                + ".");
      }
      storage.put(entry.getKey().substring(engine.length() + 1), entry.getValue());
    }
    keyspaces = keyspaces(byKeyspace);
    checkTogether();
  }

  String text(String name) {
    return (String) values.get(name);
  }

  int number(String name) {
    return Math.toIntExact((Long) values.get(name));
  }

  List<?> list(String name) {
    return (List<?>) values.get(name);
  }

  boolean yes(String name) {
    return text(name).equals("yes");
  }

  Keyspaces keyspaces() {
    return keyspaces;
  }

  /** The settings below {@code storage.<engine>.}. */
  Map<String, String> storage() {
    return storage;
  }

  int peerPort() {
    int port = number("peer.port");
    return port != 0 ? port : number("resp.port") + 10_000;
  }

  String respAnnounce() {
    return announce("resp", number("resp.port"));
  }

  String peerAnnounce() {
    return announce("peer", peerPort());
  }

  String nodeName() {
    return text("node.name").isEmpty() ? respAnnounce() : text("node.name");
  }

  int loops() {
    int loops = number("node.loops");
    return loops != 0 ? loops : Runtime.getRuntime().availableProcessors();
  }

  /**
   * @param waitingBytes what peers, and writes, may make the node keep on its heap
   */
  NodeSettings toNodeSettings(long waitingBytes) {
    List<String> seeds = new ArrayList<>();
    list("cluster.seeds").forEach(seed -> seeds.add(String.valueOf(seed)));
    return new NodeSettings(
        text("cluster.name"),
        number("cluster.partitions"),
        keyspaces,
        new NodeSettings.Self(
            new NodeName(nodeName()),
            text("node.rack"),
            number("node.weight"),
            peerAnnounce(),
            respAnnounce()),
        new NodeSettings.Peering(text("peer.bind"), peerPort(), seeds, text("cluster.secret")),
        new NodeSettings.Timeouts(
            number("request-timeout"),
            number("replica-timeout"),
            number("attempt-timeout"),
            number("heartbeat.interval"),
            number("heartbeat.timeout")),
        new NodeSettings.Limits(
            number("max-value-size"),
            number("version.vector-limit"),
            number("version.sibling-limit"),
            (Long) values.get("tombstone.grace"),
            (Long) values.get("clock.tolerance"),
            (Long) values.get("row-cache-size"),
            waitingBytes),
        new NodeSettings.Repair(
            (Long) values.get("hints.max-bytes"),
            (Long) values.get("hints.max-age"),
            number("antientropy.interval"),
            (Long) values.get("reap.floor")));
  }

  /** What CONFIG GET shows: every setting but secrets, under its own name. */
  Map<String, String> shown() {
    Map<String, String> shown = new TreeMap<>();
    for (Setting setting : SettingTable.ALL) {
      if (setting.kind() != Setting.Kind.SECRET) {
        Object value = values.get(setting.name());
        String unit = setting.kind() == Setting.Kind.DURATION ? "ms" : "";
        shown.put(setting.name(), value instanceof List<?> items ? join(items) : value + unit);
      }
    }
    shown.put("node.name", nodeName());
    shown.put("resp.announce", respAnnounce());
    shown.put("peer.announce", peerAnnounce());
    shown.put("peer.port", Integer.toString(peerPort()));
    for (Keyspace k : keyspaces.all()) {
      shown.put(
          "keyspaces." + (k.prefix().isEmpty() ? DEFAULT_KEYSPACE : '"' + k.prefix() + '"'),
          String.format(
              Locale.ROOT,
              "n=%d r=%d w=%d conflicts=%s default-ttl=%dms fsync=%s",
              k.n(),
              k.r(),
              k.w(),
              lower(k.conflicts()),
              k.defaultTtlMillis(),
              lower(k.fsync())));
    }
    storage.forEach(
        (name, value) -> shown.put("storage." + text("storage.engine") + "." + name, value));
    return shown;
  }

  private void checkTogether() {
    if (Integer.bitCount(number("cluster.partitions")) != 1) {
      throw wrong("cluster.partitions", "a power of two from 1 to 16384");
    }
    if (number("attempt-timeout") * 2L >= number("request-timeout")) {
      throw wrong(
          "attempt-timeout",
          "less than half of request-timeout, which is " + number("request-timeout") + " ms");
    }
    if (number("heartbeat.timeout") < 2L * number("heartbeat.interval")) {
      throw wrong(
          "heartbeat.timeout",
          "at least twice heartbeat.interval, which is " + number("heartbeat.interval") + " ms");
    }
    if ((Long) values.get("reap.floor") < 4L * number("request-timeout")) {
      throw wrong(
          "reap.floor",
          "at least four times request-timeout, which is " + number("request-timeout") + " ms");
    }
    if (peerPort() > 65535) {
      throw wrong(
          "resp.port",
          "up to 55535, or set cartwheel.peer.port, which is resp.port + 10000 otherwise");
    }
    if (peerPort() == number("resp.port")) {
      throw wrong("peer.port", "another port than resp.port");
    }
    for (String side : List.of("resp", "peer")) {
      String announce = text(side + ".announce");
      if (!announce.isEmpty() && !Address.isValid(announce)) {
        throw wrong(side + ".announce", "host:port");
      }
      if (announce.isEmpty() && Loopback.isWildcard(text(side + ".bind"))) {
        throw UserError.usage(
            "setting cartwheel."
                + side
                + ".bind is '"
                + text(side + ".bind")
                + "', which others cannot connect to; set"
                + " cartwheel."
                + side
                + ".announce to the host:port that they should use");
      }
    }
    if (!Loopback.isLoopback(text("peer.bind")) && text("cluster.secret").isEmpty()) {
      throw UserError.usage(
          "setting cartwheel.peer.bind is '"
              + text("peer.bind")
              + "', beyond loopback, but cartwheel.cluster.secret is"
              + " empty; set the same secret on all nodes");
    }
    try {
      new NodeName(nodeName());
    } catch (IllegalArgumentException e) {
      throw wrong("node.name", "1 to 255 printable ASCII characters, no space, no comma");
    }
  }

  private String announce(String side, int port) {
    String announce = text(side + ".announce");
    return announce.isEmpty() ? new Address(text(side + ".bind"), port).toString() : announce;
  }

  private UserError wrong(String name, String allowed) {
    return UserError.usage(
        "setting cartwheel." + name + " is '" + values.get(name) + "'; allowed: " + allowed);
  }

  private static Keyspaces keyspaces(Map<String, Map<String, String>> byKeyspace) {
    Map<String, String> defaults = byKeyspace.get(DEFAULT_KEYSPACE);
    List<Keyspace> all = new ArrayList<>();
    for (Map.Entry<String, Map<String, String>> entry : byKeyspace.entrySet()) {
      Map<String, String> own = new TreeMap<>(defaults);
      own.putAll(entry.getValue());
      all.add(keyspace(entry.getKey(), own));
    }
    return new Keyspaces(all);
  }

  private static Keyspace keyspace(String name, Map<String, String> texts) {
    Map<String, Object> parsed = new HashMap<>();
    for (Setting setting : SettingTable.KEYSPACE) {
      String text = texts.getOrDefault(setting.name(), setting.defaultText());
      try {
        parsed.put(setting.name(), setting.parse(text));
      } catch (UserError e) {
        throw UserError.usage(
            "setting cartwheel.keyspaces.\""
                + name
                + "\"."
                + setting.name()
                + " is '"
                + text
                + "'; allowed: "
                + setting.allowed());
      }
    }
    int n = Math.toIntExact((Long) parsed.get("n"));
    for (String quorum : List.of("r", "w")) {
      long value = (Long) parsed.get(quorum);
      if (value > n) {
        throw UserError.usage(
            "setting cartwheel.keyspaces.\""
                + name
                + "\"."
                + quorum
                + " is '"
                + value
                + "'; allowed: 1 to n, which is "
                + n);
      }
    }
    return new Keyspace(
        name.equals(DEFAULT_KEYSPACE) ? "" : name,
        n,
        Math.toIntExact((Long) parsed.get("r")),
        Math.toIntExact((Long) parsed.get("w")),
        Keyspace.Conflicts.valueOf(((String) parsed.get("conflicts")).toUpperCase(Locale.ROOT)),
        (Long) parsed.get("default-ttl"),
        Keyspace.Fsync.valueOf(((String) parsed.get("fsync")).toUpperCase(Locale.ROOT)));
  }

  private static UserError unknown(String path, String value, List<String> parts) {
    List<String> similar =
        parts.get(0).equals("keyspaces")
            ? SettingTable.KEYSPACE.stream()
                .map(s -> "cartwheel.keyspaces.\"prefix\"." + s.name())
                .toList()
            : SettingTable.similar(path);
    return UserError.usage(
        "unknown setting cartwheel."
            + path
            + " (value '"
            + value
            + "'); "
            + (similar.isEmpty()
                ? "all settings are listed in deploy/conf/cartwheel.conf"
                : "allowed: " + String.join(", ", similar)));
  }

  private static Setting find(List<Setting> table, String name) {
    for (Setting setting : table) {
      if (setting.name().equals(name)) {
        return setting;
      }
    }
    return null;
  }

  private static String join(List<?> items) {
    return String.join(",", items.stream().map(String::valueOf).toList());
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}
