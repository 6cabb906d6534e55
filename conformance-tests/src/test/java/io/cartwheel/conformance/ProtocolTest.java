package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames, sizes, bytes, pipelines and many connections. */
@ExtendWith(SharedCluster.class)
@Timeout(120)
class ProtocolTest {
  private static final int MAX_VALUE_BYTES = 16 << 20;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*x\r\n",
        "*2147483648\r\n",
        "*1\r\n+PING\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$x\r\n",
        "*1\r\n$536870913\r\n",
        "SET \"unbalanced\r\n"
      })
  void badFrame_isToldAndCloses(String frame, TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.sendRaw(("*1\r\n$4\r\nPING\r\n" + frame).getBytes(ISO_8859_1));
      assertEquals("+PONG", RawClient.shown(client.read()));
      assertTrue(client.read().startsWith("-ERR Protocol error: "));
      assertTrue(client.isClosedByServer());
    }
  }

  @Test
  void badFrames_areToldAsByRedis(TestCluster cluster) throws IOException {
    assertEquals("-ERR Protocol error: invalid multibulk length", answer(cluster, "*x\r\n"));
    assertEquals("-ERR Protocol error: expected '$', got '+'", answer(cluster, "*1\r\n+PING\r\n"));
    assertEquals("-ERR Protocol error: invalid bulk length", answer(cluster, "*1\r\n$-5\r\n"));
    assertEquals(
        "-ERR Protocol error: unbalanced quotes in request", answer(cluster, "GET 'a\r\n"));
    assertEquals(
        "-ERR Protocol error: too big inline request", answer(cluster, "x".repeat(90_000)));
    assertEquals(
        "-ERR Protocol error: too big mbulk count string",
        answer(cluster, "*" + "1".repeat(90_000)));
  }

  @Test
  void inlineCommands_areTaken(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(1).port())) {
      client.sendRaw(
          "\r\n\r\nPING\r\nSET proto:inline \"a b\\x00\"\nGET proto:inline\r\n*0\r\n"
              .getBytes(ISO_8859_1));
      assertEquals("+PONG", RawClient.shown(client.read()));
      assertEquals("+OK", RawClient.shown(client.read()));
      assertEquals("$4\r\na b\u0000\r\n", client.read());
      assertEquals("+PONG", client.ask("PING"));
    }
  }

  @Test
  void badCommand_leavesTheConnectionOpen(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      for (String command :
          List.of("FROB", "GET", "SET k v FROB", "INCRBY k x", "CLIENT FROB", "SELECT 1")) {
        assertTrue(client.ask(command.split(" ")).startsWith("-ERR "), command);
      }
      assertEquals("+PONG", client.ask("PING"));
    }
  }

  @Test
  void httpWords_closeTheConnection(TestCluster cluster) throws IOException {
    for (String request : List.of("POST / HTTP/1.1\r\n", "GET /\r\nHost: localhost\r\n")) {
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        client.sendRaw((request + "SET proto:http evil\r\n").getBytes(ISO_8859_1));
        assertTrue(client.isClosedByServer(), request);
      }
    }
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      assertEquals("$-1", client.ask("GET", "proto:http"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 1023, 65_536, 1 << 20, MAX_VALUE_BYTES})
  void values_ofAllSizesComeBackThroughEveryNode(int sizeBytes, TestCluster cluster)
      throws IOException {
    byte[] value = new byte[sizeBytes];
    new SplittableRandom(sizeBytes).nextBytes(value);
    byte[] key = ("proto:size" + sizeBytes).getBytes(ISO_8859_1);
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.send("SET".getBytes(ISO_8859_1), key, value);
      assertEquals("+OK", RawClient.shown(client.read()));
    }
    for (TestNode node : cluster.nodes()) {
      try (RawClient client = new RawClient(node.port())) {
        client.send("GET".getBytes(ISO_8859_1), key);
        String reply = client.read();
        assertArrayEquals(
            value,
            reply.substring(reply.indexOf('\n') + 1, reply.length() - 2).getBytes(ISO_8859_1));
      }
    }
    if (sizeBytes > 1 << 20) {
      try (RawClient client = new RawClient(cluster.node(1).port())) {
        assertEquals(":1", client.ask("DEL", new String(key, ISO_8859_1)));
      }
    }
  }

  @Test
  void valueOfOneByteTooMany_isRefusedAndTheConnectionStaysOpen(TestCluster cluster)
      throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.send(
          "SET".getBytes(ISO_8859_1),
          "proto:toolong".getBytes(ISO_8859_1),
          new byte[MAX_VALUE_BYTES + 1]);
      assertEquals(
          "-ERR value of 16777217 bytes is longer than max-value-size, 16777216",
          RawClient.shown(client.read()));
      assertEquals("$-1", client.ask("GET", "proto:toolong"));
      assertEquals("+OK", client.ask("SET", "proto:toolong", "x"));
      assertTrue(
          client
              .ask("SETRANGE", "proto:toolong", "16777216", "x")
              .startsWith("-ERR string exceeds"));
      assertEquals(":16777216", client.ask("SETRANGE", "proto:toolong", "16777215", "x"));
      assertTrue(client.ask("APPEND", "proto:toolong", "x").startsWith("-ERR string exceeds"));
      assertEquals(":1", client.ask("DEL", "proto:toolong"));
    }
  }

  @Test
  void keys_mayHoldEveryByteAndBeEmptyOrLong(TestCluster cluster) throws IOException {
    List<byte[]> keys = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      keys.add(new byte[] {'p', 'b', (byte) b});
      keys.add(new byte[] {(byte) b});
    }
    keys.add(new byte[0]);
    keys.add("long".repeat(16_000).getBytes(ISO_8859_1));
    keys.add(new byte[1 << 20]);
    try (RawClient writer = new RawClient(cluster.node(0).port());
        RawClient reader = new RawClient(cluster.node(2).port())) {
      for (int i = 0; i < keys.size(); i++) {
        writer.send(bytes("SET"), keys.get(i), bytes("v" + i));
        assertEquals("+OK", RawClient.shown(writer.read()), "key " + i);
      }
      for (int i = 0; i < keys.size(); i++) {
        reader.send(bytes("GET"), keys.get(i));
        assertEquals("v" + i, RawClient.text(reader.read()), "key " + i);
        reader.send(bytes("DEL"), keys.get(i));
        assertEquals(":1", RawClient.shown(reader.read()), "key " + i);
      }
    }
  }

  @Test
  void scan_passesKeysThatAreLargerThanAPage(TestCluster cluster) throws IOException {
    String key = "proto:huge" + "x".repeat(3 << 20);
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      assertEquals("+OK", client.ask("SET", key, "v"));
      boolean found = false;
      String cursor = "0";
      do {
        List<String> page = RawClient.elements(client.call("SCAN", cursor, "COUNT", "500"));
        cursor = RawClient.text(page.get(0));
        found |=
            RawClient.elements(page.get(1)).stream().map(RawClient::text).anyMatch(key::equals);
      } while (!cursor.equals("0"));
      assertTrue(found);
      assertEquals(":1", client.ask("DEL", key));
      assertTrue(client.call("KEYS", "proto:huge*").startsWith("*0"));
    }
  }

  @Test
  void pipelineInOneWrite_isAnsweredInOrder(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(1).port())) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        switch (i % 5) {
          case 0 -> add(all, expected, "+OK", "SET", "proto:pipe" + i, "v" + i);
          case 1 -> add(all, expected, bulk("v" + (i - 1)), "GET", "proto:pipe" + (i - 1));
          case 2 -> add(all, expected, ":" + (i / 5 + 1), "INCR", "proto:counter");
          case 3 -> add(all, expected, "+PONG", "PING");
          default -> add(all, expected, "-ERR unknown command", "FROB" + i);
        }
      }
      client.sendRaw(all.toByteArray());
      for (int i = 0; i < expected.size(); i++) {
        String reply = RawClient.shown(client.read());
        assertTrue(reply.startsWith(expected.get(i)), "reply " + i + ": " + reply);
      }
    }
  }

  @Test
  void sameKeyInOnePipeline_takesEffectInOrder(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(2).port())) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < 500; i++) {
        all.writeBytes(RawClient.encode(bytes("SET"), bytes("proto:same"), bytes("v" + i)));
        all.writeBytes(RawClient.encode(bytes("GET"), bytes("proto:same")));
        all.writeBytes(RawClient.encode(bytes("APPEND"), bytes("proto:same"), bytes("!")));
        all.writeBytes(
            RawClient.encode(bytes("MGET"), bytes("proto:same"), bytes("proto:same-none")));
      }
      client.sendRaw(all.toByteArray());
      for (int i = 0; i < 500; i++) {
        String value = "v" + i;
        assertEquals("+OK", RawClient.shown(client.read()));
        assertEquals(bulk(value), RawClient.shown(client.read()));
        assertEquals(":" + (value.length() + 1), RawClient.shown(client.read()));
        assertEquals("*2 " + bulk(value + "!") + " $-1", RawClient.shown(client.read()));
      }
    }
  }

  @Test
  void redisCliPipe_isTakenWhole(TestCluster cluster) throws Exception {
    Process pipe =
        new ProcessBuilder("redis-cli", "-p", Integer.toString(cluster.node(0).port()), "--pipe")
            .redirectErrorStream(true)
            .start();
    try (var out = pipe.getOutputStream()) {
      for (int i = 0; i < 5000; i++) {
        out.write(RawClient.encode(bytes("SET"), bytes("proto:cli" + i), bytes("v" + i)));
      }
    }
    String printed = new String(pipe.getInputStream().readAllBytes(), ISO_8859_1);
    assertTrue(printed.contains("errors: 0, replies: 5000"), printed);
    assertEquals("v4999", RedisCli.run(cluster.node(2).port(), "GET", "proto:cli4999"));
  }

  @Test
  void twoHundredConnections_areServedAtOnce(TestCluster cluster) throws IOException {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        clients.add(new RawClient(cluster.node(i % 3).port()));
      }
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < clients.size(); i++) {
          clients.get(i).send("SET", "proto:conn" + i, "r" + round);
          clients.get(i).send("INCR", "proto:conns");
        }
        for (RawClient client : clients) {
          assertEquals("+OK", RawClient.shown(client.read()));
          assertTrue(client.read().startsWith(":"));
        }
      }
      assertEquals("$3 600", clients.get(0).ask("GET", "proto:conns"));
      assertEquals("$2 r2", clients.get(1).ask("GET", "proto:conn199"));
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void clientThatDoesNotRead_isWaitedForAndOthersAreServed(TestCluster cluster) throws IOException {
    try (RawClient slow = new RawClient(cluster.node(0).port());
        RawClient other = new RawClient(cluster.node(0).port())) {
      assertEquals("+OK", other.ask("SET", "proto:slow", "x".repeat(1 << 20)));
      for (int i = 0; i < 60; i++) {
        slow.send("GET", "proto:slow");
      }
      assertEquals("+PONG", other.ask("PING"));
      for (int i = 0; i < 60; i++) {
        assertEquals((1 << 20) + 12, slow.read().length(), "reply " + i);
      }
      assertEquals(":1", other.ask("DEL", "proto:slow"));
    }
  }

  @Test
  void replyModes_areKept(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.send("CLIENT", "REPLY", "SKIP");
      client.send("SET", "proto:skip", "1");
      assertEquals("$1 1", client.ask("GET", "proto:skip"));
      client.send("CLIENT", "REPLY", "OFF");
      client.send("SET", "proto:skip", "2");
      client.send("FROB");
      assertEquals("+OK", client.ask("CLIENT", "REPLY", "ON"));
      assertEquals("$1 2", client.ask("GET", "proto:skip"));
    }
  }

  @Test
  void quit_answersAndCloses(TestCluster cluster) throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.send("SET", "proto:quit", "1");
      client.send("QUIT");
      client.send("SET", "proto:quit", "2");
      assertEquals("+OK", RawClient.shown(client.read()));
      assertEquals("+OK", RawClient.shown(client.read()));
      assertTrue(client.isClosedByServer());
    }
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      assertEquals("$1 1", client.ask("GET", "proto:quit"));
    }
  }

  @Test
  void noStackTraceIsLoggedForWhatClientsDo(TestCluster cluster) {
    for (TestNode node : cluster.nodes()) {
      assertFalse(node.log().contains("\tat "), node.log());
      assertFalse(node.log().contains(" ERROR "), node.log());
    }
  }

  private static String answer(TestCluster cluster, String frame) throws IOException {
    try (RawClient client = new RawClient(cluster.node(0).port())) {
      client.sendRaw(frame.getBytes(ISO_8859_1));
      return RawClient.shown(client.read());
    }
  }

  private static void add(
      ByteArrayOutputStream all, List<String> replies, String reply, String... words) {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = bytes(words[i]);
    }
    all.writeBytes(RawClient.encode(bytes));
    replies.add(reply);
  }

  private static String bulk(String value) {
    return "$" + value.length() + " " + value;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
