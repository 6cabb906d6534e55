package io.cartwheel.server;

import static io.cartwheel.server.Setting.Kind.CHOICE;
import static io.cartwheel.server.Setting.Kind.DURATION;
import static io.cartwheel.server.Setting.Kind.LIST;
import static io.cartwheel.server.Setting.Kind.NUMBER;
import static io.cartwheel.server.Setting.Kind.SECRET;
import static io.cartwheel.server.Setting.Kind.SIZE;
import static io.cartwheel.server.Setting.Kind.TEXT;

import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * All settings but those of keyspaces and of storage engines, which have names of the user's or the
 * engine's own.
 */
final class SettingTable {
  private static final long DAY_MILLIS = 86_400_000L;
  private static final long YEAR_MILLIS = 366 * DAY_MILLIS;

  /** The settings of a node, in the order in which they are explained. */
  static final List<Setting> ALL =
      List.of(
          text("node.name", "", "the node's name; resp.announce where empty"),
          text("node.rack", "", "neighbours on the ring differ in it where possible"),
          number("node.weight", 1, 1, 1000, "its share of the ring, relative to the others'"),
          text(
              "node.data-dir",
              "cartwheel-data",
              "directory of the node's data; made with mode 0700"),
          number("node.loops", 0, 0, 256, "event loops and shards; 0 for one per core"),
          text("resp.bind", "127.0.0.1", "address on which clients are served"),
          number("resp.port", 6379, 1, 65535, "port on which clients are served"),
          text(
              "resp.announce",
              "",
              "host:port that clients are told; resp.bind and resp.port where empty"),
          text("peer.bind", "127.0.0.1", "address on which the other nodes are served"),
          number("peer.port", 0, 0, 65535, "port for the other nodes; resp.port + 10000 where 0"),
          text(
              "peer.announce",
              "",
              "host:port that the other nodes are told; peer.bind and peer.port where empty"),
          clusterWide(text("cluster.name", "cartwheel", "nodes of another cluster are refused")),
          secret("cluster.secret", "shared by all nodes; needed where peer.bind is not loopback"),
          new Setting(
              "cluster.seeds",
              LIST,
              "",
              0,
              0,
              List.of(),
              false,
              "peer addresses of all nodes, in any order, with or without this one; empty for one node"),
          clusterWide(
              number(
                  "cluster.partitions",
                  NodeSettings.DEFAULT_PARTITIONS,
                  1,
                  Position.SLOTS,
                  "partitions of the ring, a power of two; fixed for ever at the first start")),
          duration(
              "request-timeout",
              "1s",
              10,
              600_000,
              "a request is answered within it, and 0.4 s per MB of a large value;"
                  + " up to twelve times it while no node is missing"),
          duration(
              "replica-timeout",
              "150ms",
              1,
              600_000,
              "a replica silent for longer is replaced by the next"),
          duration(
              "attempt-timeout",
              "300ms",
              1,
              300_000,
              "a coordinator refuses an attempt to write after it; below half of request-timeout"),
          clusterWide(size("max-value-size", "16MB", 1024, 512L << 20, "longest value of a key")),
          clusterWide(
              number("version.vector-limit", 10, 2, 1000, "entries of a key's stored context")),
          clusterWide(
              number(
                  "version.sibling-limit",
                  100,
                  2,
                  10_000,
                  "concurrent values of a key; a write that would exceed it is refused")),
          clusterWide(
              duration(
                  "tombstone.grace",
                  "1d",
                  1000,
                  YEAR_MILLIS,
                  "younger tombstones are not dropped, younger entries of a context not cut")),
          clusterWide(
              duration("clock.tolerance", "5s", 0, 60_000, "within which the nodes' clocks agree")),
          duration("heartbeat.interval", "200ms", 10, 60_000, "between two heartbeats to a peer"),
          duration(
              "heartbeat.timeout",
              "1s",
              20,
              600_000,
              "a peer silent for longer is unreachable; at least twice the interval"),
          size(
              "hints.max-bytes",
              "256MB",
              0,
              1L << 40,
              "rows kept for nodes that missed them; more is left to anti-entropy"),
          duration(
              "hints.max-age",
              "3h",
              // A hint is given the time to be delivered a few times.
              10_000,
              YEAR_MILLIS,
              "after it a hint is given up and left to anti-entropy"),
          duration(
              "antientropy.interval",
              "60s",
              100,
              DAY_MILLIS,
              "between two comparisons with a peer while nothing happens"),
          clusterWide(
              duration(
                  "reap.floor",
                  "60s",
                  1000,
                  DAY_MILLIS,
                  "no dead key is dropped earlier after its death; at least four request-timeouts")),
          text(
              "storage.engine",
              "rocksdb",
              "rocksdb or memory; its own settings are below storage.<engine>"),
          size("row-cache-size", "64MB", 0, 1L << 40, "rows used last that are kept on the heap"),
          secret(
              "requirepass",
              "password of clients; needed to serve others than loopback, unless protected-mode is no"),
          new Setting(
              "protected-mode",
              CHOICE,
              "yes",
              0,
              0,
              List.of("yes", "no"),
              false,
              "without a password, serve loopback clients only"),
          number("maxclients", 10_000, 1, 1_000_000, "connections of clients; one more is refused"),
          number(
              "timeout",
              0,
              0,
              31_536_000,
              "seconds after which an idle client is disconnected; 0 for never"));

