package io.cartwheel.resp.command.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The ring in Redis Cluster's words: nodes with ids, and runs of slots. A snapshot. */
final class ClusterMap {

  /**
   * A member as clients address it.
   *
   * @param id 40 hex digits, a hash of cluster and node name: the same at every node and after
   *     every restart
   */
  record Node(
      NodeName name,
      String id,
      String host,
      int port,
      int peerPort,
      boolean reachable,
      boolean myself) {}

  /**
   * Adjacent slots of the same owners, both ends included.
   *
   * @param owners the reachable ones first, otherwise in the order of the preference list
   */
  record Run(int firstSlot, int lastSlot, List<Node> owners) {}

  private final Map<NodeName, Node> nodes = new LinkedHashMap<>();
  private final PartitionTable table;

  ClusterMap(RingView ring) {
    table = ring.table();
    for (RingView.Peer peer : ring.members()) {
      Member member = peer.member();
      nodes.put(
          member.name(),
          new Node(
              member.name(),
              idOf(ring.clusterName(), member.name()),
              host(member.respAddress()),
              port(member.respAddress()),
              port(member.peerAddress()),
              peer.reachable(),
              member.name().equals(ring.self())));
    }
  }

  static String idOf(String clusterName, NodeName name) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(clusterName.getBytes(UTF_8));
      sha1.update((byte) 0);
      sha1.update(name.value().getBytes(UTF_8));
      return HexFormat.of().formatHex(sha1.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }

  private static String host(String address) {
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  boolean hasTable() {
    return table != null;
  }

  /** All members, in order of their names. */
  List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  /** The highest epoch of the table, 0 without one. */
  long epoch() {
    return table == null
        ? 0
        : table.entries().stream().mapToLong(PartitionTable.Entry::epoch).max().orElse(0);
  }

  /** All slots with their owners, none while there is no table. */
  List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (int p = 0; table != null && p < table.partitions(); p++) {
      append(runs, p, reachableFirst(table.entry(p).committed()));
    }
    return runs;
  }

  /**
   * The slots whose first reachable owner this is, both ends of a run included. Clients that learn
   * the cluster from its nodes would otherwise go on to send a dead node its slots' keys.
   */
  List<Run> headedBy(Node node) {
    List<Run> runs = new ArrayList<>();
    for (int p = 0; table != null && p < table.partitions(); p++) {
      if (reachableFirst(table.entry(p).committed()).get(0).equals(node)) {
        append(runs, p, List.of(node));
      }
    }
    return runs;
  }

  private void append(List<Run> runs, int partition, List<Node> owners) {
    int width = Position.SLOTS / table.partitions();
    int first = partition * width;
    Run before = runs.isEmpty() ? null : runs.get(runs.size() - 1);
    boolean joins = before != null && before.lastSlot + 1 == first && before.owners.equals(owners);
    if (joins) {
      runs.set(runs.size() - 1, new Run(before.firstSlot, first + width - 1, owners));
    } else {
      runs.add(new Run(first, first + width - 1, owners));
    }
  }

  private List<Node> reachableFirst(List<NodeName> names) {
    List<Node> owners = new ArrayList<>();
    List<Node> unreachable = new ArrayList<>();
    for (NodeName name : names) {
      Node node = nodes.get(name);
      if (node != null) {
        (node.reachable ? owners : unreachable).add(node);
      }
    }
    owners.addAll(unreachable);
    return owners;
  }
}
