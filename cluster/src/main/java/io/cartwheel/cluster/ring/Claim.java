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
 * with share q is due at (k + 1/2) * P / q, and the node that is due first and does not clash with
 * its neighbours comes next. Later placings let each newcomer choose, one partition at a time,
 * where it clashes least. Then partitions that were moved anyway are swapped while that helps.
 * Where there are more nodes than partitions, those whose share rounds to nothing hold none.
 */
public final class Claim {
  private static final int NOBODY = -1;

  /** One clash of node weighs more than all clashes of rack that a place can have. */
  private static final int NODE_CLASH = 1024;

  /** Bounds the swapping where clashes cannot be helped; about a second of work. */
  private static final long MAX_SWAPS_TRIED = 8_000_000;

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
      deal();
    } else {
      release();
      fill();
    }
    settle();
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

  /** Fills an empty ring, by earliest deadline. */
  private void deal() {
    int[] dealt = new int[members.size()];
    for (int p = 0; p < holders.length; p++) {
      int best = NOBODY;
      long bestClash = 0;
      for (int node = 0; node < dealt.length; node++) {
        if (dealt[node] < share[node]) {
          long clash = clash(p, node);
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

  private boolean isDueBefore(int node, int other, int[] dealt) {
    return (2L * dealt[node] + 1) * share[other] < (2L * dealt[other] + 1) * share[node];
  }

  /** Takes from each node what it holds beyond its share, where it clashes or crowds the most. */
  private void release() {
    int[] excess = new int[members.size()];
    for (int holder : holders) {
      if (holder != NOBODY) {
        excess[holder]++;
      }
    }
    for (int node = 0; node < excess.length; node++) {
      excess[node] -= share[node];
    }
    // Even gaps between what is released, so that a newcomer's partitions are spread as well.
    for (int node = 0; node < excess.length; node++) {
      if (excess[node] > 0) {
        releaseSpread(node, excess[node]);
      }
    }
  }

  private void releaseSpread(int node, int count) {
    List<Integer> held = new ArrayList<>();
    for (int p = 0; p < holders.length; p++) {
      if (holders[p] == node) {
        held.add(p);
      }
    }
    held.sort(Comparator.comparing((Integer p) -> -clash(p, node)));
    int clashing = 0;
    while (clashing < held.size() && clash(held.get(clashing), node) > 0) {
      clashing++;
    }
    int fromClashing = Math.min(clashing, count);
    for (int i = 0; i < fromClashing; i++) {
      holders[held.get(i)] = NOBODY;
    }
    int quiet = held.size() - clashing;
    for (int i = 0; i < count - fromClashing; i++) {
      // Each node starts at another place, else all would release the same stretch.
      long step = (2L * i + 1) * quiet / (2L * (count - fromClashing)) + node;
      holders[held.get(clashing + (int) (step % quiet))] = NOBODY;
    }
  }

  /** Gives every free partition to a node that is short of its share. */
  private void fill() {
    int[] lacking = share.clone();
    for (int holder : holders) {
      if (holder != NOBODY) {
        lacking[holder]--;
      }
    }
    List<Integer> free = new ArrayList<>();
    for (int p = 0; p < holders.length; p++) {
      if (holders[p] == NOBODY) {
        free.add(p);
      }
    }
    for (int p : free) {
      int best = NOBODY;
      long bestClash = 0;
      for (int node = 0; node < lacking.length; node++) {
        if (lacking[node] > 0) {
          long clash = clash(p, node);
          boolean better =
              best == NOBODY
                  || clash < bestClash
                  || (clash == bestClash
                      && (long) lacking[node] * share[best] > (long) lacking[best] * share[node]);
          if (better) {
            best = node;
            bestClash = clash;
          }
        }
      }
      holders[p] = best;
      lacking[best]--;
    }
  }

  /** Swaps holders among the partitions that have moved anyway, while that lessens clashes. */
  private void settle() {
    List<Integer> moved = new ArrayList<>();
    for (int p = 0; p < holders.length; p++) {
      if (holders[p] != previous[p]) {
        moved.add(p);
      }
    }
    long tried = 0;
    boolean swapped = true;
    while (swapped && tried < MAX_SWAPS_TRIED) {
      swapped = false;
      for (int i = 0; i < moved.size() && tried < MAX_SWAPS_TRIED; i++) {
        if (clash(moved.get(i), holders[moved.get(i)]) > 0) {
          swapped |= swapForBest(moved.get(i), moved);
          tried += moved.size();
        }
      }
    }
  }

  private boolean swapForBest(int p, List<Integer> moved) {
    long bestGain = 0;
    int best = NOBODY;
    for (int q : moved) {
      if (holders[q] != holders[p]) {
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
