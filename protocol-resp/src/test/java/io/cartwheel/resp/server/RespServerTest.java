package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.command.FrontMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class RespServerTest {
  private static final Window.Limits WIDE = new Window.Limits(1000, 1000, 100_000_000, 100_000_000);

  private final List<AutoCloseable> open = new ArrayList<>();

  private TestServer server(TestServer started) {
    open.add(started);
    return started;
  }

  private RawClient client(TestServer server) throws IOException {
    RawClient client = server.client();
    open.add(0, client);
    return client;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  @Test
  void aPipelineIsAnsweredInOrder() throws Exception {
    RawClient client = client(server(new TestServer()));
    StringBuilder commands = new StringBuilder();
    StringBuilder replies = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      commands.append(RawClient.array("SET", "k" + i % 7, "v" + i));
      commands.append(RawClient.array("GET", "k" + i % 7)).append("ECHO ").append(i).append("\r\n");
      String value = "v" + i;
      replies.append("+OK\r\n$").append(value.length()).append("\r\n").append(value).append("\r\n");
      replies.append('$').append(("" + i).length()).append("\r\n").append(i).append("\r\n");
    }
    client.send(commands.toString()).expect(replies.toString());
  }

  @Test
  void repliesKeepTheirPlace_howeverTheCommandsEnd() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("HOLD a\r\nHOLD b\r\nPING\r\nHOLD a\r\nPEEK c\r\n");
    server.awaitHeld(3);
    assertEquals(List.of("hold a", "hold b", "peek c"), server.held());
    server.answer(1, "b");
    server.answer(1, "c");
    server.answer(0, "a1");
    server.awaitHeld(1);
    assertEquals(List.of("hold a"), server.held());
    client.expect("$2\r\na1\r\n$1\r\nb\r\n+PONG\r\n");
    server.answer(0, "a2");
    client.expect("$2\r\na2\r\n$1\r\nc\r\n");
  }

  @Test
  void readsOfAKeyOverlap_writesAreAlone_allWaitsForAll() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("PEEK a\r\nPEEK a\r\nHOLD a\r\nHOLDALL\r\nPEEK b\r\n");
    server.awaitHeld(2);
    server.answer(0, "1");
    server.answer(0, "2");
    server.awaitHeld(1);
    assertEquals(List.of("hold a"), server.held());
    server.answer(0, "3");
    server.awaitHeld(1);
    assertEquals(List.of("holdall"), server.held());
    server.answer(0, "4");
    server.awaitHeld(1);
    assertEquals(List.of("peek b"), server.held());
    server.answer(0, "5");
    client.expect("$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n");
  }

  @Test
  void helloChangesTheVersionOfLaterRepliesOnly() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("HOLD a\r\nGET none\r\nHELLO 3\r\nGET none\r\n");
    server.awaitHeld(1);
    server.answer(0, "x");
    client.expect("$1\r\nx\r\n$-1\r\n%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n");
    client.expect("$5\r\n7.2.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n");
    client.expect("$7\r\ncluster\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n_\r\n");
  }

  @Test
  void aBadFrameClosesAfterItsErrorAndTheRepliesBefore() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("HOLD a\r\n*1\r\n:3\r\nPING\r\n");
    server.awaitHeld(1);
    server.answer(0, "x");
    client.expect("$1\r\nx\r\n-ERR Protocol error: expected '$', got ':'\r\n").expectClosed();
  }

  @Test
  void aBadCommandLeavesTheConnectionOpen() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("FOO a 'b c'\r\nCLIENT FOO\r\nGET\r\nCLIENT ID x\r\nCLIENT\r\nBOOM\r\nPING\r\n");
    client.expect("-ERR unknown command 'FOO', with args beginning with: 'a' 'b c' \r\n");
    client.expect("-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n");
    client.expect("-ERR wrong number of arguments for 'get' command\r\n");
    client.expect("-ERR wrong number of arguments for 'client|id' command\r\n");
    client.expect("-ERR wrong number of arguments for 'client' command\r\n");
    client.expect("-ERR internal error\r\n+PONG\r\n");
  }

  @Test
  void aHandlerThatThrewAndAnswersLater_isAnsweredForOnce() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("LATER\r\nPING\r\n").expect("-ERR internal error\r\n+PONG\r\n");
    client.send("LATER\r\nPING\r\n").expect("-ERR internal error\r\n+PONG\r\n");
  }

  @Test
  void aValueOfTheLimitIsTaken_oneByteMoreIsRefused() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    String most = "x".repeat(1 << 20);
    client.call("SET", "k", most).expect("+OK\r\n");
    client.call("GET", "k").expect("$1048576\r\n" + most + "\r\n");
    client.call("SET", "k", most + "x");
    client.expect("-ERR value of 1048577 bytes is longer than max-value-size, 1048576\r\n");
    client.call("PING").expect("+PONG\r\n");
    client.send("*1\r\n$4194305\r\n").expect("-ERR Protocol error: invalid bulk length\r\n");
    client.expectClosed();
  }

  @Test
  void aPasswordIsAskedFor() throws Exception {
    TestServer server = server(new TestServer());
    server.config.password = "secret";
    RawClient client = client(server);
    client.send("GET a\r\nNOSUCH\r\nAUTH wrong\r\nAUTH other secret\r\nHELLO 3\r\n");
    client.expect("-NOAUTH Authentication required.\r\n-ERR unknown command 'NOSUCH', ");
    client.expect("with args beginning with: \r\n");
    String wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
    client.expect(wrong + wrong);
    assertTrue(client.line().startsWith("-NOAUTH HELLO must be called with the client already"));
    client.send("AUTH default secret\r\nGET a\r\nRESET\r\nGET a\r\nAUTH secret\r\nPING\r\n");
    client.expect("+OK\r\n$-1\r\n+RESET\r\n-NOAUTH Authentication required.\r\n+OK\r\n+PONG\r\n");
    RawClient flood = client(server);
    flood.send("*11\r\n").expect("-ERR Protocol error: unauthenticated multibulk length\r\n");
    flood.expectClosed();
    RawClient hello = client(server);
    hello.send("HELLO 2 AUTH default secret SETNAME me\r\nCLIENT GETNAME\r\n");
    hello.expect("*14\r\n");
    for (int i = 0; i < 24; i++) {
      hello.line();
    }
    hello.expect("*0\r\n$2\r\nme\r\n");
  }

  @Test
  void httpIsCutOff() throws Exception {
    TestServer server = server(new TestServer());
    client(server).send("POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a b\r\n").expectClosed();
    client(server).send("Host: x\r\n").expectClosed();
    client(server).send("GET a\r\n").expect("$-1\r\n");
  }

  @Test
  void clientReplyModesSuppressWhatTheySay() throws Exception {
    RawClient client = client(server(new TestServer()));
    client.send("CLIENT REPLY SKIP\r\nPING\r\nPING\r\nCLIENT REPLY OFF\r\nPING\r\nFOO\r\n");
    client.send("CLIENT REPLY SKIP\r\nPING\r\nCLIENT REPLY ON\r\nECHO a\r\n");
    client.expect("+PONG\r\n+OK\r\n$1\r\na\r\n");
    client.send("CLIENT REPLY OFF\r\nRESET\r\nPING\r\n").expect("+RESET\r\n+PONG\r\n");
  }

  @Test
  void quitIsAnsweredAndEndsTheConnection() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("HOLD a\r\nQUIT\r\nSET late 1\r\n");
    server.awaitHeld(1);
    server.answer(0, "x");
    client.expect("$1\r\nx\r\n+OK\r\n").expectClosed();
    client(server).send("EXISTS late\r\n").expect(":0\r\n");
  }

  @Test
  void clientsCanBeListedAndKilled() throws Exception {
    TestServer server = server(new TestServer());
    RawClient one = client(server).send("PING\r\n").expect("+PONG\r\n");
    RawClient two = client(server);
    one.send("CLIENT SETNAME one\r\nCLIENT SETINFO lib-name lib\r\n").expect("+OK\r\n+OK\r\n");
    two.send("PING\r\n").expect("+PONG\r\n");
    one.send("CLIENT LIST\r\n");
    String[] lines = one.bulk().split("\n", -1);
    assertEquals(3, lines.length);
    assertTrue(
        lines[0].matches(
            "id=1 addr=127.0.0.1:\\d+ laddr=127.0.0.1:\\d+ fd=1 name=one age=\\d+ idle=\\d+"
                + " flags=N db=0 .* cmd=client\\|list user=default redir=-1 resp=2 lib-name=lib"
                + " lib-ver="),
        lines[0]);
    one.send("CLIENT LIST ID 2 77\r\n");
    assertTrue(one.bulk().startsWith("id=2 "));
    String second = "127.0.0.1:" + two.socket.getLocalPort();
    one.send("CLIENT KILL " + second + "\r\n").expect("+OK\r\n");
    two.expectClosed();
    TestServer.await(() -> server.server.services().clients().count() == 1);
    one.send("CLIENT KILL " + second + "\r\n").expect("-ERR No such client\r\n");
    one.send("CLIENT KILL TYPE normal\r\n").expect(":0\r\n");
    one.send("CLIENT KILL ID 1 SKIPME no\r\n").expect(":1\r\n").expectClosed();
  }

  @Test
  void maxClientsIsALimit() throws Exception {
    TestServer server = server(new TestServer());
    server.config.maxClients = 2;
    RawClient first = client(server).send("PING\r\n").expect("+PONG\r\n");
    client(server).send("PING\r\n").expect("+PONG\r\n");
    RawClient third = client(server);
    third.expect("-ERR max number of clients reached\r\n").expectClosed();
    first.close();
    TestServer.await(() -> server.server.services().clients().count() == 1);
    client(server).send("PING\r\n").expect("+PONG\r\n");
  }

  @Test
  void protectedMode_turnsStrangersAway() throws Exception {
    InetAddress outside = addressBeyondLoopback();
    Assumptions.assumeTrue(outside != null, "this machine has only a loopback");
    TestServer server = server(new TestServer());
    InetSocketAddress address = server.server.listen(new InetSocketAddress(outside, 0));
    RawClient stranger = new RawClient(address, outside, 65_536);
    open.add(0, stranger);
    assertTrue(stranger.line().startsWith("-DENIED Redis is running in protected mode because"));
    stranger.expectClosed();
    server.config.password = "secret";
    RawClient known = new RawClient(address, outside, 65_536);
    open.add(0, known);
    known.send("AUTH secret\r\n").expect("+OK\r\n");
  }

  private static InetAddress addressBeyondLoopback() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(
            a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress() && a.getAddress().length == 4)
        .findFirst()
        .orElse(null);
  }

  @Test
  void anIdleClientIsDisconnected() throws Exception {
    TestServer server = server(new TestServer());
    server.config.idleTimeoutMillis = 100;
    client(server).send("PING\r\n").expect("+PONG\r\n").expectClosed();
  }

  @Test
  void onlySoManyCommandsOfAConnectionAreTakenAtOnce() throws Exception {
    ServerLimits few = new ServerLimits(4, 1 << 20, WIDE, 1 << 20, 1 << 20, 1 << 24);
    TestServer server = server(new TestServer(few));
    RawClient client = client(server);
    StringBuilder commands = new StringBuilder();
    StringBuilder replies = new StringBuilder();
    for (int i = 10; i < 40; i++) {
      commands.append("HOLD k").append(i).append("\r\n");
      replies.append("$2\r\n").append(i).append("\r\n");
    }
    client.send(commands.toString());
    for (int i = 10; i < 40; i++) {
      int expected = Math.min(4, 40 - i);
      server.awaitHeld(expected);
      server.answer(0, "" + i);
    }
    client.expect(replies.toString());
  }

  @Test
  void aSlowReader_isNotReadFrom_andGetsEverythingInTheEnd() throws Exception {
    TestServer server = server(new TestServer());
    RawClient slow = new RawClient(server.address, InetAddress.getLoopbackAddress(), 8192);
    open.add(0, slow);
    int replies = 80;
    int size = 300_000;
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < replies; i++) {
                  slow.send("BIG " + size + "\r\n" + RawClient.array("ECHO", "y".repeat(200_000)));
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThrows(
        java.util.concurrent.TimeoutException.class, () -> writing.get(700, TimeUnit.MILLISECONDS));
    FrontMetrics metrics = server.server.services().frontMetrics();
    assertTrue(
        metrics.outputBytes().getCount() < 30L * size, "" + metrics.outputBytes().getCount());
    client(server).send("PING\r\n").expect("+PONG\r\n");
    String zeros = "\0".repeat(size);
    for (int i = 0; i < replies; i++) {
      slow.expect("$" + size + "\r\n" + zeros + "\r\n");
      assertEquals("y".repeat(200_000), slow.bulk());
    }
    writing.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aClientThatNeverReads_isDisconnectedAtTheHardLimit() throws Exception {
    ServerLimits hard = new ServerLimits(100, 1 << 26, WIDE, 1 << 26, 1 << 20, 1 << 21);
    TestServer server = server(new TestServer(hard));
    RawClient deaf = new RawClient(server.address, InetAddress.getLoopbackAddress(), 8192);
    open.add(0, deaf);
    deaf.send("BIG 20000000\r\n");
    FrontMetrics metrics = server.server.services().frontMetrics();
    TestServer.await(() -> metrics.connectionsClosedOutput().getCount() == 1);
    TestServer.await(() -> server.server.services().clients().count() == 0);
  }

  @Test
  void close_answersWhatWasRead() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    RawClient idle = client(server);
    idle.send("PING\r\n").expect("+PONG\r\n");
    client.send("HOLD a\r\nHOLD a\r\nPING\r\n");
    server.awaitHeld(1);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> server.server.close(5000));
    idle.expectClosed();
    server.answer(0, "1");
    server.awaitHeld(1);
    server.answer(0, "2");
    client.expect("$1\r\n1\r\n$1\r\n2\r\n+PONG\r\n").expectClosed();
    closing.get(10, TimeUnit.SECONDS);
    assertThrows(IOException.class, server::client);
  }

  @Test
  void aClientThatStopsSending_getsItsReplies() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("HOLD a\r\nHOLD a\r\n" + "PING\r\n".repeat(1000) + "PIN");
    client.socket.shutdownOutput();
    server.awaitHeld(1);
    server.answer(0, "1");
    server.awaitHeld(1);
    server.answer(0, "2");
    client.expect("$1\r\n1\r\n$1\r\n2\r\n" + "+PONG\r\n".repeat(1000)).expectClosed();
  }

  @Test
  void aBusyPortIsToldInOneLine() throws Exception {
    TestServer server = server(new TestServer());
    IOException e = assertThrows(IOException.class, () -> server.server.listen(server.address));
    assertTrue(e.getMessage().startsWith("cannot listen for clients on "), e.getMessage());
  }

  @Test
  void commandsAreCounted() throws Exception {
    TestServer server = server(new TestServer());
    RawClient client = client(server);
    client.send("SET a x\r\nINCR a\r\nGET\r\nNOSUCH\r\nCLIENT ID\r\n");
    client.expect("+OK\r\n-ERR value is not an integer or out of range\r\n");
    client.line();
    client.line();
    client.expect(":1\r\n");
    assertEquals(1, count(server, "command.set.calls"));
    assertEquals(1, count(server, "command.incr.calls"));
    assertEquals(1, count(server, "command.incr.failed"));
    assertEquals(0, count(server, "command.get.calls"));
    assertEquals(1, count(server, "command.get.rejected"));
    assertEquals(1, count(server, "command.client|id.calls"));
    assertEquals(3, count(server, "error.ERR"));
    assertEquals(1, server.metrics.histogram("command.set.latency").getCount());
    server.server.services().frontMetrics().reset();
    client.send("PING\r\n").expect("+PONG\r\n");
    assertEquals(0, count(server, "command.set.calls"));
    assertEquals(1, count(server, "command.ping.calls"));
  }

  private static long count(TestServer server, String name) {
    return server.metrics.counter(name).getCount();
  }
}
