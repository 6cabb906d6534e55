package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a node tells of itself, its clients, its commands, its settings and its ring. */
@ExtendWith(SharedCluster.class)
@Timeout(60)
class IntrospectionTest {
  private static final List<String> COMMANDS =
      List.of(
          ("PING ECHO QUIT RESET MULTI EXEC DISCARD HELLO SELECT AUTH CLIENT COMMAND INFO CONFIG TIME DBSIZE FLUSHALL"
                  + " FLUSHDB GET SET GETDEL GETEX GETSET SETNX SETEX PSETEX MGET MSET MSETNX APPEND"
                  + " STRLEN INCR DECR INCRBY DECRBY INCRBYFLOAT SETRANGE GETRANGE DEL UNLINK DELEX"
                  + " EXISTS TYPE TOUCH EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL EXPIRETIME"
                  + " PEXPIRETIME PERSIST KEYS SCAN RANDOMKEY CLUSTER READONLY READWRITE RING")
              .toLowerCase(Locale.ROOT)
              .split(" "));

  private TestCluster cluster;
  private RawClient client;

  @BeforeEach
  void connect(TestCluster shared) throws IOException {
    cluster = shared;
    client = new RawClient(shared.node(0).port());
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
  }

  @Test
  void hello_switchesTheProtocolAndGreets() throws IOException {
    String two = client.call("HELLO", "2");
    assertTrue(two.startsWith("*14\r\n"), two);
    String three = client.call("HELLO", "3", "SETNAME", "probe");
    assertTrue(three.startsWith("%7\r\n"), three);
    for (String part : List.of("$5 redis", "$5 7.2.0", ":3", "$4 mode $7 cluster", "$6 master")) {
      assertTrue(RawClient.shown(three).contains(part), three);
    }
    assertEquals("$5 probe", client.ask("CLIENT", "GETNAME"));
    assertEquals("_", client.ask("GET", "intro:none"));
    assertTrue(client.ask("HELLO", "4").startsWith("-NOPROTO"));
    assertEquals("_", client.ask("GET", "intro:none"));
    client.call("HELLO", "2");
    assertEquals("$-1", client.ask("GET", "intro:none"));
    client.call("HELLO", "3");
    assertEquals("+RESET", client.ask("RESET"));
    assertEquals("$-1", client.ask("GET", "intro:none"));
  }

  @Test
  void client_tellsOfItselfAndOthers() throws IOException {
    try (RawClient other = new RawClient(cluster.node(0).port())) {
      assertEquals("+OK", other.ask("CLIENT", "SETNAME", "other"));
      assertEquals("+OK", other.ask("CLIENT", "SETINFO", "LIB-NAME", "lib"));
      assertEquals("+OK", other.ask("CLIENT", "SETINFO", "LIB-VER", "1.2"));
      assertEquals("+OK", other.ask("CLIENT", "NO-TOUCH", "ON"));
      assertTrue(other.ask("CLIENT", "SETINFO", "LIB-NAME", "a b").startsWith("-ERR "));
      assertTrue(
          other.ask("CLIENT", "MAINT_NOTIFICATIONS", "ON").startsWith("-ERR unknown subcommand"));
      String id = other.ask("CLIENT", "ID").substring(1);
      String info = RawClient.text(other.call("CLIENT", "INFO"));
      for (String part :
          List.of("id=" + id + " ", " name=other ", " lib-name=lib ", " lib-ver=1.2", " resp=2 ")) {
        assertTrue(info.contains(part), info);
      }
      String list = RawClient.text(client.call("CLIENT", "LIST"));
      assertTrue(list.lines().anyMatch(line -> line.contains(" name=other ")), list);
      list = RawClient.text(client.call("CLIENT", "LIST", "ID", id));
      assertEquals(1, list.lines().count(), list);
      assertEquals(":1", client.ask("CLIENT", "KILL", "ID", id));
      assertTrue(other.isClosedByServer());
      Await.until(
          "the killed client is forgotten",
          10_000,
          () -> client.ask("CLIENT", "KILL", "ID", id).equals(":0"));
    }
  }

