package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes that die by {@code kill -9}, stop, are paused, and return, under load. Tests that leave all
 * nodes running share one cluster.
 */
@Timeout(240)
class KillTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");

  /**
   * On a busy machine a node may be silent for long without being dead, and is then worked round
   * with what the others know, which may leave siblings. A killed one is known by its closed
   * connections, at once.
   */
  static final String[] PATIENT = {
    "cartwheel.request-timeout=20s",
    "cartwheel.reap.floor=120s",
    "cartwheel.replica-timeout=1s",
    "cartwheel.attempt-timeout=2s",
    "cartwheel.heartbeat.timeout=10s"
  };

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.prepare(3, PATIENT);
    for (TestNode node : cluster.nodes()) {
      node.with(
              "cartwheel.keyspaces.\"always:\".fsync=always",
              "cartwheel.keyspaces.\"no:\".fsync=no")
          .start();
    }
  }

  @AfterAll
  static void close() {
    cluster.close();
  }

  /** Also after a test that has failed. */
  @BeforeEach
  void awaitAll() {
    for (TestNode node : cluster.nodes()) {
      if (!node.process().isAlive()) {
        node.start();
      }
    }
    cluster.nodes().forEach(TestNode::awaitServing);
    FaultyCluster.awaitReachable(cluster, 3);
  }

  @Test
  void oneOfThreeKilled_isNotNoticedByClientsOfTheOthers() throws IOException {
    for (int round = 0; round < (LONG ? 12 : 2); round++) {
      TestNode victim = cluster.node(round % 3);
      int a = cluster.node((round + 1) % 3).port();
      int b = cluster.node((round + 2) % 3).port();
      try (Load load = new Load()) {
        load.plain("kill:a" + round + ":", a)
            .plain("kill:ab" + round + ":", a, b)
            .pipelined("kill:p" + round + ":", b)
            .pipelined("kill:pab" + round + ":", b, a)
            .increments("kill:n" + round, a, b);
        load.awaitMore(2000);
        load.resetLongest();
        victim.kill();
        load.awaitMore(4000);
        System.out.println("over the kill: longest operation " + load.longestMillis() + " ms");
        load.resetLongest();
        victim.start().awaitServing();
        load.awaitMore(2000);
        System.out.println("over the return: longest operation " + load.longestMillis() + " ms");
        load.stop();
        assertClean(load, cluster);
      }
    }
  }

  @Test
  void allKilled_nothingAcknowledgedIsMissingInAnyFsyncMode() throws IOException {
    int[] ports = cluster.nodes().stream().mapToInt(TestNode::port).toArray();
    for (int round = 0; round < (LONG ? 8 : 2); round++) {
      try (Load load = new Load()) {
        for (String mode : List.of("always:", "everysec:", "no:")) {
          load.plain(mode + round + ":", ports[0], ports[1], ports[2])
              .pipelined(mode + "p" + round + ":", ports[1])
              .increments(mode + "n" + round, ports[2], ports[0]);
        }
        load.awaitMore(5000);
        load.expectBreaks();
        // Stopped first: none must see that another is gone, and go on alone.
        cluster.nodes().forEach(TestNode::pause);
        cluster.nodes().forEach(TestNode::kill);
        load.stop();
        cluster.nodes().forEach(TestNode::start);
        cluster.nodes().forEach(TestNode::awaitServing);
        assertTrue(load.keys() > 100, "only " + load.keys() + " keys");
        assertClean(load, cluster);
      }
    }
  }

  @Test
  void twoOfThreeKilled_answerNoQuorumInTimeAndComeBack() throws IOException {
    try (TestCluster own = TestCluster.start(3)) {
      try (RawClient client = new RawClient(own.node(0).port())) {
        for (int i = 0; i < 50; i++) {
          assertEquals("+OK", client.ask("SET", "two:" + i, "v" + i, "W", "3"));
        }
        own.node(1).kill();
        own.node(2).kill();
        for (int i = 0; i < (LONG ? 5 : 1); i++) {
          expectInTime(client, "-NOQUORUM 1 of 2 replicas answered in \\d+ ms", "GET", "two:" + i);
          expectInTime(
              client,
              "-NOQUORUM \\d of 2 replicas answered in \\d+ ms; the write may still take effect",
              "SET",
              "lost:" + i,
              "v");
          expectInTime(client, "-NOQUORUM \\d of 2 replicas.*", "INCR", "lost:n" + i);
          expectInTime(client, "-NOQUORUM 1 of 2.*", "MGET", "two:1", "two:2");
          expectInTime(
              client, "-NOQUORUM 1 of 2.*; 0 of 2 keys.*", "MSET", "lost:1", "v", "lost:2", "v");
        }
        for (int i = 0; i < 50; i++) {
          String value = "v" + i;
          assertEquals("$" + value.length() + " " + value, client.ask("GET", "two:" + i, "R", "1"));
        }
        assertEquals("+OK", client.ask("SET", "two:w1", "v", "W", "1"));
        assertEquals("$1 v", client.ask("GET", "two:w1", "R", "1"));
        String nodes = RawClient.text(client.call("CLUSTER", "NODES"));
        assertEquals(2, nodes.lines().filter(line -> line.contains("fail")).count(), nodes);
        assertTrue(client.call("CLUSTER", "INFO").contains("cluster_known_nodes:3"));
      }
      own.node(1).start();
      own.node(2).start();
      own.nodes().forEach(TestNode::awaitServing);
      for (TestNode node : own.nodes()) {
        try (RawClient client = new RawClient(node.port())) {
          for (int i = 0; i < 50; i++) {
            assertTrue(client.ask("GET", "two:" + i).endsWith(" v" + i), "two:" + i);
          }
          Await.until(
              "what was written with W 1 is seen",
              10_000,
              () -> client.ask("GET", "two:w1").equals("$1 v"));
          assertEquals("+OK", client.ask("SET", "two:again", "v"));
        }
      }
    }
  }

  @Test
  void returnedNode_answersForWhatItMissed() throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      for (int i = 0; i < 100; i++) {
        assertEquals("+OK", client.ask("SET", "miss:" + i, "old"));
      }
      cluster.node(2).kill();
      for (int i = 0; i < 100; i++) {
        assertEquals(
            i % 2 == 0 ? "+OK" : ":1",
            i % 2 == 0 ? client.ask("SET", "miss:" + i, "new") : client.ask("DEL", "miss:" + i));
      }
    }
    cluster.node(2).start().awaitServing();
    for (TestNode node : cluster.nodes()) {
      try (RawClient client = new RawClient(node.port())) {
        for (int i = 0; i < 100; i++) {
          assertEquals(i % 2 == 0 ? "$3 new" : "$-1", client.ask("GET", "miss:" + i));
        }
      }
    }
    try (RawClient client = new RawClient(cluster.node(2).port())) {
      Await.until(
          "reads have repaired the node that missed the writes",
          20_000,
          () -> {
            for (int i = 0; i < 100; i += 2) {
              if (!client.ask("GET", "miss:" + i, "R", "1").equals("$3 new")) {
                client.ask("GET", "miss:" + i, "R", "3");
                return false;
              }
            }
            return true;
          });
    }
  }

  @Test
  void sigterm_endsCleanlyAndAnswersWhatIsUnderWay() throws IOException {
    TestNode leaver = cluster.node(1);
    try (Load load = new Load();
        RawClient client = new RawClient(leaver.port())) {
      load.plain("term:", cluster.node(0).port(), cluster.node(2).port())
          .pipelined("term:p", cluster.node(2).port());
      load.awaitMore(1000);
      assertEquals("+PONG", client.ask("PING"));
      List<byte[]> frames = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        frames.add(RawClient.encode("SET", "term:s" + i, "v"));
      }
      for (byte[] frame : frames) {
        client.sendRaw(frame);
      }
      assertEquals("+OK", RawClient.shown(client.read()));
      long start = System.nanoTime();
      int code = leaver.stop();
      long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      System.out.println("stopped with code " + code + " after " + tookMillis + " ms");
      assertTrue(code == 0 || code == 143, "code " + code);
      assertTrue(tookMillis < 10_000, "took " + tookMillis + " ms");
      int answered = 1;
      try {
        while (true) {
          assertEquals("+OK", RawClient.shown(client.read()));
          answered++;
        }
      } catch (IOException e) {
        System.out.println(answered + " of 500 commands were answered before " + e);
      }
      load.awaitMore(500);
      load.stop();
      assertTrue(leaver.log().contains("stopped"), leaver.log());
      leaver.start().awaitServing();
      assertClean(load, cluster);
      try (RawClient again = new RawClient(leaver.port())) {
        for (int i = 0; i < answered; i++) {
          assertEquals("$1 v", again.ask("GET", "term:s" + i));
        }
      }
    }
  }

  @Test
  void pausedNode_doesNotStopTheOthers() throws IOException {
    try (TestCluster own = TestCluster.start(3, "cartwheel.request-timeout=8s")) {
      TestNode sleeper = own.node(0);
      try (Load load = new Load()) {
        load.plain("pause:", own.node(1).port(), own.node(2).port())
            .pipelined("pause:p", own.node(2).port())
            .increments("pause:n", own.node(1).port());
        load.awaitMore(1000);
        load.resetLongest();
        load.expectSiblings();
        sleeper.pause();
        load.awaitMore(3000);
        System.out.println("over SIGSTOP: longest operation " + load.longestMillis() + " ms");
        try (RawClient client = new RawClient(own.node(1).port())) {
          Await.until(
              "the paused node is seen to be unreachable",
              20_000,
              () -> client.call("RING", "NODES").contains("reachable=no"));
          load.awaitMore(1000);
          sleeper.resume();
          Await.until(
              "the woken node is reachable",
              20_000,
              () -> !client.call("RING", "NODES").contains("reachable=no"));
        }
        load.awaitMore(1000);
        load.stop();
        assertClean(load, own);
      } finally {
        sleeper.resume();
      }
    }
  }

  private static void assertClean(Load load, TestCluster cluster) throws IOException {
    assertTrue(load.complaints().isEmpty(), () -> String.join("\n", load.complaints()));
    for (TestNode node : cluster.nodes()) {
      List<String> wrong = load.check(node.port());
      assertTrue(wrong.isEmpty(), () -> "at " + node.port() + "\n" + String.join("\n", wrong));
      assertTrue(!node.log().contains("\tat "), node.log());
    }
  }

  /** With the default request-timeout of one second, and much for a busy machine. */
  private static void expectInTime(RawClient client, String pattern, String... words)
      throws IOException {
    long start = System.nanoTime();
    String reply = client.ask(words);
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertTrue(reply.matches(pattern), String.join(" ", words) + ": " + reply);
    assertTrue(tookMillis < 5_000, String.join(" ", words) + " took " + tookMillis + " ms");
  }
}
