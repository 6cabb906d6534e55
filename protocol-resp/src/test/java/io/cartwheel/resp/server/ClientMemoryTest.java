package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What CLIENT LIST and INFO tell of a server that is in use. */
class ClientMemoryTest {
  private TestServer server;
  private RawClient watched;
  private RawClient watcher;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer();
    watched = server.client();
    watched.send("CLIENT ID\r\n").expect(":1\r\n");
    watcher = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    watched.close();
    watcher.close();
    server.close();
  }

  private long field(String name) {
    try {
      String line = watcher.send("CLIENT LIST ID 1\r\n").bulk();
      int at = line.indexOf(" " + name + "=") + name.length() + 2;
      return Long.parseLong(line.substring(at, line.indexOf(' ', at)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anIdleConnection_takesNextToNothing() {
    assertEquals(0, field("qbuf"));
    assertEquals(0, field("argv-mem"));
    assertEquals(0, field("omem"));
    assertTrue(field("tot-mem") <= 1024, "tot-mem=" + field("tot-mem"));
  }

  @Test
  void halfACommand_isInQbuf_itsWordsInArgvMem() throws Exception {
    watched.send("*3\r\n$3\r\nSET\r\n$5000\r\n" + "k".repeat(5000) + "\r\n$900000\r\n");
    watched.send("v".repeat(500_000));
    TestServer.await(() -> field("qbuf") == 500_000);
    assertTrue(field("argv-mem") >= 5003, "argv-mem=" + field("argv-mem"));
    assertTrue(field("qbuf-free") > 0, "the array doubles");
    assertTrue(field("tot-mem") >= 505_003, "tot-mem=" + field("tot-mem"));
    watched.send("v".repeat(400_000) + "\r\n").expect("+OK\r\n");
    assertEquals(0, field("qbuf"));
  }

  @Test
  void commandsThatWait_areInArgvMem_repliesThatWaitInOmem() throws Exception {
    watched.send("HOLD a\r\nHOLD b\r\nBIG 30000\r\n");
    server.awaitHeld(2);
    TestServer.await(() -> field("omem") >= 30_000);
    assertTrue(field("argv-mem") > 0, "three commands");
    assertTrue(field("tot-mem") >= 30_000, "tot-mem=" + field("tot-mem"));
    server.answer(0, "1");
    server.answer(0, "2");
    watched.expect("$1\r\n1\r\n$1\r\n2\r\n$30000\r\n");
    TestServer.await(() -> field("argv-mem") == 0 && field("omem") == 0);
  }

  @Test
  void commandsPerSecond_areMeasured() {
    TestServer.await(
        () -> {
          try {
            String stats = watcher.send("PING\r\nINFO stats\r\n").expect("+PONG\r\n").bulk();
            return stats.matches("(?s).*instantaneous_ops_per_sec:[1-9].*");
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }
}
