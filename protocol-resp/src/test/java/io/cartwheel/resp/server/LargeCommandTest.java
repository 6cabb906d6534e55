package io.cartwheel.resp.server;

import org.junit.jupiter.api.Test;

/** Commands larger than most. */
class LargeCommandTest {
  @Test
  void moreThanAMillionWords_areCarriedOut() throws Exception {
    try (TestServer server = new TestServer();
        RawClient client = server.client()) {
      client.call("SET", "a", "v").expect("+OK\r\n");
      int keys = 1 << 20;
      client.send("*" + (keys + 1) + "\r\n$6\r\nEXISTS\r\n");
      String some = "$1\r\na\r\n".repeat(1024);
      for (int i = 0; i < keys; i += 1024) {
        client.send(some);
      }
      client.send("PING\r\n").expect(":1048576\r\n+PONG\r\n");
    }
  }
}
