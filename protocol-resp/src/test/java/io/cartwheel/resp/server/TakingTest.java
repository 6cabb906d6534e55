package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.command.Services.ClientFilter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a loop takes from its clients while it has as much under way as it may. */
class TakingTest {
  private static final long TARGET_NANOS = 100_000_000;

  private final List<AutoCloseable> open = new ArrayList<>();

  private TestServer server(int underWay) throws IOException {
    return server(underWay, 1 << 26);
  }

  private TestServer server(int underWay, long loopBytes) throws IOException {
    Window.Limits window = new Window.Limits(underWay, underWay, TARGET_NANOS, TARGET_NANOS);
    return server(window, loopBytes);
  }

  private TestServer server(Window.Limits window, long loopBytes) throws IOException {
    TestServer started =
        new TestServer(new ServerLimits(256, 1 << 26, window, loopBytes, 1 << 20, 1 << 24));
    open.add(started);
    return started;
  }

  /** So many clients on one loop; connections go to each loop in turn. */
  private List<RawClient> clients(TestServer server, int count) throws IOException {
    List<RawClient> ofLoop = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      for (int loop = 0; loop < server.loops.count(); loop++) {
        RawClient client = server.client();
        open.add(0, client);
        if (loop == 0) {
          ofLoop.add(client);
        }
      }
    }
    return ofLoop;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private static String holds(String prefix, int count) {
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < count; i++) {
      commands.append("HOLD ").append(prefix).append(i).append("\r\n");
    }
    return commands.toString();
  }

  @Test
  void soManyBegin_theOthersFollowInOrderAsTheseAreAnswered() throws Exception {
    TestServer server = server(2);
    RawClient client = clients(server, 1).get(0);
    client.send("HOLD a\r\nHOLD b\r\nHOLD c\r\nPING\r\nHOLD d\r\n");
    server.awaitHeld(2);
    server.answer(1, "2");
    server.awaitHeld(2);
    assertEquals(List.of("hold a", "hold c"), server.held());
    server.answer(0, "1");
    server.awaitHeld(2);
    assertEquals(List.of("hold c", "hold d"), server.held());
    server.answer(1, "4");
    server.answer(0, "3");
    client.expect("$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n+PONG\r\n$1\r\n4\r\n");
  }

  @Test
  void aDeepPipeline_sharesWithThoseThatSendOneByOne() throws Exception {
    TestServer server = server(16);
    List<RawClient> clients = clients(server, 21);
    RawClient deep = clients.get(0);
    deep.send(holds("deep", 2_000));
    server.awaitHeld(16);
    List<RawClient> others = clients.subList(1, clients.size());
    for (int i = 0; i < others.size(); i++) {
      others.get(i).send("HOLD other" + i + "\r\n");
    }
    int answered = 0;
    int begunOthers = 0;
    while (begunOthers < others.size()) {
      server.awaitHeld(16);
      begunOthers += server.held().get(0).startsWith("hold other") ? 1 : 0;
      server.answer(0, "x");
      answered++;
      // Twenty wait, and between any two of their turns the deep one has one of sixteen at most.
      assertTrue(answered < 500, begunOthers + " others after " + answered + " answers");
    }
    for (RawClient other : others) {
      other.expect("$1\r\nx\r\n");
    }
    for (; answered < 2_000 + others.size(); answered++) {
      TestServer.await(() -> !server.held().isEmpty());
      server.answer(0, "x");
    }
    deep.expect("$1\r\nx\r\n".repeat(2_000));
  }

  @Test
  void whatStaysAtThisNode_isAnsweredThoughNothingMoreMayBegin() throws Exception {
    TestServer server = server(1);
    List<RawClient> clients = clients(server, 2);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    clients.get(1).send("PING\r\nECHO x\r\nHOLD b\r\nPING\r\n").expect("+PONG\r\n$1\r\nx\r\n");
    assertEquals(List.of("hold a"), server.held());
    server.answer(0, "1");
    server.awaitHeld(1);
    server.answer(0, "2");
    clients.get(1).expect("$1\r\n2\r\n+PONG\r\n");
    clients.get(0).expect("$1\r\n1\r\n");
  }

  @Test
  void whoWaitsForATurn_isNotReadMeanwhile() throws Exception {
    TestServer server = server(1);
    List<RawClient> clients = clients(server, 2);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    int commands = 2_000;
    String value = "v".repeat(10_000);
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < commands; i++) {
                  clients.get(1).call("SET", "k" + i, value);
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    long read = awaitNoMoreRead(server, 16_384);
    assertFalse(writing.isDone());
    assertTrue(read < 4 << 20, read + " bytes were read");
    server.answer(0, "1");
    clients.get(1).expect("+OK\r\n".repeat(commands));
    writing.get(10, TimeUnit.SECONDS);
  }

  @Test
  void manyKeysOfOneCommand_countAsMany() throws Exception {
    TestServer server = server(4);
    RawClient client = clients(server, 1).get(0);
    client.send("HOLD a\r\nMSET b 1 c 2 d 3 e 4\r\nHOLD f\r\n");
    server.awaitHeld(2);
    server.answer(0, "1");
    server.answer(0, "3");
    client.expect("$1\r\n1\r\n+OK\r\n$1\r\n3\r\n");
  }

  @Test
  void aLoadOfCommandsOfManyKeys_opensTheWindow() throws Exception {
    TestServer server = server(new Window.Limits(4, 64, TARGET_NANOS, TARGET_NANOS), 1 << 26);
    RawClient client = clients(server, 1).get(0);
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      commands.append("HOLDMANY");
      for (int key = 0; key < 8; key++) {
        commands.append(' ').append(i).append('.').append(key);
      }
      commands.append("\r\n");
    }
    client.send(commands.toString());
    int most = 0;
    for (int answered = 0; answered < 200; answered++) {
      TestServer.await(() -> !server.held().isEmpty());
      most = Math.max(most, server.held().size());
      server.answer(0, "x");
    }
    client.expect("$1\r\nx\r\n".repeat(200));
    assertTrue(most > 1, "never more than one at once");
  }

  @Test
  void wordsBeyondTheRoom_waitInTheirOrder() throws Exception {
    TestServer server = server(100, 10_000);
    List<RawClient> clients = clients(server, 4);
    String[] keys = {"a".repeat(6_000), "b".repeat(9_000), "c".repeat(9_000), "d"};
    long sent = 0;
    for (int i = 0; i < 4; i++) {
      clients.get(i).call("HOLD", keys[i]);
      sent += RawClient.array("HOLD", keys[i]).length();
      awaitInput(server, sent);
      server.awaitHeld(Math.min(i + 1, 2));
    }
    server.answer(0, "a");
    server.awaitHeld(2);
    assertEquals(List.of("hold " + keys[1], "hold " + keys[2]), server.held());
    server.answer(0, "b");
    server.awaitHeld(2);
    assertEquals(List.of("hold " + keys[2], "hold d"), server.held());
    server.answer(0, "c");
    server.answer(0, "d");
    for (int i = 0; i < 4; i++) {
      clients.get(i).expect("$1\r\n" + keys[i].charAt(0) + "\r\n");
    }
  }

  @Test
  void aValueOfTheLongestSize_isTakenHoweverLittleRoomALoopHas_butNotManyAtOnce() throws Exception {
    TestServer server = server(100, 10_000);
    List<RawClient> clients = clients(server, 2);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    RawClient client = clients.get(1);
    String longest = "v".repeat((int) server.config.maxValueSizeBytes);
    client.call("SET", "k".repeat(60_000), longest).expect("+OK\r\n");
    client.call("MSET", "k", longest, "l", longest, "m", longest);
    client.expect("-BUSY the command is longer than what all commands may take at this node\r\n");
    client.send("PING\r\n").expect("+PONG\r\n");
    server.answer(0, "x");
    clients.get(0).expect("$1\r\nx\r\n");
  }

  @Test
  void longCommandsOfManyConnections_areInMemoryOnlyAsFarAsThereIsRoom() throws Exception {
    TestServer server = server(1, 1_000_000);
    List<RawClient> clients = clients(server, 41);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    String key = "k".repeat(100_000);
    for (RawClient client : clients.subList(1, 41)) {
      client.call("HOLD", key);
    }
    // Ten fit, and the one that was taken before.
    TestServer.await(() -> commandsIn(server) >= 11);
    clients.get(1).send("PING\r\n");
    awaitNoMoreRead(server, 1_000_000);
    assertEquals(11, commandsIn(server));
    for (int i = 0; i <= 40; i++) {
      server.awaitHeld(1);
      server.answer(0, "x");
    }
    for (RawClient client : clients) {
      client.expect("$1\r\nx\r\n");
    }
    clients.get(1).expect("+PONG\r\n");
  }

  /** How many connections have had a HOLD parsed. */
  private static long commandsIn(TestServer server) {
    return server.server.services().clients().infoLines(ClientFilter.ANY).stream()
        .filter(line -> line.contains(" cmd=hold "))
        .count();
  }

  @Test
  void longCommandsBehindAnotherOfTheirConnection_areInMemoryOnlyAsFarAsThereIsRoom()
      throws Exception {
    TestServer server = server(100, 1_000_000);
    List<RawClient> clients = clients(server, 2);
    int commands = 100;
    String one = RawClient.array("HOLD", "k".repeat(100_000));
    List<CompletableFuture<Void>> writing = new ArrayList<>();
    for (RawClient client : clients) {
      writing.add(CompletableFuture.runAsync(() -> sendRepeatedly(client, one, commands)));
    }
    long read = awaitNoMoreRead(server, 1_000_000);
    // What is parsed, and what a turn reads from each before that is known.
    assertTrue(read < 6_000_000, read + " bytes were read");
    for (int i = 0; i < 2 * commands; i++) {
      TestServer.await(() -> !server.held().isEmpty());
      server.answer(0, "x");
    }
    for (RawClient client : clients) {
      client.expect("$1\r\nx\r\n".repeat(commands));
    }
    for (CompletableFuture<Void> each : writing) {
      each.get(10, TimeUnit.SECONDS);
    }
  }

  private static void sendRepeatedly(RawClient client, String text, int times) {
    try {
      for (int i = 0; i < times; i++) {
        client.send(text);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until so much has been read at least, and nothing more is; returns how much. */
  private static long awaitNoMoreRead(TestServer server, long leastBytes) {
    long[] readThen = {0};
    int[] since = {0};
    TestServer.await(
        () -> {
          long read = server.server.services().frontMetrics().inputBytes().getCount();
          since[0] = read == readThen[0] ? since[0] + 1 : 0;
          readThen[0] = read;
          return read > leastBytes && since[0] == 500;
        });
    return readThen[0];
  }

  /** Waits until all that the clients of this server have sent has been looked at. */
  private static void awaitInput(TestServer server, long bytes) {
    TestServer.await(
        () -> server.server.services().frontMetrics().inputBytes().getCount() == bytes);
  }

  @Test
  void whatAConnectionThatIsGoneHasLeft_neverBegins() throws Exception {
    TestServer server = server(2);
    List<RawClient> clients = clients(server, 3);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    clients.get(1).send("HOLD k\r\nHOLD k\r\nPING\r\nHOLD b\r\n");
    server.awaitHeld(2);
    clients.get(2).send("HOLD c\r\n");
    awaitInput(server, 8 * 5 + 6);
    clients.get(1).socket.setSoLinger(true, 0);
    clients.get(1).close();
    TestServer.await(() -> server.server.services().clients().count() == 5);
    assertEquals(List.of("hold a", "hold k"), server.held());
    server.answer(1, "1");
    server.awaitHeld(2);
    assertEquals(List.of("hold a", "hold c"), server.held());
    server.answer(1, "2");
    clients.get(2).expect("$1\r\n2\r\n").send("HOLD d\r\n");
    server.awaitHeld(2);
    assertEquals(List.of("hold a", "hold d"), server.held());
    server.answer(0, "3");
    server.answer(0, "4");
    clients.get(2).expect("$1\r\n4\r\n");
  }

  @Test
  void whatAClientThatIsKilledHasLeft_neverBegins() throws Exception {
    TestServer server = server(1);
    List<RawClient> clients = clients(server, 3);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    clients.get(1).send("HOLD b\r\n");
    awaitInput(server, 8 * 2);
    String address = "127.0.0.1:" + clients.get(1).socket.getLocalPort();
    clients.get(2).send("CLIENT KILL " + address + "\r\n").expect("+OK\r\n");
    clients.get(1).expectClosed();
    clients.get(2).send("HOLD c\r\n");
    server.answer(0, "1");
    server.awaitHeld(1);
    assertEquals(List.of("hold c"), server.held());
    server.answer(0, "2");
    clients.get(2).expect("$1\r\n2\r\n");
  }

  @Test
  void whatAClientThatOnlyStopsSendingHasLeft_isCarriedOut() throws Exception {
    TestServer server = server(1);
    List<RawClient> clients = clients(server, 2);
    clients.get(0).send("HOLD a\r\n");
    server.awaitHeld(1);
    clients.get(1).send("HOLD b\r\nQUIT\r\n").socket.shutdownOutput();
    awaitInput(server, 8 * 2 + 6);
    server.answer(0, "1");
    server.awaitHeld(1);
    server.answer(0, "2");
    clients.get(1).expect("$1\r\n2\r\n+OK\r\n").expectClosed();
  }

  /** As {@code printf | nc -q 0} does: the second reply at the latest finds nobody. */
  @Test
  void whatAClientThatClosesInGoodOrderHasLeft_isCarriedOut() throws Exception {
    TestServer server = server(1);
    RawClient client = clients(server, 1).get(0);
    client.send(holds("a", 100) + "HOL").close();
    for (int i = 0; i < 100; i++) {
      String next = "hold a" + i;
      TestServer.await(() -> server.held().equals(List.of(next)));
      server.answer(0, "x");
    }
    TestServer.await(() -> server.server.services().clients().count() == 1);
    clients(server, 1).get(0).send("HOLD b\r\n");
    server.awaitHeld(1);
    server.answer(0, "x");
  }
}
