package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.NodeName;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class WriteQuorumTest {
  private static final List<NodeName> NODES =
      List.of(new NodeName("a"), new NodeName("b"), new NodeName("c"), new NodeName("d"));

  /** Every sequence of four acknowledgements of four nodes, of which the first three are owners. */
  @Test
  void smallWorld_agreesWithASet() {
    for (int code = 0; code < 256; code++) {
      List<NodeName> owners = NODES.subList(0, 3);
      WriteQuorum quorum = new WriteQuorum(owners, List.of());
      TreeSet<NodeName> stored = new TreeSet<>();
      for (int i = 0, rest = code; i < 4; i++, rest /= 4) {
        NodeName node = NODES.get(rest % 4);
        assertEquals(stored.add(node), quorum.onStored(node));
        long count = owners.stream().filter(stored::contains).count();
        assertEquals(count, quorum.count());
        for (int w = 1; w <= 3; w++) {
          assertEquals(count, quorum.count());
        }
        assertEquals(owners.stream().filter(o -> !stored.contains(o)).toList(), quorum.missing());
      }
    }
  }

  /** Every sequence of replacements and acknowledgements of two owners and two fallbacks. */
  @Test
  void smallWorldWithFallbacks_countsOwnersThatAreKeptFor() {
    List<NodeName> owners = NODES.subList(0, 2);
    List<NodeName> fallbacks = NODES.subList(2, 4);
    for (int code = 0; code < 6 * 6 * 6 * 6 * 6; code++) {
      WriteQuorum quorum = new WriteQuorum(owners, fallbacks);
      TreeSet<NodeName> stored = new TreeSet<>();
      TreeMap<NodeName, NodeName> behind = new TreeMap<>();
      for (int i = 0, rest = code; i < 5; i++, rest /= 6) {
        int step = rest % 6;
        if (step < 4) {
          assertEquals(stored.add(NODES.get(step)), quorum.onStored(NODES.get(step)));
        } else {
          NodeName owner = owners.get(step - 4);
          NodeName next =
              fallbacks.stream().filter(f -> !behind.containsKey(f)).findFirst().orElse(null);
          assertEquals(next, quorum.replace(owner, n -> true));
          if (next != null) {
            behind.put(next, owner);
            assertEquals(next, quorum.standInFor(owner));
          }
        }
        TreeSet<NodeName> keptFor = new TreeSet<>(stored);
        stored.stream().filter(behind::containsKey).forEach(f -> keptFor.add(behind.get(f)));
        keptFor.retainAll(owners);
        assertEquals(keptFor.size(), quorum.count());
        assertTrue(quorum.count() <= stored.size(), "more than there are copies");
        assertEquals(owners.stream().filter(o -> !stored.contains(o)).toList(), quorum.missing());
      }
    }
  }

  @Test
  void replace_skipsWhoCannotBeReached() {
    WriteQuorum quorum = new WriteQuorum(NODES.subList(0, 2), NODES.subList(2, 4));
    assertEquals(NODES.get(3), quorum.replace(NODES.get(0), n -> !n.equals(NODES.get(2))));
    assertEquals(NODES.get(0), quorum.ownerBehind(NODES.get(3)));
  }

  @Test
  void movedPartition_countsItsNewOwners() {
    WriteQuorum quorum = new WriteQuorum(NODES.subList(0, 3), List.of());
    quorum.onStored(NODES.get(0));
    quorum.onStored(NODES.get(1));
    assertEquals(2, quorum.count());
    quorum.onMoved(NODES.subList(1, 4), List.of());
    assertEquals(1, quorum.count());
    assertEquals(List.of(NODES.get(2), NODES.get(3)), quorum.missing());
  }
}
