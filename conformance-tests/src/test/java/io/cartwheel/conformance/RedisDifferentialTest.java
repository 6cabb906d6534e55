package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same commands at a real {@code redis-server} and at a cluster, each command at another of its
 * nodes: the replies are the same bytes. The commands stand in {@code redis-scripts.txt}.
 */
@ExtendWith(SharedCluster.class)
@Timeout(120)
class RedisDifferentialTest {
  /** What these do to a connection shows on it alone, so they all go to one. */
  private static final List<String> OF_CONNECTION = List.of("CLIENT", "HELLO", "RESET", "AUTH");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"2", "3"})
  void replies_areThoseOfRedisAtWhicheverNode(int protocol, TestCluster cluster) throws Exception {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed");
    List<String> differences = new ArrayList<>();
    int compared = 0;
    try (RealRedis redis = RealRedis.start(directory);
        RawClient theirs = new RawClient(redis.port());
        RawClient a = new RawClient(cluster.node(0).port());
        RawClient b = new RawClient(cluster.node(1).port());
        RawClient c = new RawClient(cluster.node(2).port())) {
      List<RawClient> ours = List.of(a, b, c);
      for (RawClient client : List.of(theirs, a, b, c)) {
        client.call("HELLO", Integer.toString(protocol));
      }
      for (String line : lines()) {
        String[] words = words(line.replace("@", "diff" + protocol + ":"));
        String expected = theirs.call(words);
        boolean ofConnection = OF_CONNECTION.contains(words[0]);
        String found = ours.get(ofConnection ? 0 : compared % 3).call(words);
        compared++;
        if (!expected.equals(found)) {
          differences.add(
              line
                  + "\n  redis:     "
                  + RawClient.shown(expected)
                  + "\n  cartwheel: "
                  + RawClient.shown(found));
        }
      }
    }
    System.out.println("compared " + compared + " replies with protocol " + protocol);
    assertTrue(differences.isEmpty(), () -> String.join("\n", differences));
  }

  @Test
  void words_areSplitAsWritten() {
    assertEquals(
        List.of("SET", "", "a b", "\r\n\u00ff"), List.of(words("SET '' 'a b' \\r\\n\\xff")));
  }

  private static List<String> lines() throws IOException {
    try (var in = RedisDifferentialTest.class.getResourceAsStream("redis-scripts.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }

  /** Words between spaces; 'quoted' ones may hold spaces; \r \n \xHH stand for bytes. */
  private static String[] words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\'') {
        quoted = !quoted;
        word = word == null ? new StringBuilder() : word;
      } else if (c == ' ' && !quoted) {
        if (word != null) {
          words.add(word.toString());
        }
        word = null;
      } else {
        word = word == null ? new StringBuilder() : word;
        if (c == '\\') {
          i++;
          char escaped = line.charAt(i);
          if (escaped == 'x') {
            word.append((char) Integer.parseInt(line.substring(i + 1, i + 3), 16));
            i += 2;
          } else {
            word.append(escaped == 'r' ? '\r' : '\n');
          }
        } else {
          word.append(c);
        }
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words.toArray(String[]::new);
  }
}
