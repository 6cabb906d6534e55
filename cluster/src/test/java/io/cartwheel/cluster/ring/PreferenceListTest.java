package io.cartwheel.cluster.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PreferenceListTest {

  @Test
  void walk_skipsVirtualNodesOfOneMachine() {
    List<Member> members = Members.alike(3);
    assertEquals("[n000, n002, n001]", walk("0020 1210", members, 0));
    assertEquals("[n002, n000, n001]", walk("0020 1210", members, 2));
    assertEquals("[n001, n000, n002]", walk("0020 1210", members, 6), "round the end of the ring");
  }

  @Test
  void walk_takesARackThatIsNotListedFirst() {
    // n000 and n002 stand in r0, n001 and n003 in r1.
    List<Member> members = Members.inRacks(4, 2);
    assertEquals("[n000, n001, n002, n003]", walk("0213", members, 0));
    assertEquals("[n002, n001, n003, n000]", walk("0213", members, 1));
  }

  @Test
  void walk_treatsANodeWithoutARackAsARackOfItsOwn() {
    List<Member> members =
        List.of(
            Members.member("n000", "r", 1),
            Members.member("n001", "r", 1),
            Members.member("n002", "", 1),
            Members.member("n003", "", 1));
    assertEquals("[n000, n002, n003, n001]", walk("0123", members, 0));
  }

  @Test
  void walk_putsMembersThatHoldNothingLast() {
    List<Member> members = Members.inRacks(5, 5);
    assertEquals("[n000, n003, n001, n002, n004]", walk("03", members, 0));
    assertEquals("[n003, n000, n002, n004, n001]", walk("03", members, 1));
  }

  @Test
  void walk_leavesOutHoldersThatAreNoMembers() {
    assertEquals("[n001, n000]", walk("2103", Members.alike(2), 0));
  }

  @Test
  void walk_isWhatTheNaiveWalkGives() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    for (int run = 0; run < 2_000; run++) {
      List<Member> members = new ArrayList<>();
      int count = 1 + random.nextInt(9);
      for (int i = 0; i < count; i++) {
        int rack = random.nextInt(4);
        members.add(Members.member("n" + i, rack == 0 ? "" : "r" + rack, 1));
      }
      List<NodeName> holders = new ArrayList<>();
      for (int p = 0; p < 1 << random.nextInt(6); p++) {
        holders.add(members.get(random.nextInt(count)).name());
      }
      int partition = random.nextInt(holders.size());
      List<NodeName> list = PreferenceList.walk(holders, members, partition);
      List<NodeName> naive = naive(holders, members, partition);
      assertEquals(naive, list.subList(0, naive.size()), () -> "seed " + seed);
      assertEquals(count, new TreeSet<>(list).size(), () -> "seed " + seed);
      assertEquals(count, list.size(), () -> "seed " + seed);
    }
  }

  @Test
  void lists_haveDistinctNodesAndRacksForOneToTwoHundredNodes() {
    for (int nodes = 1; nodes <= 200; nodes++) {
      int racks = 1 + nodes % 6;
      List<Member> members = Members.inRacks(nodes, racks);
      PartitionTable table = Claim.firstTable(members, 3, 64);
      for (int p = 0; p < 64; p += 7) {
        PreferenceList list = PreferenceList.of(table, members, p);
        assertEquals(nodes, new TreeSet<>(list.all()).size());
        assertEquals(nodes, list.all().size());
        assertEquals(Math.min(3, nodes), list.owners().size());
        TreeSet<String> met = new TreeSet<>();
        list.owners().forEach(owner -> met.add(rackOf(members, owner)));
        assertEquals(Math.min(3, Math.min(nodes, racks)), met.size(), nodes + " nodes");
      }
    }
  }

  @Test
  void of_takesTheOwnersFromTheTableAndNotFromTheWalk() {
    List<Member> members = Members.alike(4);
    PartitionTable first = Claim.firstTable(members, 2, 4);
    NodeName third = new NodeName("n003");
    NodeName zeroth = new NodeName("n000");
    List<NodeName> written = List.of(third, zeroth);
    PartitionTable changed =
        first.merge(0, new PartitionTable.Entry(2, zeroth, written, List.of(zeroth)));
    PreferenceList list = PreferenceList.of(changed, members, 0);
    assertEquals(written, list.owners());
    assertEquals("[n001, n002]", list.fallbacks().toString());
  }

  /** As the words say it: the nearest holder with a new rack, else the nearest new holder. */
  private static List<NodeName> naive(List<NodeName> holders, List<Member> members, int from) {
    List<NodeName> listed = new ArrayList<>();
    while (true) {
      NodeName nearest = null;
      NodeName nearestOfNewRack = null;
      for (int i = holders.size() - 1; i >= 0; i--) {
        NodeName holder = holders.get((from + i) % holders.size());
        if (!listed.contains(holder)) {
          nearest = holder;
          String rack = rackOf(members, holder);
          boolean known =
              !rack.isEmpty() && listed.stream().anyMatch(l -> rackOf(members, l).equals(rack));
          nearestOfNewRack = known ? nearestOfNewRack : holder;
        }
      }
      if (nearest == null) {
        return listed;
      }
      listed.add(nearestOfNewRack != null ? nearestOfNewRack : nearest);
    }
  }

  private static String rackOf(List<Member> members, NodeName name) {
    return members.stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow().rack();
  }

  private static String walk(String digits, List<Member> members, int partition) {
    List<NodeName> holders = new ArrayList<>();
    for (char digit : digits.replace(" ", "").toCharArray()) {
      holders.add(new NodeName("n00" + digit));
    }
    return PreferenceList.walk(holders, members, partition).toString();
  }
}
