package io.cartwheel.cluster.ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Places nodes on the ring: says which node holds each partition. A pure function of members and
 * previous holders, computed by one node and then written down, in this order of precedence:
 *
 * <ol>
 *   <li><i>Balance.</i> A node holds its share by weight, rounded down or up.
 *   <li><i>Rest.</i> A partition changes its holder only where balance needs it; of the shares that
 *       balance allows, those are taken that move least.
 *   <li><i>Spread.</i> Holders of neighbouring partitions, so many as a key has copies, differ in
 *       node and then in rack, as far as the first two allow. Preference lists skip what is left of
 *       such neighbours, so this is about even load, never about safety.
 * </ol>
 *
 * <p>The first placing deals the partitions out by earliest deadline: the k-th partition of a node
 * with share q is due at (k + 1/2) * P / q, and of the nodes that clash least with their neighbours
 * the one that is due first comes next. Later placings first fill the places of those who have
 * left, and then let each newcomer take, one partition at a time, where it clashes least and
 * relieves its giver most. At the end holders are swapped while that helps and moves no more
 * partitions. Where there are more nodes than partitions, those whose share rounds to nothing hold
 * none.
 */
public final class Claim {
  private static final int NOBODY = -1;

  /** One clash of node weighs more than all clashes of rack that a place can have. */
  private static final int NODE_CLASH = 1024;

  /** Bounds the swapping where clashes cannot be helped; about a second of work. */
  private static final long MAX_SWAPS_TRIED = 8_000_000;

  /**
   * For how many half intervals past its due time a node gives way to others whose rack clashes
   * less: for ever, a little, never. For ever spreads the racks best, but a heavy node that always
   * gives way may be left to fill the end of the ring alone.
   */
  private static final long[] PATIENCE = {1_000_000, 1, -1_000_000};

  private final List<Member> members;
  private final int[] rackOf;
  private final int nodeReach;
  private final int rackReach;
  private final int[] holders;
  private final int[] previous;
  private final int[] share;

  private Claim(List<Member> members, int n, int[] previous) {
    this.members = members;
    this.previous = previous;
    this.holders = previous.clone();
    this.rackOf = racks(members);
    int racks = (int) Arrays.stream(rackOf).distinct().count();
    this.nodeReach = Math.min(Math.min(n, members.size()), holders.length) - 1;
    this.rackReach = Math.min(Math.min(n, racks), holders.length) - 1;
    this.share = shares();
  }

  /**
   * The holder of each partition.
   *
   * @param members one at least, no name twice, in any order; weights 1 or more
   * @param n copies of a key: neighbours closer than that should differ
   * @param partitions a power of two up to 16384
   * @param previous holder of each partition until now, whether still a member or not; empty for a
   *     first placing
   */
  public static List<NodeName> holders(
      List<Member> members, int n, int partitions, List<NodeName> previous) {
    List<Member> byName = new ArrayList<>(members);
    byName.sort(Comparator.comparing(Member::name));
    check(byName, n, partitions, previous);
    TreeMap<NodeName, Integer> indexes = new TreeMap<>();
    for (int i = 0; i < byName.size(); i++) {
      indexes.put(byName.get(i).name(), i);
    }
    int[] before = new int[partitions];
    for (int p = 0; p < partitions; p++) {
      before[p] = previous.isEmpty() ? NOBODY : indexes.getOrDefault(previous.get(p), NOBODY);
    }
    return new Claim(byName, n, before).place();
  }

  /**
   * The table of a new cluster: epoch 1, the first {@code n} of each preference list own, nothing
   * moves. Every member computes the same.
   */
  public static PartitionTable firstTable(List<Member> members, int n, int partitions) {
    List<NodeName> holders = holders(members, n, partitions, List.of());
    List<PartitionTable.Entry> entries = new ArrayList<>(partitions);
    for (int p = 0; p < partitions; p++) {
      List<NodeName> list = PreferenceList.walk(holders, members, p);
      List<NodeName> owners = List.copyOf(list.subList(0, Math.min(n, list.size())));
      entries.add(new PartitionTable.Entry(1, holders.get(p), owners, owners));
    }
    return new PartitionTable(entries);
  }

