package io.cartwheel.cluster.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who keeps the keys of a partition: its owners, and after them those who stand in for an owner
 * that does not answer, all in order. Every member is in every list, once.
 *
 * @param owners the first N; a keyspace with a smaller n uses the first n of them
 * @param fallbacks the rest
 */
public record PreferenceList(List<NodeName> owners, List<NodeName> fallbacks) {
  public PreferenceList {
    owners = List.copyOf(owners);
    fallbacks = List.copyOf(fallbacks);
  }

  /** Owners, then fallbacks. */
  public List<NodeName> all() {
    List<NodeName> all = new ArrayList<>(owners);
    all.addAll(fallbacks);
    return List.copyOf(all);
  }

  /**
   * The list as the table has it written down: the committed owners, and as fallbacks the others in
   * the order of the walk.
   */
  public static PreferenceList of(PartitionTable table, List<Member> members, int partition) {
    List<NodeName> holders = new ArrayList<>(table.partitions());
    for (PartitionTable.Entry entry : table.entries()) {
      holders.add(entry.holder());
    }
    List<NodeName> owners = table.entry(partition).committed();
    List<NodeName> fallbacks = new ArrayList<>(walk(holders, members, partition));
    fallbacks.removeAll(owners);
    return new PreferenceList(owners, fallbacks);
  }

  /**
   * Walks the ring from a partition and collects its holders: nodes already listed are skipped
   * (they are virtual nodes of one machine), and so are racks already listed while other racks
   * remain. A node without a rack stands alone, as if in a rack of its own.
   *
   * <p>Where there are more members than partitions some hold none. They come last, in order of
   * their names from a place that depends on the partition, so that standing in is shared out: they
   * own nothing, but a write that no holder can take finds them.
   *
   * @param holders of all partitions, in order
   * @param members their racks are looked up here; a holder that is none of them is left out
   * @return every member once
   */
  public static List<NodeName> walk(List<NodeName> holders, List<Member> members, int partition) {
    TreeMap<NodeName, Member> waiting = new TreeMap<>();
    TreeSet<String> racks = new TreeSet<>();
    for (Member member : members) {
      waiting.put(member.name(), member);
      racks.add(rackOf(member));
    }
    List<Member> ring = new ArrayList<>(members.size());
    for (int i = 0; i < holders.size() && !waiting.isEmpty(); i++) {
      Member met = waiting.remove(holders.get((partition + i) % holders.size()));
      if (met != null) {
        ring.add(met);
      }
    }
    List<Member> without = List.copyOf(waiting.values());
    for (int i = 0; i < without.size(); i++) {
      ring.add(without.get((partition + i) % without.size()));
    }
    return racksFirst(ring, ring.size() - without.size(), racks);
  }

  /** A member of each rack first, where a rack has one that holds something; then the others. */
  private static List<NodeName> racksFirst(List<Member> ring, int holding, TreeSet<String> racks) {
    List<NodeName> listed = new ArrayList<>(ring.size());
    List<NodeName> skipped = new ArrayList<>(ring.size());
    for (int i = 0; i < ring.size(); i++) {
      Member met = ring.get(i);
      boolean newRack = i < holding && racks.remove(rackOf(met));
      (newRack ? listed : skipped).add(met.name());
    }
    listed.addAll(skipped);
    return List.copyOf(listed);
  }

  private static String rackOf(Member member) {
    // A name cannot hold a space, so this is no rack that anybody could set by accident.
    return member.rack().isEmpty() ? " " + member.name() : member.rack();
  }
}
