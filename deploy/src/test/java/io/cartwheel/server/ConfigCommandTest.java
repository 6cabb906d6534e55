package io.cartwheel.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * CONFIG at a node with the settings that nodes have; what Redis also says, it says in its words.
 */
class ConfigCommandTest {
  /** Below what the system gives to outgoing connections, as are the ports for peers. */
  private static final int FIRST_PORT = 12_000;

  private static final int PORTS = 8_000;
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final String FAILED = "-ERR CONFIG SET failed (possibly related to argument '";
  private static final String IMMUTABLE = "') - can't set immutable config";

  private static Server server;
  private static int port;
  private Connection connection;

  @BeforeAll
  static void start(@TempDir Path directory) {
    port = freePort();
    server =
        Server.start(
            new Settings(
                Map.of(
                    "resp.port",
                    Integer.toString(port),
                    "storage.engine",
                    "memory",
                    "node.data-dir",
                    directory.toString())),
            "");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() throws IOException {
    connection = new Connection();
  }

  /** Whatever a test has set, the next finds a node as it was started. */
  @AfterEach
  void putBack() throws IOException {
    String[] defaults = "CONFIG SET maxclients 10000 timeout 0 protected-mode yes".split(" ");
    assertEquals("+OK", connection.ask(defaults));
    assertEquals("+OK", connection.ask("CONFIG", "SET", "requirepass", "", "masteruser", ""));
    connection.close();
  }

  @Test
  void requirepass_holdsForNewConnections_andCanBeTakenAway() throws IOException {
    String noAuth = "-NOAUTH Authentication required.";
    assertEquals("+OK", connection.line("CONFIG SET requirepass sesame"));
    assertEquals("+PONG", connection.line("PING"));
    try (Connection other = new Connection()) {
      assertEquals(noAuth, other.line("PING"));
      assertEquals("+OK", connection.line("CONFIG SET requirepass other"));
      assertEquals(
          "-WRONGPASS invalid username-password pair or user is disabled.",
          other.line("AUTH sesame"));
      assertEquals("+OK", other.line("AUTH other"));
      assertEquals("+PONG", other.line("PING"));
      assertEquals("+RESET", other.line("RESET"));
      assertEquals(noAuth, other.line("PING"));
      assertEquals("+OK", connection.ask("CONFIG", "SET", "requirepass", ""));
      assertEquals("+PONG", other.line("PING"));
    }
  }

  @Test
  void requirepass_isAnyBytes_andNeverShown() throws IOException {
    assertEquals("+OK", connection.ask("CONFIG", "SET", "requirepass", "p\u00e9 \u0000"));
    try (Connection other = new Connection()) {
      assertEquals("+OK", other.ask("AUTH", "p\u00e9 \u0000"));
    }
    assertEquals("*0", connection.line("CONFIG GET requirepass"));
  }

  @Test
  void settingsOfReplication_areKept() throws IOException {
    assertEquals("+OK", connection.line("CONFIG SET masterauth secret masteruser me"));
    assertEquals("*2 $10 masteruser $2 me", connection.line("CONFIG GET masteruser"));
    assertEquals("*0", connection.line("CONFIG GET masterauth"));
  }

  @Test
  void set_changesAll_orNoneWhereOneIsRefused() throws IOException {
    assertEquals("+OK", connection.line("CONFIG SET TIMEOUT 500 protected-mode NO"));
    assertEquals("*2 $7 timeout $3 500", connection.line("CONFIG GET timeout"));
    assertEquals("*2 $14 protected-mode $2 no", connection.line("CONFIG GET protected-mode"));
    for (String refused : List.of("maxclients x", "databases 3", "nothing 1", "timeout 7")) {
      connection.line("CONFIG SET timeout 600 requirepass sesame " + refused);
      assertEquals("*2 $7 timeout $3 500", connection.line("CONFIG GET timeout"), refused);
      try (Connection other = new Connection()) {
        assertEquals("+PONG", other.line("PING"), refused);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "maxclients abc|maxclients') - argument couldn't be parsed into an integer",
        "timeout 05|timeout') - argument couldn't be parsed into an integer",
        "TIMEOUT 99999999999999999999|timeout') - argument couldn't be parsed into an integer",
        "maxclients 0|maxclients') - argument must be between 1 and 1000000 inclusive",
        "timeout -1|timeout') - argument must be between 0 and 31536000 inclusive",
        "protected-mode maybe|protected-mode') - argument must be 'yes' or 'no'",
        "timeout 5 timeout x|timeout') - duplicate parameter",
        "timeout 5 timeout x databases 3|timeout') - duplicate parameter",
      })
  void aWrongValue_isRefusedInRedissWords(String words, String reason) throws IOException {
    assertEquals(FAILED + reason, connection.line("CONFIG SET " + words));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port 1|: it is read at the start; change cartwheel.resp.port and restart the node",
        "request-timeout 1s|: it is read at the start; change cartwheel.request-timeout and restart"
            + " the node",
        "cluster.secret x|: it is read at the start; change cartwheel.cluster.secret and restart the"
            + " node",
        "max-value-size 1MB|: it must be the same on all nodes; change it in their settings and"
            + " restart them",
        "keyspaces.default n=1|: it must be the same on all nodes; change it in their settings and"
            + " restart them",
        "databases 3|: it is always '1' here",
        "cluster-enabled no|: it is always 'yes' here",
        "maxmemory 1gb timeout x|: it is always '0' here",
      })
  void whatCannotChangeWhileTheNodeRuns_isToldApart(String words, String reason)
      throws IOException {
    String name = words.substring(0, words.indexOf(' '));
    assertEquals(FAILED + name + IMMUTABLE + reason, connection.line("CONFIG SET " + words));
  }

  @Test
  void whatIsSoByNature_mayBeSaid() throws IOException {
    assertEquals("+OK", connection.line("CONFIG SET appendonly yes maxmemory 0"));
    assertEquals("+OK", connection.ask("CONFIG", "SET", "save", ""));
  }

  @Test
  void anUnknownName_comesBeforeAllElse() throws IOException {
    assertEquals(
        "-ERR Unknown option or number of arguments for CONFIG SET - 'Nothing'",
        connection.line("CONFIG SET databases 3 timeout x Nothing 1"));
    assertEquals("-ERR syntax error", connection.line("CONFIG SET timeout 1 maxclients"));
  }

  private static int freePort() {
    while (true) {
      int candidate = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (isFree(candidate) && isFree(candidate + 10_000)) {
        return candidate;
      }
    }
  }

  private static boolean isFree(int candidate) {
    try (ServerSocket probe = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
      return probe.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** Sends words, and shows the answer's lines with a space between each two. */
  private static final class Connection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader in;

    Connection() throws IOException {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
    }

    String line(String words) throws IOException {
      return ask(words.split(" "));
    }

    String ask(String... words) throws IOException {
      StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
      }
      socket.getOutputStream().write(text.toString().getBytes(ISO_8859_1));
      StringBuilder answer = new StringBuilder(in.readLine());
      if (answer.charAt(0) == '*') {
        for (int i = 2 * Integer.parseInt(answer.substring(1)); i > 0; i--) {
          answer.append(' ').append(in.readLine());
        }
      }
      return answer.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