  private static void check(List<Member> byName, int n, int partitions, List<NodeName> previous) {
    if (byName.isEmpty() || n < 1) {
      throw new IllegalArgumentException(byName.size() + " members, " + n + " copies");
    }
    if (Integer.bitCount(partitions) != 1 || partitions < 1 || partitions > Position.SLOTS) {
      throw new IllegalArgumentException(partitions + " partitions: a power of two up to 16384");
    }
    if (!previous.isEmpty() && previous.size() != partitions) {
      throw new IllegalArgumentException(
          previous.size() + " previous holders of " + partitions + " partitions");
    }
    for (int i = 0; i < byName.size(); i++) {
      if (byName.get(i).weight() < 1) {
        throw new IllegalArgumentException("weight of " + byName.get(i));
      }
      if (i > 0 && byName.get(i).name().equals(byName.get(i - 1).name())) {
        throw new IllegalArgumentException("two members named " + byName.get(i).name());
      }
    }
  }

  /** Racks as numbers; a node without a rack stands alone. */
  private static int[] racks(List<Member> members) {
    TreeMap<String, Integer> numbers = new TreeMap<>();
    int[] racks = new int[members.size()];
    for (int i = 0; i < racks.length; i++) {
      String rack = members.get(i).rack();
      if (rack.isEmpty()) {
        racks[i] = members.size() + i;
      } else {
        numbers.putIfAbsent(rack, numbers.size());
        racks[i] = numbers.get(rack);
      }
    }
    return racks;
  }

  private List<NodeName> place() {
    boolean first = Arrays.stream(previous).allMatch(holder -> holder == NOBODY);
    if (first) {
      dealBest();
    } else {
      fill();
      take();
      settle();
    }
    List<NodeName> names = new ArrayList<>(holders.length);
    for (int holder : holders) {
      names.add(members.get(holder).name());
    }
    return List.copyOf(names);
  }

  /**
   * How many partitions each node is to hold: the exact share rounded down, and the rest one by one
   * to those who hold more than that already, then to the greatest remainders.
   */
  private int[] shares() {
    long weights = members.stream().mapToLong(Member::weight).sum();
    int[] held = new int[members.size()];
    for (int holder : previous) {
      if (holder != NOBODY) {
        held[holder]++;
      }
    }
    int[] shares = new int[members.size()];
    long[] remainders = new long[members.size()];
    int rest = holders.length;
    for (int i = 0; i < shares.length; i++) {
      long exact = (long) holders.length * members.get(i).weight();
      shares[i] = (int) (exact / weights);
      remainders[i] = exact % weights;
      rest -= shares[i];
    }
    Integer[] order = new Integer[shares.length];
    Arrays.setAll(order, i -> i);
    // A whole share is not rounded: who has no remainder gets no more.
    Arrays.sort(
        order,
        Comparator.comparing((Integer i) -> remainders[i] == 0)
            .thenComparing(i -> held[i] <= shares[i])
            .thenComparing(i -> -remainders[i]));
    for (int i = 0; i < rest; i++) {
      shares[order[i]]++;
    }
    return shares;
  }

  /** Deals with less and less patience until no nodes clash, or keeps where the fewest do. */
  private void dealBest() {
    int[] best = null;
    long bestClash = 0;
    for (long patience : PATIENCE) {
      Arrays.fill(holders, NOBODY);
      deal(patience);
      settle();
      long clash = 0;
      for (int p = 0; p < holders.length; p++) {
        clash += clash(p, holders[p]) / NODE_CLASH;
      }
      if (best == null || clash < bestClash) {
        best = holders.clone();
        bestClash = clash;
      }
      if (bestClash == 0) {
        break;
      }
    }
    // Counting clashes of racks as well would prefer rings in which they come in clusters.
    System.arraycopy(best, 0, holders, 0, holders.length);
  }

  /** Fills an empty ring, by earliest deadline. */
  private void deal(long patience) {
    int[] dealt = new int[members.size()];
    for (int p = 0; p < holders.length; p++) {
      int best = NOBODY;
      long bestClash = 0;
      for (int node = 0; node < dealt.length; node++) {
        if (dealt[node] < share[node]) {
          long clash = clash(p, node);
          clash = clash < NODE_CLASH && isLate(node, dealt, p, patience) ? -1 : clash;
          if (best == NOBODY
              || clash < bestClash
              || (clash == bestClash && isDueBefore(node, best, dealt))) {
            best = node;
            bestClash = clash;
          }
        }
      }
      holders[p] = best;
      dealt[best]++;
    }
  }

  /** Whether the node's next partition has been due for more than its patience. */
  private boolean isLate(int node, int[] dealt, int partition, long patience) {
    return (2L * dealt[node] + 1 + patience) * holders.length < 2L * partition * share[node];
  }

