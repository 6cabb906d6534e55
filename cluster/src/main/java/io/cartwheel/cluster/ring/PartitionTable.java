package io.cartwheel.cluster.ring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Who owns what, written down: an entry for each partition. Entries are merged one by one, so
 * tables learned from different peers in any order end equal. Immutable.
 */
public final class PartitionTable {

  /**
   * One partition.
   *
   * @param epoch higher wins
   * @param holder whose virtual node the partition is; lists of neighbours are walked over holders
   * @param committed the owners in order; reads use these, and their acknowledgements count
   * @param target the owners to be, in order; equal to {@code committed} where nothing moves
   */
  public record Entry(long epoch, NodeName holder, List<NodeName> committed, List<NodeName> target)
      implements Comparable<Entry> {

    public Entry {
      committed = List.copyOf(committed);
      target = List.copyOf(target);
      if (epoch < 1 || !areOwners(committed) || !areOwners(target)) {
        throw new IllegalArgumentException(
            "epoch " + epoch + ", owners " + committed + ", to be " + target);
      }
    }

    private static boolean areOwners(List<NodeName> names) {
      return !names.isEmpty() && names.stream().distinct().count() == names.size();
    }

    private static final Comparator<List<NodeName>> BY_NAMES =
        (a, b) -> {
          for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = a.get(i).compareTo(b.get(i));
            if (order != 0) {
              return order;
            }
          }
          return Integer.compare(a.size(), b.size());
        };

    private static final Comparator<Entry> ORDER =
        Comparator.comparingLong(Entry::epoch)
            .thenComparing(Entry::holder)
            .thenComparing(Entry::committed, BY_NAMES)
            .thenComparing(Entry::target, BY_NAMES);

    @Override
    public int compareTo(Entry other) {
      return ORDER.compare(this, other);
    }
  }

  private final List<Entry> entries;

  /**
   * @param entries one for each partition, a power of two up to 16384 of them
   */
  public PartitionTable(List<Entry> entries) {
    if (Integer.bitCount(entries.size()) != 1 || entries.size() > Position.SLOTS) {
      throw new IllegalArgumentException(
          entries.size() + " partitions: a power of two up to 16384");
    }
    this.entries = List.copyOf(entries);
  }

  public int partitions() {
    return entries.size();
  }

  public Entry entry(int partition) {
    return entries.get(partition);
  }

  public int partitionOf(Key key) {
    return key.partition(partitions());
  }

  public List<Entry> entries() {
    return entries;
  }

  /** The table with a peer's entry taken in, this very table where it brings nothing new. */
  public PartitionTable merge(int partition, Entry learned) {
    if (learned.compareTo(entries.get(partition)) <= 0) {
      return this;
    }
    List<Entry> merged = new ArrayList<>(entries);
    merged.set(partition, learned);
    return new PartitionTable(merged);
  }

  /**
   * The table with all of a peer's entries taken in, this very table where they bring nothing new.
   *
   * @throws IllegalArgumentException where the tables differ in their number of partitions
   */
  public PartitionTable merge(PartitionTable other) {
    if (other.partitions() != partitions()) {
      throw new IllegalArgumentException(
          "tables of " + partitions() + " and " + other.partitions() + " partitions");
    }
    List<Entry> merged = new ArrayList<>(entries);
    boolean changed = false;
    for (int p = 0; p < merged.size(); p++) {
      if (other.entry(p).compareTo(merged.get(p)) > 0) {
        merged.set(p, other.entry(p));
        changed = true;
      }
    }
    return changed ? new PartitionTable(merged) : this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PartitionTable that && entries.equals(that.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }
}
