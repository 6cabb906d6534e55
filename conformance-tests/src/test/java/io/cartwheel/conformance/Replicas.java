package io.cartwheel.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the nodes hold, each by itself, and whether it is the same. */
final class Replicas {
  /** Commands that are on their way at once. */
  private static final int PIPELINE = 500;

  private static final Pattern PORT = Pattern.compile(":(\\d+)");

  private Replicas() {}

  /**
   * The live values of keys, as a node answers them; null for a key where it answers an error.
   *
   * @param r replicas that are asked, an owner itself first; 0 for what the keyspace says
   */
  static List<List<String>> valuesAt(TestNode node, List<String> keys, int r) throws IOException {
    List<List<String>> all = new ArrayList<>();
    for (String reply : pipelined(node, keys, r == 0 ? "GET CONTEXT" : "GET CONTEXT R " + r)) {
      if (!reply.startsWith("*")) {
        all.add(null);
        continue;
      }
      List<String> elements = RawClient.elements(reply);
      // The token of a replica may know less of the past, and yet hold the same.
      all.add(elements.subList(1, elements.size()).stream().map(RawClient::text).toList());
    }
    return all;
  }

  /** Wire replies to a command whose second word is the key. */
  private static List<String> pipelined(TestNode node, List<String> keys, String command)
      throws IOException {
    List<String> replies = new ArrayList<>();
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add(1, "");
    try (RawClient client = new RawClient(node.port())) {
      for (int i = 0; i < keys.size(); i += PIPELINE) {
        List<String> some = keys.subList(i, Math.min(keys.size(), i + PIPELINE));
        for (String key : some) {
          words.set(1, key);
          client.send(words.toArray(String[]::new));
        }
        for (int k = 0; k < some.size(); k++) {
          replies.add(client.read());
        }
      }
    }
    return replies;
  }

  /** The ports of the owners of each key. */
  static List<List<Integer>> owners(TestNode anyNode, List<String> keys) throws IOException {
    List<List<Integer>> all = new ArrayList<>();
    try (RawClient client = new RawClient(anyNode.port())) {
      for (String key : keys) {
        String where = RawClient.text(client.call("RING", "WHERE", key));
        String owners = where.replaceAll("(?s).* owners=", "").replaceAll("(?s) fallbacks=.*", "");
        List<Integer> ports = new ArrayList<>();
        Matcher matcher = PORT.matcher(owners);
        while (matcher.find()) {
          ports.add(Integer.parseInt(matcher.group(1)));
        }
        all.add(ports);
      }
    }
    return all;
  }

  /**
   * A line for each key whose owners do not all answer the same with {@code R 1}. An owner that
   * knows itself to be behind may ask another instead, as long as it reaches one.
   */
  static List<String> differences(TestCluster cluster, List<String> keys) throws IOException {
    List<List<Integer>> owners = owners(cluster.node(0), keys);
    Map<String, Map<Integer, List<String>>> held = new HashMap<>();
    for (TestNode node : cluster.nodes()) {
      List<String> owned = new ArrayList<>();
      for (int i = 0; i < keys.size(); i++) {
        if (owners.get(i).contains(node.port())) {
          owned.add(keys.get(i));
        }
      }
      List<List<String>> values = valuesAt(node, owned, 1);
      for (int i = 0; i < owned.size(); i++) {
        held.computeIfAbsent(owned.get(i), k -> new HashMap<>()).put(node.port(), values.get(i));
      }
    }
    List<String> differences = new ArrayList<>();
    held.forEach(
        (key, byOwner) -> {
          if (byOwner.values().stream().distinct().count() > 1 || byOwner.containsValue(null)) {
            differences.add(key + " is " + byOwner);
          }
        });
    return differences;
  }

  /** Lines of {@code RING HINTS}, of any node, that say that something waits to be delivered. */
  static List<String> hints(TestCluster cluster) throws IOException {
    List<String> hints = new ArrayList<>();
    for (TestNode node : cluster.nodes()) {
      try (RawClient client = new RawClient(node.port())) {
        String reply = client.call("RING", "HINTS");
        if (reply.startsWith("-ERR unknown subcommand")) {
          continue;
        }
        RawClient.text(reply)
            .lines()
            .filter(line -> line.matches(".*\\bcount=[1-9].*"))
            .forEach(line -> hints.add("at " + node.port() + ": " + line));
      }
    }
    return hints;
  }
}