  @Test
  void command_tellsEveryCommandInTheFormClientsRead() throws IOException {
    List<String> all = RawClient.elements(client.call("COMMAND"));
    Set<String> names = new TreeSet<>();
    for (String one : all) {
      List<String> parts = RawClient.elements(one);
      assertEquals(10, parts.size(), one);
      names.add(RawClient.text(parts.get(0)));
    }
    assertTrue(names.containsAll(COMMANDS), names.toString());
    assertEquals(":" + all.size(), client.ask("COMMAND", "COUNT"));
    assertEquals(
        names,
        new TreeSet<>(
            RawClient.elements(client.call("COMMAND", "LIST")).stream()
                .map(RawClient::text)
                .filter(name -> name.indexOf('|') < 0)
                .toList()));
    assertEquals(2 * all.size(), RawClient.elements(client.call("COMMAND", "DOCS")).size());
    String docs = client.call("COMMAND", "DOCS", "get", "ring", "client");
    assertTrue(docs.contains("summary") && docs.contains("client|list"), docs);
    assertEquals("*1 $1 k", client.ask("COMMAND", "GETKEYS", "DELEX", "k", "CONTEXT", "t"));
    assertEquals("*1 $4 incr", client.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "incr"));
  }

  @Test
  void everyCommand_answersTooManyOrTooFewWordsWithAnErrorAndStaysUp() throws IOException {
    for (String name : COMMANDS) {
      if (List.of("quit", "reset", "flushall", "flushdb").contains(name)) {
        continue;
      }
      List<String> words = new ArrayList<>(List.of(name));
      for (int i = 0; i < 12; i++) {
        client.call("HELLO", "2");
        String reply = client.call(words.toArray(String[]::new));
        assertFalse(reply.isEmpty(), name);
        assertFalse(reply.startsWith("-ERR internal"), name + " " + words + ": " + reply);
        words.add(i % 2 == 0 ? "intro:\u0000x" : "7");
      }
    }
    assertEquals("+PONG", client.ask("PING"));
  }

  @Test
  void info_hasTheFieldsThatClientsAndDashboardsRead() throws IOException {
    Map<String, String> info = info("INFO");
    assertEquals("7.2.0", info.get("redis_version"));
    assertEquals("cluster", info.get("redis_mode"));
    assertEquals("1", info.get("cluster_enabled"));
    assertEquals("master", info.get("role"));
    assertEquals("0", info.get("loading"));
    assertEquals("noeviction", info.get("maxmemory_policy"));
    assertEquals(Integer.toString(cluster.node(0).port()), info.get("tcp_port"));
    assertEquals(Long.toString(cluster.node(0).process().pid()), info.get("process_id"));
    assertEquals("3", info.get("members_reachable"));
    assertEquals("256", info.get("partitions"));
    assertTrue(info.containsKey("cartwheel_version"));
    assertTrue(Long.parseLong(info.get("used_memory")) > 0);
    assertTrue(Integer.parseInt(info.get("connected_clients")) > 0);
    assertFalse(info.containsKey("cmdstat_get"), "only asked for");
    assertEquals(Set.of("cluster_enabled"), info("INFO", "cluster").keySet());
    client.call("HELLO", "3");
    assertTrue(client.call("INFO", "server").startsWith("="));
  }

  @Test
  void info_countsWhatHappens() throws IOException {
    client.call("SET", "intro:count", "1");
    Map<String, String> before = info("INFO", "everything");
    for (int i = 0; i < 25; i++) {
      client.call("GET", "intro:count");
      client.call("SET", "intro:count" + i, "v");
      client.call("INCRBY", "intro:count", "x");
    }
    Map<String, String> after = info("INFO", "everything");
    assertEquals(25, field(after, "cmdstat_get", "calls") - field(before, "cmdstat_get", "calls"));
    assertEquals(25, field(after, "cmdstat_set", "calls") - field(before, "cmdstat_set", "calls"));
    // What cannot be a number is refused by its handler: a call that failed.
    assertTrue(
        field(after, "cmdstat_incrby", "failed_calls")
            >= field(before, "cmdstat_incrby", "failed_calls") + 25,
        after.get("cmdstat_incrby"));
    assertTrue(field(after, "errorstat_ERR", "count") >= 25);
    assertTrue(after.get("latency_percentiles_usec_get").matches("p50=.*,p99=.*,p99.9=.*"));
    assertTrue(
        Long.parseLong(after.get("total_commands_processed"))
            >= Long.parseLong(before.get("total_commands_processed")) + 75);
    assertTrue(moved(before, after, "coordinator_get", "count") >= 25);
    assertTrue(moved(before, after, "coordinator_siblings_per_read", "count") >= 25);
    assertTrue(moved(before, after, "storage_commit", "count") > 0);
    assertTrue(moved(before, after, "storage_commit_rows", "count") > 0);
    assertTrue(moved(before, after, "storage_read", "count") >= 0);
    assertTrue(number(after, "coordinator_forwards") > number(before, "coordinator_forwards"));
    assertTrue(
        number(after, "transport_messages_sent") > number(before, "transport_messages_sent"));
    assertTrue(after.containsKey("coordinator_read_repairs"));
    assertEquals("+OK", client.ask("CONFIG", "RESETSTAT"));
    assertEquals(0, field(info("INFO", "all"), "cmdstat_get", "calls"));
  }

  @Test
  void config_showsSettingsButNoSecretsAndChangesSome() throws IOException {
    for (String name :
        List.of(
            "save",
            "appendonly",
            "maxmemory",
            "maxmemory-policy",
            "databases",
            "timeout",
            "notify-keyspace-events",
            "maxclients",
            "proto-max-bulk-len")) {
      assertEquals(2, RawClient.elements(client.call("CONFIG", "GET", name)).size(), name);
    }
    String all = RawClient.shown(client.call("CONFIG", "GET", "*"));
    assertFalse(all.contains("requirepass"), all);
    assertFalse(all.contains("secret"), all);
    assertTrue(all.contains("max-value-size"), all);
    assertEquals("+OK", client.ask("CONFIG", "SET", "maxclients", "5000"));
    assertEquals("*2 $10 maxclients $4 5000", client.ask("CONFIG", "GET", "maxclients"));
    assertEquals("+OK", client.ask("CONFIG", "SET", "maxclients", "10000"));
    for (String[] wrong :
        List.of(
            new String[] {"maxclients", "x"},
            new String[] {"max-value-size", "1MB"},
            new String[] {"resp.port", "1"},
            new String[] {"cluster.partitions", "16"},
            new String[] {"keyspaces.default", "n=1"},
            new String[] {"nosuch", "1"})) {
      String reply = client.ask("CONFIG", "SET", wrong[0], wrong[1]);
      assertTrue(reply.startsWith("-ERR "), wrong[0] + ": " + reply);
    }
  }

  @Test
  void cluster_isOfMastersThatHeadAllSlots() throws IOException {
    int slots = 0;
    for (String run : RawClient.elements(client.call("CLUSTER", "SLOTS"))) {
      List<String> parts = RawClient.elements(run);
      assertEquals(5, parts.size(), run);
      slots += number(parts.get(1)) - number(parts.get(0)) + 1;
    }
    assertEquals(16384, slots);
    String nodes = RawClient.text(client.call("CLUSTER", "NODES"));
    assertEquals(3, nodes.lines().count(), nodes);
    assertTrue(nodes.lines().allMatch(line -> line.contains("master - 0 ")), nodes);
    assertTrue(nodes.lines().allMatch(line -> line.contains(" connected ")), nodes);
    assertEquals(1, nodes.lines().filter(line -> line.contains("myself,")).count());
    String id = RawClient.text(client.call("CLUSTER", "MYID"));
    assertTrue(id.matches("[0-9a-f]{40}"), id);
    assertTrue(nodes.contains(id + " 127.0.0.1:" + cluster.node(0).port() + "@"), nodes);
    assertEquals(3, RawClient.elements(client.call("CLUSTER", "SHARDS")).size());
    client.call("HELLO", "3");
    assertTrue(client.call("CLUSTER", "SHARDS").startsWith("*3\r\n%2\r\n"));
    assertEquals(":12182", client.ask("CLUSTER", "KEYSLOT", "foo"));
    assertEquals(":12182", client.ask("CLUSTER", "KEYSLOT", "a{foo}b"));
    String slot = "12182";
    client.call("SET", "{foo}intro", "v");
    int count = number(client.call("CLUSTER", "COUNTKEYSINSLOT", slot));
    List<String> inSlot = RawClient.elements(client.call("CLUSTER", "GETKEYSINSLOT", slot, "99"));
    assertEquals(count, inSlot.size());
    assertTrue(inSlot.contains("$10\r\n{foo}intro\r\n"), inSlot.toString());
    assertTrue(client.ask("CLUSTER", "COUNTKEYSINSLOT", "16384").startsWith("-ERR Invalid slot"));
    assertEquals("+OK", client.ask("READONLY"));
    assertEquals("+OK", client.ask("READWRITE"));
  }

  @Test
  void ring_tellsNodesPartitionsAndTheKeysPlace() throws IOException {
    String nodes = RawClient.text(client.call("RING", "NODES"));
    assertEquals(3, nodes.lines().count());
    for (TestNode node : cluster.nodes()) {
      assertTrue(nodes.contains("name=127.0.0.1:" + node.port() + " "), nodes);
    }
    String partitions = RawClient.text(client.call("RING", "PARTITIONS"));
    assertEquals(256, partitions.lines().count());
    String where = RawClient.text(client.call("RING", "WHERE", "foo"));
    assertTrue(where.startsWith("slot=12182 partition=190 "), where);
    List<String> same = new ArrayList<>();
    for (TestNode node : cluster.nodes()) {
      try (RawClient other = new RawClient(node.port())) {
        same.add(other.call("RING", "PARTITIONS") + other.call("RING", "WHERE", "foo"));
      }
    }
    assertEquals(1, Set.copyOf(same).size(), "the nodes disagree about the ring");
    client.call("HELLO", "3");
    assertTrue(client.call("RING", "NODES").startsWith("="));
    assertTrue(client.ask("RING", "FROB").startsWith("-ERR unknown subcommand"));
  }

  @Test
  void ring_tellsHowEqualTheNodesAre_andRepairsWhenAsked() throws IOException {
    // Each pair has been compared soon after the start.
    for (TestNode node : cluster.nodes()) {
      try (RawClient asked = new RawClient(node.port())) {
        Set<String> others = new TreeSet<>();
        cluster.nodes().stream()
            .filter(other -> other != node)
            .forEach(other -> others.add("127.0.0.1:" + other.port()));
        Await.until(
            "an ended exchange of " + node.port() + " with each peer",
            20_000,
            () -> ended(asked).keySet().equals(others));
        assertTrue(RawClient.text(asked.call("RING", "SYNC")).contains("partitions-not-current="));
      }
    }

    String peer = "127.0.0.1:" + cluster.node(1).port();
    long askedNanos = System.nanoTime();
    assertEquals("+OK", client.ask("RING", "REPAIR", peer));
    awaitEndedSince(askedNanos, Set.of(peer));
    askedNanos = System.nanoTime();
    assertEquals("+OK", client.ask("RING", "REPAIR"));
    awaitEndedSince(askedNanos, ended(client).keySet());
    assertEquals(
        "-ERR no member has this name, see RING NODES", client.ask("RING", "REPAIR", "nobody"));
  }

  private void awaitEndedSince(long sinceNanos, Set<String> peers) throws IOException {
    Await.until(
        "an exchange that was asked for",
        20_000,
        () -> {
          Map<String, Long> ended = ended(client);
          long millis = (System.nanoTime() - sinceNanos) / 1_000_000;
          return peers.stream().allMatch(p -> ended.getOrDefault(p, Long.MAX_VALUE) <= millis);
        });
  }

  /** How many ms ago the last full exchange with each peer ended; without those that had none. */
  private static Map<String, Long> ended(RawClient asked) throws IOException {
    return Pattern.compile("(?m)^peer=(\\S+) state=\\w+ ended-ms=(\\d+) ")
        .matcher(RawClient.text(asked.call("RING", "SYNC")))
        .results()
        .collect(Collectors.toMap(found -> found.group(1), found -> Long.valueOf(found.group(2))));
  }

  @Test
  void infoRing_hasTheFieldsThatTheReadmeExplains() throws IOException {
    String readme = Files.readString(LocalCluster.CHECKOUT.resolve("README.md"));
    String table = readme.substring(readme.indexOf("`INFO ring` is ours"));
    table = table.substring(0, table.indexOf("\n## "));
    Set<String> explained =
        table
            .lines()
            .filter(line -> line.startsWith("| `"))
            .flatMap(line -> Pattern.compile("`(\\w+)`").matcher(line.split("\\|", 3)[1]).results())
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(explained, new TreeSet<>(info("INFO", "ring").keySet()));
  }

  @Test
  void redisCli_worksAsOnRedis() {
    int port = cluster.node(1).port();
    assertEquals("PONG", RedisCli.run(port, "PING"));
    assertEquals("OK", RedisCli.run(port, "-3", "SET", "intro:cli", "v"));
    assertEquals("v", RedisCli.run(port, "-c", "GET", "intro:cli"));
    String info = RedisCli.run(port, "--cluster", "info", "127.0.0.1:" + port);
    assertTrue(info.contains("[OK]"), info);
    String check = RedisCli.run(port, "--cluster", "check", "127.0.0.1:" + port);
    assertTrue(check.contains("[OK] All 16384 slots covered."), check);
    assertTrue(
        RedisCli.run(port, "--scan", "--pattern", "intro:cl*")
            .lines()
            .toList()
            .contains("intro:cli"));
    assertTrue(RedisCli.run(port, "COMMAND", "DOCS", "set").contains("summary"));
  }

  private Map<String, String> info(String... words) throws IOException {
    Map<String, String> fields = new HashMap<>();
    RawClient.text(client.call(words))
        .lines()
        .filter(line -> !line.startsWith("#") && line.contains(":"))
        .forEach(line -> fields.put(line.split(":", 2)[0], line.split(":", 2)[1]));
    return fields;
  }

  /** One of {@code name=value,name=value}; 0 where it is not there. */
  private static long field(Map<String, String> info, String line, String name) {
    for (String pair : info.getOrDefault(line, "").split(",", -1)) {
      if (pair.startsWith(name + "=")) {
        return Long.parseLong(pair.substring(name.length() + 1));
      }
    }
    return 0;
  }

  private static long moved(
      Map<String, String> before, Map<String, String> after, String line, String name) {
    return field(after, line, name) - field(before, line, name);
  }

  private static long number(Map<String, String> info, String name) {
    return Long.parseLong(info.get(name));
  }

  private static int number(String reply) {
    return Integer.parseInt(RawClient.text(reply));
  }
}
