package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No command of a transaction takes effect, however the transaction ends. */
class TransactionTest {
  private static final String REFUSED =
      "-ERR transactions are not supported: nothing is executed from MULTI up to EXEC or DISCARD\r\n";
  private static final String ABORTED =
      "-EXECABORT Transaction discarded because of previous errors.\r\n";

  private TestServer server;
  private RawClient client;

  @BeforeEach
  void start() throws Exception {
    server = new TestServer();
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void nothingIsExecuted_upToExec() throws Exception {
    client.send("SET k before\r\nMULTI\r\nSET k v\r\nINCR n\r\nFLUSHALL\r\nCLIENT REPLY OFF\r\n");
    client.send("CONFIG RESETSTAT\r\nEXEC\r\nMGET k n\r\nSET k after\r\n");
    client.expect("+OK\r\n+OK\r\n" + REFUSED.repeat(5) + ABORTED);
    client.expect("*2\r\n$6\r\nbefore\r\n$-1\r\n+OK\r\n");
  }

  @Test
  void nothingIsExecuted_upToDiscardResetOrTheEndOfTheConnection() throws Exception {
    client.send("MULTI\r\nSET k v\r\nDISCARD\r\nGET k\r\n");
    client.expect("+OK\r\n" + REFUSED + "+OK\r\n$-1\r\n");
    client.send("MULTI\r\nSET k v\r\nRESET\r\nGET k\r\nEXEC\r\n");
    client.expect("+OK\r\n" + REFUSED + "+RESET\r\n$-1\r\n-ERR EXEC without MULTI\r\n");
    client.send("MULTI\r\nSET k v\r\nQUIT\r\n").expect("+OK\r\n" + REFUSED + "+OK\r\n");
    client.expectClosed();
    server.client().send("GET k\r\n").expect("$-1\r\n");
  }

  @Test
  void aTransactionIsOfItsConnection_andOfWhatComesAfterMulti() throws Exception {
    client.send("HOLD a\r\nHOLD a\r\nMULTI\r\nHOLD b\r\n");
    server.awaitHeld(1);
    try (RawClient other = server.client()) {
      other.send("SET k v\r\n").expect("+OK\r\n");
    }
    server.answer(0, "1");
    server.awaitHeld(1);
    server.answer(0, "2");
    client.expect("$1\r\n1\r\n$1\r\n2\r\n+OK\r\n" + REFUSED);
  }

  @Test
  void strangersBeginNone_andTheListShowsWhoIsInOne() throws Exception {
    client.send("MULTI\r\n").expect("+OK\r\n");
    try (RawClient other = server.client()) {
      String list = other.send("CLIENT LIST\r\n").bulk();
      assertTrue(list.contains(" flags=x db=0 sub=0 psub=0 ssub=0 multi=0 "), list);
    }
    server.config.password = "secret";
    try (RawClient stranger = server.client()) {
      stranger.send("MULTI\r\nAUTH secret\r\nGET k\r\n");
      stranger.expect("-NOAUTH Authentication required.\r\n+OK\r\n$-1\r\n");
    }
  }
}
