package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How a cluster gets its first partition table without a leader. Every node waits until it has met
 * all configured seeds and each of them has said that it has no table either; then it computes the
 * first one, a function of the members alone, so all compute the same. A node without a table takes
 * one from whoever has it; tables are merged entry by entry, so the order does not matter.
 *
 * <p>Decides only: whoever holds it sends what is to be said, and writes the ring down before it is
 * used. Not safe for use by several threads at once.
 */
final class Formation {
  /** What a peer's word about its table led to. */
  enum Told {
    /** Nothing new. */
    NOTHING,
    /** Members or table have changed: write them down, use them, tell the peers. */
    RING_CHANGED,
    /** The peer belongs to a ring of other members; nothing was taken from it. */
    OTHER_RING
  }

  private final Member self;
  private final List<String> seeds;
  private final int partitions;
  private final Function<List<Member>, PartitionTable> firstTable;

  /** Who answered at each seed but our own. */
  private final SortedMap<String, Member> answered = new TreeMap<>();

  private final SortedSet<NodeName> saidNoTable = new TreeSet<>();
  private final SortedMap<NodeName, Member> connected = new TreeMap<>();
  private SortedMap<NodeName, Member> ring;
  private PartitionTable table;

  /** As they were configured when this node got its table. */
  private List<String> ringSeeds;

  private String strangeRing;

  /**
   * @param seeds {@code host:port} of all members, with or without this node
   * @param firstTable of members in order of their names
   */
  Formation(
      Member self,
      List<String> seeds,
      int partitions,
      Function<List<Member>, PartitionTable> firstTable) {
    this.self = self;
    this.seeds = seeds.stream().distinct().sorted().toList();
    this.partitions = partitions;
    this.firstTable = firstTable;
  }

  /** Goes on with the ring of an earlier run. */
  void recall(Recollection recollection) {
    ring = byName(recollection.members());
    ring.put(self.name(), self);
    table = recollection.table();
    ringSeeds = recollection.seeds();
    recollection
        .answeredBy()
        .forEach(
            (seed, name) -> {
              if (seeds.contains(seed) && ring.containsKey(name)) {
                answered.put(seed, ring.get(name));
              }
            });
  }

  /** What is to be remembered; only with a table. */
  Recollection recollection() {
    SortedMap<String, NodeName> answeredBy = new TreeMap<>();
    answered.forEach((seed, member) -> answeredBy.put(seed, member.name()));
    return new Recollection(ringSeeds, answeredBy, members(), table);
  }

  /** Who listens at an address that was dialled. Returns whether what is remembered has changed. */
  boolean onAnswered(String address, Member who) {
    if (!seeds.contains(address) || (ring != null && !ring.containsKey(who.name()))) {
      return false;
    }
    Member before = answered.put(address, who);
    return ring != null && (before == null || !before.name().equals(who.name()));
  }

  /** Returns whether the ring's members have changed. */
  boolean onConnected(Member peer) {
    connected.put(peer.name(), peer);
    if (ring == null && seeds.contains(peer.peerAddress())) {
      answered.put(peer.peerAddress(), peer);
    }
    answered.replaceAll((seed, who) -> who.name().equals(peer.name()) ? peer : who);
    if (ring == null || !ring.containsKey(peer.name())) {
      return false;
    }
    return !peer.equals(ring.put(peer.name(), peer));
  }

  void onDisconnected(NodeName peer) {
    connected.remove(peer);
  }

  /**
   * @param theirTable null where the peer has none
   */
  Told onTold(NodeName from, List<Member> theirMembers, PartitionTable theirTable) {
    if (theirTable == null) {
      saidNoTable.add(from);
      return Told.NOTHING;
    }
    SortedMap<NodeName, Member> theirRing = byName(theirMembers);
    if (theirTable.partitions() != partitions) {
      return Told.OTHER_RING;
    }
    if (table == null) {
      if (!theirRing.containsKey(self.name())) {
        strangeRing = "'" + from + "' belongs to a ring without this node: " + join(theirRing);
        return Told.OTHER_RING;
      }
      theirRing.put(self.name(), self);
      theirRing.replaceAll((name, member) -> connected.getOrDefault(name, member));
      ring = theirRing;
      table = theirTable;
      ringSeeds = seeds;
      return Told.RING_CHANGED;
    }
    if (!theirRing.keySet().equals(ring.keySet())) {
      return Told.OTHER_RING;
    }
    return take(table.merge(theirTable));
  }

