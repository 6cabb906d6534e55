package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Five nodes, cut into two and three. Both sides take writes; afterwards siblings are exactly where
 * writes were concurrent.
 */
@Timeout(120)
class SplitTest {
  private static final int KEYS = 40;
  private static final int LEFT = 2;

  /** What each key must hold in the end, values in the order of the alphabet. */
  private final Map<String, List<String>> expected = new TreeMap<>();

  @Test
  void bothSidesWrite_andSiblingsAreWhereWritesWereConcurrent() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(5)) {
      List<String> tokens = new ArrayList<>();
      try (RawClient client = new RawClient(faulty.node(0).port())) {
        for (String kind : List.of("left", "right", "both", "same", "cart", "turn", "idle")) {
          for (int i = 0; i < KEYS; i++) {
            assertEquals("+OK", client.ask("SET", kind + ":" + i, "before", "W", "3"));
            expected.put(kind + ":" + i, List.of("before"));
          }
        }
        for (int i = 0; i < KEYS; i++) {
          tokens.add(token(client, "cart:" + i));
        }
      }
      faulty.links().split(LEFT);
      for (TestNode node : faulty.cluster().nodes()) {
        int side = faulty.cluster().nodes().indexOf(node) < LEFT ? LEFT : 5 - LEFT;
        Await.quietly("the split is seen", 10_000, () -> FaultyCluster.reachable(node) == side);
      }
      try (RawClient left = new RawClient(faulty.node(1).port());
          RawClient right = new RawClient(faulty.node(3).port())) {
        for (int i = 0; i < KEYS; i++) {
          write(left, "left:" + i, "l");
          if (!isOwnedOnTheLeft(faulty, "left:" + i)) {
            // Nobody on that side knew of the value before it, so nothing there overwrote it.
            expected.put("left:" + i, List.of("before", "l"));
          }
          write(right, "right:" + i, "r");
          write(left, "both:" + i, "l");
          write(left, "both:" + i, "l2");
          write(right, "both:" + i, "r");
          expected.put("both:" + i, List.of("l2", "r"));
          write(left, "same:" + i, "s");
          write(right, "same:" + i, "s");
          expected.put("same:" + i, List.of("s"));
          write(left, "cart:" + i, "book,pen", "CONTEXT", tokens.get(i));
          write(right, "cart:" + i, "book,lamp", "CONTEXT", tokens.get(i));
          write(right, "cart:" + i, "book,ink", "CONTEXT", tokens.get(i));
          expected.put("cart:" + i, List.of("book,ink", "book,lamp", "book,pen"));
          // One client after the other on one side, each seeing what the last one wrote.
          write(right, "turn:" + i, "r", "CONTEXT", token(right, "turn:" + i));
          write(right, "turn:" + i, "r2", "CONTEXT", token(right, "turn:" + i));
        }
      }
      faulty.links().heal();
      long healed = System.nanoTime();
      faulty.awaitReachable(5);
      List<String> keys = List.copyOf(expected.keySet());
      for (TestNode node : faulty.cluster().nodes()) {
        Await.until(
            "node " + node.port() + " answers what both sides wrote",
            30_000,
            () -> wrongAt(node, keys).isEmpty());
      }
      faulty.awaitEqual(keys, healed);
      for (TestNode node : faulty.cluster().nodes()) {
        assertEquals(List.of(), wrongAt(node, keys));
      }
      merge(faulty, keys);
    }
  }

  private static boolean isOwnedOnTheLeft(FaultyCluster faulty, String key) throws IOException {
    List<Integer> owners = Replicas.owners(faulty.node(0), List.of(key)).get(0);
    return faulty.cluster().nodes().subList(0, LEFT).stream()
        .anyMatch(node -> owners.contains(node.port()));
  }

  /** Whoever reads all and writes with its token leaves one value. */
  private static void merge(FaultyCluster faulty, List<String> keys) throws IOException {
    try (RawClient client = new RawClient(faulty.node(4).port())) {
      for (String key : keys.stream().filter(k -> k.startsWith("cart:")).toList()) {
        assertEquals("+OK", client.ask("SET", key, "merged", "CONTEXT", token(client, key)));
        assertEquals("$6 merged", client.ask("GET", key));
      }
    }
  }

  private void write(RawClient client, String key, String value, String... more)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("SET", key, value));
    words.addAll(List.of(more));
    assertEquals("+OK", client.ask(words.toArray(String[]::new)), "SET " + key);
    expected.put(key, List.of(value));
  }

  private static String token(RawClient client, String key) throws IOException {
    String reply = client.call("GET", key, "CONTEXT");
    assertTrue(reply.startsWith("*"), key + ": " + reply);
    return RawClient.text(RawClient.elements(reply).get(0));
  }

  private List<String> wrongAt(TestNode node, List<String> keys) throws IOException {
    List<List<String>> found = Replicas.valuesAt(node, keys, 0);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      List<String> values = found.get(i) == null ? null : found.get(i).stream().sorted().toList();
      if (!expected.get(keys.get(i)).equals(values)) {
        wrong.add(keys.get(i) + " is " + values + ", not " + expected.get(keys.get(i)));
      }
    }
    return wrong;
  }
}
