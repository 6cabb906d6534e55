package io.cartwheel.cluster.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private static final int N = 3;

  @Test
  void holders_areBalancedForOneToTwoHundredNodes() {
    for (int nodes = 1; nodes <= 200; nodes++) {
      List<Member> members = Members.inRacks(nodes, nodes % 5);
      assertBalanced(members, Claim.holders(members, N, 256, List.of()));
    }
  }

  @Test
  void holders_areInProportionToWeight() {
    List<Member> members =
        List.of(
            Members.member("small", "", 1),
            Members.member("middle", "", 2),
            Members.member("large", "", 5));
    TreeMap<NodeName, Integer> held = count(Claim.holders(members, N, 1024, List.of()));
    assertEquals(128, held.get(new NodeName("small")));
    assertEquals(256, held.get(new NodeName("middle")));
    assertEquals(640, held.get(new NodeName("large")));
  }

  @Test
  void neighbours_differInNodeWhereAFirstPlacingCan() {
    for (int nodes = 1; nodes <= 200; nodes++) {
      List<Member> members = Members.alike(nodes);
      int clashes = nodeClashes(Claim.holders(members, N, 256, List.of()), members);
      // Three nodes cannot alternate round a ring of 256, which is no multiple of three.
      int inevitable = nodes == 3 ? 1 : 0;
      assertEquals(inevitable, clashes, nodes + " nodes");
    }
  }

  @Test
  void neighbours_differInRackWhereRacksAreAlike() {
    for (int racks = 2; racks <= 8; racks++) {
      if (racks != N) {
        List<Member> members = Members.inRacks(racks * 4, racks);
        assertEquals(0, rackClashes(Claim.holders(members, N, 256, List.of()), members));
      }
    }
    List<Member> members = Members.inRacks(12, N);
    assertTrue(rackClashes(Claim.holders(members, N, 256, List.of()), members) <= 2);
  }

  @Test
  void growingByOne_movesNoMoreThanBalanceNeedsAndStaysSpread() {
    List<NodeName> holders = Claim.holders(Members.alike(1), N, 256, List.of());
    for (int nodes = 2; nodes <= 200; nodes++) {
      List<Member> members = Members.alike(nodes);
      holders = assertNextPlacing(members, holders, "grown to " + nodes);
      // Few nodes cannot be untangled without moving more.
      if (nodes >= 8) {
        assertTrue(nodeClashes(holders, members) <= 2, "grown to " + nodes);
      }
    }
  }

  @Test
  void shrinkingByOne_movesNoMoreThanBalanceNeeds() {
    List<NodeName> holders = Claim.holders(Members.inRacks(60, 4), N, 256, List.of());
    for (int nodes = 59; nodes >= 1; nodes--) {
      holders = assertNextPlacing(Members.inRacks(nodes, 4), holders, "shrunk to " + nodes);
    }
  }

  @Test
  void anyChangeOfMembersAndWeights_movesNoMoreThanBalanceNeeds() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    for (int run = 0; run < 20; run++) {
      List<NodeName> holders = List.of();
      for (int change = 0; change < 10; change++) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
          if (random.nextInt(3) > 0 || (i == 11 && members.isEmpty())) {
            String rack = random.nextBoolean() ? "" : "r" + random.nextInt(3);
            members.add(Members.member("n" + i, rack, 1 + random.nextInt(5)));
          }
        }
        holders = assertNextPlacing(members, holders, "seed " + seed);
      }
    }
  }

  @Test
  void unchangedMembers_moveNothing() {
    List<Member> members = Members.inRacks(7, 3);
    List<NodeName> holders = Claim.holders(members, N, 256, List.of());
    assertEquals(holders, Claim.holders(members, N, 256, holders));
  }

  @Test
  void joinThenLeave_movesBackOnlyWhatTheNewcomerHeld() {
    List<Member> members = Members.alike(5);
    List<NodeName> before = Claim.holders(members, N, 256, List.of());
    List<NodeName> joined = Claim.holders(Members.alike(6), N, 256, before);
    List<NodeName> left = Claim.holders(members, N, 256, joined);
    assertEquals(count(joined).get(new NodeName("n005")), moved(joined, left));
  }

  @Test
  void orderOfMembers_doesNotMatter() {
    List<Member> members = new ArrayList<>(Members.inRacks(9, 4));
    PartitionTable table = Claim.firstTable(members, N, 256);
    for (int i = 0; i < 5; i++) {
      Collections.shuffle(members, new Random(i));
      assertEquals(table, Claim.firstTable(members, N, 256));
    }
  }

  @Test
  void firstTable_hasEpochOneAndTheOwnersOfTheWalk() {
    List<Member> members = Members.inRacks(5, 3);
    PartitionTable table = Claim.firstTable(members, N, 64);
    List<NodeName> holders = Claim.holders(members, N, 64, List.of());
    for (int p = 0; p < 64; p++) {
      PartitionTable.Entry entry = table.entry(p);
      assertEquals(1, entry.epoch());
      assertEquals(holders.get(p), entry.holder());
      assertEquals(holders.get(p), entry.committed().get(0));
      assertEquals(PreferenceList.walk(holders, members, p).subList(0, N), entry.committed());
      assertEquals(entry.committed(), entry.target());
    }
  }

  @Test
  void threeNodes_ownEveryPartitionAndHeadAThirdOfThem() {
    PartitionTable table = Claim.firstTable(Members.alike(3), N, 256);
    TreeMap<NodeName, Integer> heads = new TreeMap<>();
    for (PartitionTable.Entry entry : table.entries()) {
      assertEquals(3, new TreeSet<>(entry.committed()).size());
      heads.merge(entry.committed().get(0), 1, Integer::sum);
    }
    assertEquals(List.of(86, 85, 85), List.copyOf(heads.values()));
  }

  @Test
  void fewerNodesThanCopies_ownAllThereIs() {
    PartitionTable table = Claim.firstTable(Members.alike(2), N, 16);
    table.entries().forEach(entry -> assertEquals(2, entry.committed().size()));
  }

  @Test
  void moreNodesThanPartitions_eachPartitionHasItsOwnHolderAndDistinctOwners() {
    for (int partitions : new int[] {1, 2, 4, 64}) {
      List<Member> members = Members.inRacks(200, 7);
      PartitionTable table = Claim.firstTable(members, N, partitions);
      TreeSet<NodeName> holders = new TreeSet<>();
      for (PartitionTable.Entry entry : table.entries()) {
        holders.add(entry.holder());
        assertEquals(N, new TreeSet<>(entry.committed()).size());
      }
      assertEquals(partitions, holders.size());
    }
  }

  @Test
  void largeClusters_arePlacedInTime() {
    // A tenth of a second here; the rest is for busy machines.
    assertTimeout(Duration.ofSeconds(10), () -> Claim.firstTable(Members.inRacks(200, 5), N, 1024));
    List<NodeName> one = Claim.holders(Members.alike(1), N, 1024, List.of());
    assertTimeout(
        Duration.ofSeconds(10), () -> Claim.holders(Members.inRacks(200, 3), N, 1024, one));
  }

  @Test
  void placing_isTheSameForEver() {
    List<Member> members =
        List.of(
            Members.member("a", "r1", 1),
            Members.member("b", "r1", 2),
            Members.member("c", "r2", 1));
    List<NodeName> holders = Claim.holders(members, 2, 8, List.of());
    assertEquals("[a, b, c, b, a, b, c, b]", holders.toString());
  }

  @Test
  void nonsense_isRefused() {
    List<Member> two = Members.alike(2);
    List<NodeName> none = List.of();
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(List.of(), N, 8, none));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(two, 0, 8, none));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(two, N, 12, none));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(two, N, 32768, none));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(two, N, 0, none));
    List<NodeName> short1 = List.of(two.get(0).name());
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(two, N, 8, short1));
    List<Member> twins = List.of(two.get(0), two.get(0));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(twins, N, 8, none));
    List<Member> light = List.of(Members.member("x", "", 0));
    assertThrows(IllegalArgumentException.class, () -> Claim.holders(light, N, 8, none));
  }

  private static List<NodeName> assertNextPlacing(
      List<Member> members, List<NodeName> before, String what) {
    List<NodeName> after = Claim.holders(members, N, 256, before);
    assertBalanced(members, after);
    if (!before.isEmpty()) {
      assertEquals(leastMoves(members, before), moved(before, after), what);
    }
    return after;
  }

  private static void assertBalanced(List<Member> members, List<NodeName> holders) {
    TreeMap<NodeName, Integer> held = count(holders);
    long weights = members.stream().mapToLong(Member::weight).sum();
    int sum = 0;
    for (Member member : members) {
      long least = (long) holders.size() * member.weight() / weights;
      int has = held.getOrDefault(member.name(), 0);
      assertTrue(has == least || has == least + 1, () -> member.name() + " holds " + has);
      sum += has;
    }
    assertEquals(holders.size(), sum, "only members hold");
  }

  /** Counted without placing: what every node may keep at most, its share rounded at best up. */
  private static int leastMoves(List<Member> members, List<NodeName> before) {
    TreeMap<NodeName, Integer> held = count(before);
    long weights = members.stream().mapToLong(Member::weight).sum();
    int kept = 0;
    int mayRoundUp = 0;
    int rest = before.size();
    for (Member member : members) {
      long exact = (long) before.size() * member.weight();
      int least = (int) (exact / weights);
      int has = held.getOrDefault(member.name(), 0);
      kept += Math.min(has, least);
      mayRoundUp += has > least && exact % weights > 0 ? 1 : 0;
      rest -= least;
    }
    return before.size() - kept - Math.min(mayRoundUp, rest);
  }

  private static TreeMap<NodeName, Integer> count(List<NodeName> holders) {
    TreeMap<NodeName, Integer> count = new TreeMap<>();
    holders.forEach(holder -> count.merge(holder, 1, Integer::sum));
    return count;
  }

  private static int moved(List<NodeName> before, List<NodeName> after) {
    int moved = 0;
    for (int p = 0; p < before.size(); p++) {
      moved += before.get(p).equals(after.get(p)) ? 0 : 1;
    }
    return moved;
  }

  /** Pairs of one node in windows of N, or of as many as there are nodes. */
  private static int nodeClashes(List<NodeName> holders, List<Member> members) {
    List<String> names = holders.stream().map(NodeName::value).toList();
    return clashes(names, Math.min(N, members.size()));
  }

  private static int rackClashes(List<NodeName> holders, List<Member> members) {
    TreeMap<NodeName, String> racks = new TreeMap<>();
    members.forEach(member -> racks.put(member.name(), member.rack()));
    List<String> names = holders.stream().map(racks::get).toList();
    return clashes(names, (int) Math.min(N, racks.values().stream().distinct().count()));
  }

  private static int clashes(List<String> ring, int window) {
    int clashes = 0;
    for (int p = 0; p < ring.size(); p++) {
      for (int distance = 1; distance < window; distance++) {
        clashes += ring.get(p).equals(ring.get((p + distance) % ring.size())) ? 1 : 0;
      }
    }
    return clashes;
  }
}
