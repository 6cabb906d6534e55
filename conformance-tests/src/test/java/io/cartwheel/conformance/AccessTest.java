package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in: passwords, strangers, other machines, other nodes. */
@Timeout(120)
class AccessTest {
  @Test
  void password_isAskedForBeforeAnythingElse() throws IOException {
    try (TestCluster cluster = TestCluster.start(1, "cartwheel.requirepass=sesame")) {
      int port = cluster.node(0).port();
      try (RawClient client = new RawClient(port)) {
        String noAuth = "-NOAUTH Authentication required.";
        for (String words : List.of("PING", "GET k", "INFO", "CONFIG GET *", "RING NODES")) {
          assertEquals(noAuth, client.ask(words.split(" ")), words);
        }
        assertTrue(client.ask("HELLO", "3").startsWith("-NOAUTH HELLO must be called"));
        String wrong = "-WRONGPASS invalid username-password pair or user is disabled.";
        assertEquals(wrong, client.ask("AUTH", "open"));
        assertEquals(wrong, client.ask("AUTH", "nobody", "sesame"));
        assertEquals(wrong, client.ask("HELLO", "3", "AUTH", "default", "open"));
        assertEquals(noAuth, client.ask("PING"));
        assertEquals("+OK", client.ask("AUTH", "sesame"));
        assertEquals("+PONG", client.ask("PING"));
        assertFalse(client.call("CONFIG", "GET", "*").contains("sesame"));
        assertEquals("+RESET", client.ask("RESET"));
        assertEquals(noAuth, client.ask("PING"));
        assertTrue(client.call("HELLO", "3", "AUTH", "default", "sesame").startsWith("%"));
        assertEquals("_", client.ask("GET", "k"));
      }
      assertEquals("PONG", RedisCli.run(port, "--no-auth-warning", "-a", "sesame", "PING"));
      assertFalse(cluster.node(0).log().contains("sesame"));
    }
  }

  @Test
  void strangers_mayNotSendMuch() throws IOException {
    try (TestCluster cluster = TestCluster.start(1, "cartwheel.requirepass=sesame")) {
      int port = cluster.node(0).port();
      assertEquals("-NOAUTH Authentication required.", firstReply(port, words(10)));
      assertEquals(
          "-ERR Protocol error: unauthenticated multibulk length", firstReply(port, words(11)));
      assertEquals(
          "-NOAUTH Authentication required.",
          firstReply(port, "*2\r\n$3\r\nGET\r\n$16384\r\n" + "x".repeat(16384) + "\r\n"));
      assertEquals(
          "-ERR Protocol error: unauthenticated bulk length",
          firstReply(port, "*2\r\n$3\r\nGET\r\n$17408\r\n"));
      try (RawClient client = new RawClient(port)) {
        client.sendRaw(words(11).getBytes(ISO_8859_1));
        client.read();
        assertTrue(client.isClosedByServer());
      }
    }
  }

  @Test
  void clientsPastTheLimit_areRefused() throws IOException {
    try (TestCluster cluster = TestCluster.start(1, "cartwheel.maxclients=5")) {
      int port = cluster.node(0).port();
      List<RawClient> clients = new ArrayList<>();
      try {
        Await.until("the probe's connection is gone", 10_000, () -> connections(port) == 1);
        for (int i = 0; i < 5; i++) {
          clients.add(new RawClient(port));
          assertEquals("+PONG", clients.get(i).ask("PING"));
        }
        try (RawClient sixth = new RawClient(port)) {
          assertEquals("-ERR max number of clients reached", RawClient.shown(sixth.read()));
          assertTrue(sixth.isClosedByServer());
        }
        clients.remove(0).close();
        Await.until(
            "there is room again",
            10_000,
            () -> {
              try (RawClient next = new RawClient(port)) {
                return next.ask("PING").equals("+PONG");
              }
            });
      } finally {
        for (RawClient client : clients) {
          client.close();
        }
      }
    }
  }

  @Test
  void idleClients_areDisconnectedAfterTheTimeout() throws IOException {
    try (TestCluster cluster = TestCluster.start(1, "cartwheel.timeout=1");
        RawClient idle = new RawClient(cluster.node(0).port())) {
      assertEquals("+PONG", idle.ask("PING"));
      assertTrue(idle.isClosedByServer());
    }
  }

  @Test
  void otherMachines_areDeniedWithoutAPassword() throws Exception {
    try (Namespace namespace = Namespace.create()) {
      assumeTrue(namespace != null, "protected mode is not tested: it takes root and ip netns");
      String other = Namespace.OUR_ADDRESS;
      try (TestCluster cluster = TestCluster.prepare(1, "cartwheel.resp.bind=0.0.0.0")) {
        int port = cluster.node(0).port();
        cluster.node(0).with("cartwheel.resp.announce=" + other + ":" + port);
        cluster.node(0).start().awaitServing();
        String denied = namespace.redisCli(other, port, "PING");
        assertTrue(denied.startsWith("DENIED Redis is running in protected mode"), denied);
        assertEquals("PONG", RedisCli.run(port, "PING"));
        assertEquals("OK", RedisCli.run(port, "CONFIG", "SET", "protected-mode", "no"));
        assertEquals("PONG", namespace.redisCli(other, port, "PING"));
        assertEquals("OK", RedisCli.run(port, "CONFIG", "SET", "protected-mode", "yes"));
        assertTrue(namespace.redisCli(other, port, "PING").startsWith("DENIED "));
      }
      try (TestCluster cluster =
          TestCluster.prepare(1, "cartwheel.resp.bind=0.0.0.0", "cartwheel.requirepass=sesame")) {
        int port = cluster.node(0).port();
        cluster.node(0).with("cartwheel.resp.announce=" + other + ":" + port);
        cluster.node(0).start().awaitServing();
        assertEquals("NOAUTH Authentication required.", namespace.redisCli(other, port, "PING"));
        assertEquals(
            "PONG", namespace.redisCli(other, port, "--no-auth-warning", "-a", "sesame", "PING"));
      }
    }
  }