  /**
   * The settings of one keyspace, below {@code keyspaces.<prefix>.}; the defaults are those of
   * {@code default}.
   */
  static final List<Setting> KEYSPACE =
      List.of(
          clusterWide(number("n", 3, 1, 32, "copies")),
          clusterWide(number("r", 2, 1, 32, "replicas that a read asks")),
          clusterWide(
              number("w", 2, 1, 32, "replicas that have stored a write when it is acknowledged")),
          clusterWide(
              new Setting(
                  "conflicts",
                  CHOICE,
                  "siblings",
                  0,
                  0,
                  List.of("siblings", "newest"),
                  true,
                  "what readers see of concurrent writes")),
          duration(
              "default-ttl",
              "0s",
              0,
              100 * YEAR_MILLIS,
              "expiry of a value set without one; 0 for none"),
          new Setting(
              "fsync",
              CHOICE,
              "everysec",
              0,
              0,
              List.of("always", "everysec", "no"),
              false,
              "when a write is on the disk"));

  private SettingTable() {}

  /** Names that come nearest to an unknown one, for the error. */
  static List<String> similar(String unknown) {
    List<String> found = new ArrayList<>();
    String last = unknown.substring(unknown.lastIndexOf('.') + 1);
    for (Setting setting : ALL) {
      if (!last.isEmpty() && setting.name().contains(last)) {
        found.add("cartwheel." + setting.name());
      }
    }
    return found;
  }

  private static Setting text(String name, String value, String description) {
    return new Setting(name, TEXT, value, 0, 0, List.of(), false, description);
  }

  private static Setting secret(String name, String description) {
    return new Setting(name, SECRET, "", 0, 0, List.of(), false, description);
  }

  private static Setting number(String name, long value, long min, long max, String description) {
    return new Setting(name, NUMBER, Long.toString(value), min, max, List.of(), false, description);
  }

  private static Setting duration(
      String name, String value, long min, long max, String description) {
    return new Setting(name, DURATION, value, min, max, List.of(), false, description);
  }

  private static Setting size(String name, String value, long min, long max, String description) {
    return new Setting(name, SIZE, value, min, max, List.of(), false, description);
  }

  private static Setting clusterWide(Setting s) {
    return new Setting(
        s.name(), s.kind(), s.defaultText(), s.min(), s.max(), s.choices(), true, s.description());
  }
}
