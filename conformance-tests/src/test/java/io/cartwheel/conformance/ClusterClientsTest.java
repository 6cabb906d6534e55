package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Clients of Redis Cluster, which send each key to the node that heads its slot: they spread over
 * all nodes, are never told to go elsewhere, and survive a node's death. Last, what concerns all
 * keys.
 */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterClientsTest {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(3, "cartwheel.request-timeout=5s");
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  /** The commands of a client that the two have in common. */
  private interface Commands {
    void set(String key, String value);

    String get(String key);
  }

  @Test
  @Order(1)
  void lettuce_spreadsOverAllNodesAndSurvivesAKill() throws IOException {
    RedisClusterClient client =
        RedisClusterClient.create(List.of(RedisURI.create("127.0.0.1", cluster.node(0).port())));
    client.setOptions(
        ClusterClientOptions.builder()
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .adaptiveRefreshTriggersTimeout(Duration.ofMillis(200))
                    .build())
            .build());
    try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
      connection.setTimeout(Duration.ofSeconds(2));
      RedisAdvancedClusterCommands<String, String> redis = connection.sync();
      assertEquals(3, client.getPartitions().size());
      survivesAKill(
          "lettuce",
          1,
          new Commands() {
            @Override
            public void set(String key, String value) {
              assertEquals("OK", redis.set(key, value));
            }

            @Override
            public String get(String key) {
              return redis.get(key);
            }
          });
      assertEquals("OK", redis.mset(Map.of("lc:1", "a", "lc:2", "b", "lc:3", "c")));
      assertEquals(3, redis.del("lc:1", "lc:2", "lc:3"));
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  @Order(2)
  void jedis_spreadsOverAllNodesAndSurvivesAKill() throws IOException {
    Set<HostAndPort> nodes =
        cluster.nodes().stream()
            .map(node -> new HostAndPort("127.0.0.1", node.port()))
            .collect(Collectors.toSet());
    try (redis.clients.jedis.RedisClusterClient client =
        redis.clients.jedis.RedisClusterClient.create(nodes)) {
      assertEquals(3, client.getClusterNodes().size());
      survivesAKill(
          "jedis",
          2,
          new Commands() {
            @Override
            public void set(String key, String value) {
              assertEquals("OK", client.set(key, value));
            }

            @Override
            public String get(String key) {
              return client.get(key);
            }
          });
    }
  }

  private static void survivesAKill(String name, int victim, Commands commands) throws IOException {
    Map<Integer, Long> before = calls();
    for (int i = 0; i < 300; i++) {
      commands.set(name + i, "v" + i);
      assertEquals("v" + i, commands.get(name + i));
    }
    Map<Integer, Long> after = calls();
    for (TestNode node : cluster.nodes()) {
      long sets = after.get(node.port()) - before.get(node.port());
      assertTrue(sets > 50 && sets < 250, node.port() + " got " + sets + " of 300");
    }
    cluster.node(victim).kill();
    // What is in flight at that node fails; the client finds the others.
    Await.until(
        name + " goes on over the kill",
        60_000,
        () -> {
          try {
            for (int i = 0; i < 300; i++) {
              commands.set(name + i, "w" + i);
            }
            return true;
          } catch (RedisException | JedisException e) {
            String text = e.toString();
            assertTrue(!text.contains("MOVED") && !text.contains("NOQUORUM"), text);
            return false;
          }
        });
    for (int i = 0; i < 300; i++) {
      assertEquals("w" + i, commands.get(name + i));
    }
    cluster.node(victim).start().awaitServing();
    for (int i = 0; i < 300; i++) {
      int key = i;
      Await.quietly(
          "key " + i + " after the return",
          20_000,
          () -> commands.get(name + key).equals("w" + key));
    }
    for (TestNode node : cluster.nodes()) {
      try (RawClient client = new RawClient(node.port())) {
        String errors = client.call("INFO", "errorstats");
        assertTrue(!errors.contains("MOVED") && !errors.contains("NOQUORUM"), errors);
      }
    }
  }

  /** SETs that each node has been sent. */
  private static Map<Integer, Long> calls() throws IOException {
    Map<Integer, Long> calls = new HashMap<>();
    for (TestNode node : cluster.nodes()) {
      try (RawClient client = new RawClient(node.port())) {
        String stats = client.call("INFO", "commandstats");
        int at = stats.indexOf("cmdstat_set:calls=");
        calls.put(
            node.port(),
            at < 0 ? 0 : Long.parseLong(stats.substring(at + 18, stats.indexOf(',', at))));
      }
    }
    return calls;
  }

  @Test
  @Order(3)
  void wholeCluster_isCountedListedAndFlushedFromAnyNode() throws IOException {
    try (RawClient a = new RawClient(cluster.node(0).port());
        RawClient b = new RawClient(cluster.node(1).port());
        RawClient c = new RawClient(cluster.node(2).port())) {
      assertEquals("+OK", a.ask("FLUSHALL"));
      for (RawClient client : List.of(a, b, c)) {
        assertEquals(":0", client.ask("DBSIZE"));
        assertEquals("*0", client.ask("KEYS", "*"));
        assertEquals("$-1", client.ask("RANDOMKEY"));
        assertEquals(Set.of(), scan(List.of(client), 100_000));
      }
      Set<String> keys = new TreeSet<>();
      for (int i = 0; i < 200; i++) {
        keys.add("all:" + i);
        assertEquals("+OK", b.ask("SET", "all:" + i, "v"));
      }
      a.call("SET", "gone", "v", "PX", "1");
      Await.until("the key has expired", 10_000, () -> b.ask("EXISTS", "gone").equals(":0"));
      for (RawClient client : List.of(a, b, c)) {
        assertEquals(keys, texts(client.call("KEYS", "*")));
        assertEquals(11, texts(client.call("KEYS", "all:1?")).size() + 1);
        assertEquals("*0", client.ask("KEYS", "none*"));
        assertTrue(keys.contains(RawClient.text(client.call("RANDOMKEY"))));
        List<String> page = RawClient.elements(client.call("SCAN", "0", "COUNT", "20"));
        assertTrue(Long.parseLong(RawClient.text(page.get(0))) < 1L << 53, page.get(0));
      }
      // A cursor goes on at another node.
      assertEquals(keys, scan(List.of(a, b, c), 17));
      for (RawClient client : List.of(a, b, c)) {
        Await.until("all nodes count alike", 10_000, () -> client.ask("DBSIZE").equals(":200"));
      }
      assertTrue(a.call("INFO", "keyspace").contains("db0:keys=200"), a.call("INFO", "keyspace"));
      assertEquals("+OK", c.ask("FLUSHDB", "ASYNC"));
      assertEquals("*0", a.ask("KEYS", "*"));
      assertEquals(":0", b.ask("DBSIZE"));
      assertEquals("+OK", a.ask("SET", "all:1", "again"));
      assertEquals("$5 again", b.ask("GET", "all:1"));
    }
  }

  /** All keys, each page asked of the next of the nodes. */
  private static Set<String> scan(List<RawClient> clients, int count) throws IOException {
    Set<String> seen = new TreeSet<>();
    String cursor = "0";
    int pages = 0;
    do {
      RawClient client = clients.get(pages % clients.size());
      String reply = client.call("SCAN", cursor, "COUNT", Integer.toString(count));
      cursor = RawClient.text(RawClient.elements(reply).get(0));
      for (String key : texts(RawClient.elements(reply).get(1))) {
        assertTrue(seen.add(key), key + " was seen twice");
      }
      pages++;
    } while (!cursor.equals("0"));
    System.out.println(seen.size() + " keys in " + pages + " pages of " + count);
    return seen;
  }

  private static Set<String> texts(String array) {
    return RawClient.elements(array).stream()
        .map(RawClient::text)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