  private boolean isDueBefore(int node, int other, int[] dealt) {
    return (2L * dealt[node] + 1) * share[other] < (2L * dealt[other] + 1) * share[node];
  }

  /** Gives every partition without a holder to a node that is short of its share. */
  private void fill() {
    int[] lacking = lacking();
    for (int p = 0; p < holders.length; p++) {
      if (holders[p] == NOBODY) {
        int best = NOBODY;
        long bestClash = 0;
        for (int node = 0; node < lacking.length; node++) {
          if (lacking[node] > 0) {
            long clash = clash(p, node);
            if (best == NOBODY
                || clash < bestClash
                || (clash == bestClash && lacksMore(node, best, lacking))) {
              best = node;
              bestClash = clash;
            }
          }
        }
        holders[p] = best;
        lacking[best]--;
      }
    }
  }

  /** Lets every node that is still short take from those who hold more than their share. */
  private void take() {
    int[] lacking = lacking();
    for (int node = 0; node < lacking.length; node++) {
      // Even gaps as far as the neighbours allow, from a place of its own.
      int from = node;
      while (lacking[node] > 0) {
        int taken = bestToTake(node, from, lacking);
        lacking[holders[taken]]++;
        lacking[node]--;
        holders[taken] = node;
        from = taken + Math.max(1, holders.length / share[node]);
      }
    }
  }

  /** Where the node clashes least and the giver clashed most; the first such one at or after. */
  private int bestToTake(int node, int from, int[] lacking) {
    int best = NOBODY;
    long bestScore = 0;
    for (int i = 0; i < holders.length; i++) {
      int p = (from + i) % holders.length;
      if (lacking[holders[p]] < 0) {
        long score = clash(p, node) - clash(p, holders[p]);
        if (best == NOBODY || score < bestScore) {
          best = p;
          bestScore = score;
        }
      }
    }
    return best;
  }

  /** What each node is short of its share; negative where it holds more. */
  private int[] lacking() {
    int[] lacking = share.clone();
    for (int holder : holders) {
      if (holder != NOBODY) {
        lacking[holder]--;
      }
    }
    return lacking;
  }

  private boolean lacksMore(int node, int other, int[] lacking) {
    return (long) lacking[node] * share[other] > (long) lacking[other] * share[node];
  }

  /** Swaps holders while that lessens clashes, and only so that no more partitions move. */
  private void settle() {
    long tried = 0;
    boolean swapped = true;
    while (swapped && tried < MAX_SWAPS_TRIED) {
      swapped = false;
      for (int p = 0; p < holders.length && tried < MAX_SWAPS_TRIED; p++) {
        if (hasMoved(p) && clash(p, holders[p]) > 0) {
          swapped |= swapForBest(p);
          tried += holders.length;
        }
      }
    }
  }

  private boolean swapForBest(int p) {
    long bestGain = 0;
    int best = NOBODY;
    for (int q = 0; q < holders.length; q++) {
      // Either both have moved, or p goes back to its giver, which gives q in its place.
      if (holders[q] != holders[p] && (hasMoved(q) || holders[q] == previous[p])) {
        long gain = gainOfSwap(p, q);
        if (gain > bestGain) {
          bestGain = gain;
          best = q;
        }
      }
    }
    if (best == NOBODY) {
      return false;
    }
    swap(p, best);
    return true;
  }

  private boolean hasMoved(int partition) {
    return holders[partition] != previous[partition];
  }

  private long gainOfSwap(int p, int q) {
    long before = clash(p, holders[p]) + clash(q, holders[q]);
    swap(p, q);
    long after = clash(p, holders[p]) + clash(q, holders[q]);
    swap(p, q);
    return before - after;
  }

  private void swap(int p, int q) {
    int holder = holders[p];
    holders[p] = holders[q];
    holders[q] = holder;
  }

  /** How badly a node would clash at a partition with the neighbours there are. */
  private long clash(int partition, int node) {
    long clash = 0;
    for (int distance = 1; distance <= nodeReach; distance++) {
      clash += clashWith(holders[(partition + distance) % holders.length], node, distance);
      clash +=
          clashWith(
              holders[(partition - distance + holders.length) % holders.length], node, distance);
    }
    return clash;
  }

  private long clashWith(int neighbour, int node, int distance) {
    if (neighbour == NOBODY) {
      return 0;
    }
    if (neighbour == node) {
      return NODE_CLASH;
    }
    return distance <= rackReach && rackOf[neighbour] == rackOf[node] ? 1 : 0;
  }
}
