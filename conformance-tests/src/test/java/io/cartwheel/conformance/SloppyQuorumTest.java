package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Five nodes, two of them dead, and keys that these two and one other own. */
@Timeout(120)
class SloppyQuorumTest {
  private static final int KEYS = 200;

  @Test
  void twoOwnersDown_writesSucceedAreSeenAndReachBothAfterTheirReturn() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(5)) {
      TestNode first = faulty.node(1);
      TestNode second = faulty.node(2);
      List<String> keys = keysOwnedBy(faulty, first, second);
      try (RawClient client = new RawClient(faulty.node(0).port());
          RawClient other = new RawClient(faulty.node(4).port())) {
        for (int i = 0; i < KEYS; i += 2) {
          assertEquals("+OK", client.ask("SET", keys.get(i), "before"));
        }
        first.kill();
        second.kill();
        for (String key : keys) {
          assertEquals("+OK", client.ask("SET", key, "sloppy"), key);
          assertEquals("$6 sloppy", other.ask("GET", key), key);
        }
      }
      first.start();
      second.start();
      first.awaitServing();
      second.awaitServing();
      long returned = System.nanoTime();
      faulty.awaitReachable(5);
      faulty.awaitEqual(keys, returned);
      for (TestNode node : faulty.cluster().nodes()) {
        for (List<String> values : Replicas.valuesAt(node, keys, 0)) {
          assertEquals(List.of("sloppy"), values);
        }
      }
    }
  }

  private static List<String> keysOwnedBy(FaultyCluster faulty, TestNode a, TestNode b)
      throws IOException {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 20 * KEYS; i++) {
      names.add("sloppy:" + i);
    }
    List<List<Integer>> owners = Replicas.owners(faulty.node(0), names);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < names.size() && keys.size() < KEYS; i++) {
      if (owners.get(i).contains(a.port()) && owners.get(i).contains(b.port())) {
        keys.add(names.get(i));
      }
    }
    assertEquals(KEYS, keys.size());
    return keys;
  }
}