  /** Takes in an entry that a peer's refusal told. */
  Told onEntry(int partition, PartitionTable.Entry entry) {
    return table == null || partition >= table.partitions()
        ? Told.NOTHING
        : take(table.merge(partition, entry));
  }

  private Told take(PartitionTable merged) {
    if (merged == table) {
      return Told.NOTHING;
    }
    table = merged;
    return Told.RING_CHANGED;
  }

  /** Computes the first table if the time has come; returns whether it did. */
  boolean form() {
    if (table != null || obstacle() != null) {
      return false;
    }
    ring = seedMembers();
    table = firstTable.apply(members());
    ringSeeds = seeds;
    return true;
  }

  /** Null while there is none. */
  PartitionTable table() {
    return table;
  }

  /** The ring's members in order of their names; before there is a ring, who was met so far. */
  List<Member> members() {
    return new ArrayList<>((ring != null ? ring : seedMembers()).values());
  }

  /** Why there is no table, in one line, or null. */
  String notReadyReason() {
    return table == null ? obstacle() : null;
  }

  /** Whom to ask for a table: connected peers that have not said anything of theirs. */
  List<NodeName> silentPeers() {
    return table != null
        ? List.of()
        : connected.keySet().stream().filter(name -> !saidNoTable.contains(name)).toList();
  }

  private String obstacle() {
    if (strangeRing != null) {
      return strangeRing;
    }
    List<String> missing =
        seeds.stream()
            .filter(seed -> !seed.equals(self.peerAddress()) && !answered.containsKey(seed))
            .toList();
    if (!missing.isEmpty()) {
      return "waiting for seeds " + String.join(", ", missing);
    }
    String clash = clash();
    if (clash != null) {
      return clash;
    }
    SortedMap<NodeName, Member> met = seedMembers();
    for (Member peer : connected.values()) {
      if (!met.containsKey(peer.name())) {
        return "node '"
            + peer.name()
            + "' at "
            + peer.peerAddress()
            + " has connected, but is not among the seeds";
      }
    }
    List<String> unheard =
        met.keySet().stream()
            .filter(name -> !name.equals(self.name()) && !saidNoTable.contains(name))
            .map(NodeName::value)
            .toList();
    return unheard.isEmpty()
        ? null
        : "waiting for nodes " + String.join(", ", unheard) + " to say what they know of the ring";
  }

  /** Two nodes of one name, or one directory under two names, among those at the seeds. */
  private String clash() {
    Map<NodeName, Member> byName = new TreeMap<>(Map.of(self.name(), self));
    Map<Long, Member> byId = new TreeMap<>(Map.of(self.dataId(), self));
    for (Member member : answered.values()) {
      Member named = byName.putIfAbsent(member.name(), member);
      if (named != null && named.dataId() != member.dataId()) {
        return "two nodes are named '" + member.name() + "': " + places(named, member);
      }
      if (named != null && !named.peerAddress().equals(member.peerAddress())) {
        return "node '" + member.name() + "' runs twice: " + places(named, member);
      }
      Member same = byId.putIfAbsent(member.dataId(), member);
      if (same != null && !same.name().equals(member.name())) {
        return "nodes '"
            + same.name()
            + "' and '"
            + member.name()
            + "' have the same data directory: "
            + places(same, member);
      }
    }
    return null;
  }

  private SortedMap<NodeName, Member> seedMembers() {
    SortedMap<NodeName, Member> met = byName(answered.values());
    met.put(self.name(), self);
    return met;
  }

  private static SortedMap<NodeName, Member> byName(Collection<Member> members) {
    SortedMap<NodeName, Member> map = new TreeMap<>();
    members.forEach(member -> map.put(member.name(), member));
    return map;
  }

  private static String places(Member one, Member other) {
    return "one at " + one.peerAddress() + ", one at " + other.peerAddress();
  }

  private static String join(SortedMap<NodeName, Member> members) {
    return members.keySet().stream().map(NodeName::value).collect(Collectors.joining(", "));
  }
}