  @Test
  void defaults_bindLoopbackOnly() throws Exception {
    try (Namespace namespace = Namespace.create()) {
      assumeTrue(namespace != null, "loopback is not tested: it takes root and ip netns");
      try (TestCluster cluster = TestCluster.start(1)) {
        int port = cluster.node(0).port();
        for (int tried : List.of(port, port + 10_000)) {
          String answer = namespace.redisCli(Namespace.OUR_ADDRESS, tried, "PING");
          assertTrue(answer.contains("Connection refused"), answer);
        }
      }
    }
  }

  @Test
  void peers_withAnotherSecretAreRefusedAndNamedInTheLog() throws IOException {
    try (TestCluster cluster = TestCluster.prepare(3, "cartwheel.cluster.secret=right")) {
      cluster.node(0).start();
      cluster.node(1).start();
      cluster.node(2).with("cartwheel.cluster.secret=wrong").start();
      Await.until(
          "the refusal is logged on both sides",
          30_000,
          () ->
              cluster.node(0).log().contains("secret") && cluster.node(2).log().contains("secret"));
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        assertTrue(client.ask("GET", "k").startsWith("-CLUSTERDOWN The cluster is down: "));
        assertEquals("+PONG", client.ask("PING"));
      }
      cluster.node(2).kill();
      cluster.node(2).with("cartwheel.cluster.secret=right").start();
      cluster.nodes().forEach(TestNode::awaitServing);
      cluster.node(2).kill();
      int before = cluster.node(2).log().length();
      cluster.node(2).with("cartwheel.cluster.secret=").start();
      Await.until(
          "a node without a secret is refused",
          30_000,
          () -> cluster.node(2).log().substring(before).contains("secret"));
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        assertTrue(client.call("RING", "NODES").contains("reachable=no"));
        assertEquals("+OK", client.ask("SET", "k", "v"));
      }
      for (TestNode node : cluster.nodes()) {
        assertFalse(node.log().contains("\tat "), node.log());
        assertTrue(node.log().lines().count() < 60, "the log is flooded:\n" + node.log());
      }
    }
  }

  @Test
  void otherSettingsOfTheCluster_areRefusedAndNamed() throws IOException {
    try (TestCluster cluster = TestCluster.prepare(2)) {
      cluster.node(0).start();
      cluster.node(1).with("cartwheel.keyspaces.default.w=1").start();
      Await.until(
          "the setting is named with both values",
          30_000,
          () -> {
            String log = cluster.node(0).log() + cluster.node(1).log();
            return log.lines().anyMatch(line -> line.contains("w=1") && line.contains("w=2"));
          });
    }
  }

  @Test
  void garbageAtThePeerPort_isDroppedQuietly() throws IOException {
    try (TestCluster cluster = TestCluster.start(1)) {
      int port = cluster.node(0).port() + 10_000;
      for (String garbage :
          List.of("GET / HTTP/1.1\r\n\r\n", "\u00ff".repeat(100_000), "*1\r\n$4\r\nPING\r\n")) {
        try (RawClient stranger = new RawClient(port)) {
          stranger.sendRaw(garbage.getBytes(ISO_8859_1));
          assertTrue(stranger.isClosedByServer());
        } catch (IOException e) {
          System.out.println("closed while it was sent: " + e);
        }
      }
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        assertEquals("+OK", client.ask("SET", "k", "v"));
      }
      assertFalse(cluster.node(0).log().contains("\tat "), cluster.node(0).log());
    }
  }

  @Test
  void dataDirectory_isForItsOwnerOnly() throws IOException {
    try (TestCluster cluster = TestCluster.start(1)) {
      Path data = cluster.node(0).dataDirectory();
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data)));
    }
  }

  private static long connections(int port) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return RawClient.text(client.call("CLIENT", "LIST")).lines().count();
    }
  }

  private static String words(int count) {
    return "*" + count + "\r\n" + String.join("", Collections.nCopies(count, "$1\r\nx\r\n"));
  }

  private static String firstReply(int port, String frame) throws IOException {
    try (RawClient client = new RawClient(port)) {
      // A frame that names a command, so that not the name is what is refused.
      client.sendRaw(frame.replaceFirst("\\$1\r\nx", "\\$6\r\nEXISTS").getBytes(ISO_8859_1));
      return RawClient.shown(client.read());
    }
  }
}
