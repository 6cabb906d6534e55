package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.NodeName;
import java.util.List;
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
      WriteQuorum quorum = new WriteQuorum(owners);
      TreeSet<NodeName> stored = new TreeSet<>();
      for (int i = 0, rest = code; i < 4; i++, rest /= 4) {
        NodeName node = NODES.get(rest % 4);
        assertEquals(stored.add(node), quorum.onStored(node));
        long count = owners.stream().filter(stored::contains).count();
        assertEquals(count, quorum.count());
        for (int w = 1; w <= 3; w++) {
          assertEquals(count >= w, quorum.isMet(w));
        }
        assertEquals(owners.stream().filter(o -> !stored.contains(o)).toList(), quorum.missing());
      }
    }
  }

  @Test
  void movedPartition_countsItsNewOwners() {
    WriteQuorum quorum = new WriteQuorum(NODES.subList(0, 3));
    quorum.onStored(NODES.get(0));
    quorum.onStored(NODES.get(1));
    assertTrue(quorum.isMet(2));
    quorum.onMoved(NODES.subList(1, 4));
    assertFalse(quorum.isMet(2));
    assertEquals(List.of(NODES.get(2), NODES.get(3)), quorum.missing());
  }
}
