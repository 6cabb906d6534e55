package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.resp.fake.RealRedis;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same bytes to a real Redis and to this server: the same bytes come back. */
@SuppressWarnings("StringConcatToTextBlock") // Line ends are what is tested.
class ProtocolDifferentialTest {
  /** Each goes to a connection of its own; QUIT ends it, so that all that comes can be read. */
  private static final List<String> STREAMS =
      List.of(
          "PING\r\nPING x\r\nPING a b\r\nECHO\r\nECHO a\r\n",
          "\r\n\n*0\r\n*-1\r\nPING\n",
          "\"PING\" 'a b'\r\nECHO \"\\x41\\n\\\"\"\r\nECHO 'it\\'s'\r\n",
          "ECHO \"abc\r\n",
          "ECHO \"a\"b\r\n",
          "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\necho\r\n$0\r\n\r\n",
          "*x\r\n",
          "*01\r\n",
          "*+1\r\n",
          "*99999999999\r\n",
          "*1\r\n:3\r\n",
          "*1\r\n\u0001\r\n",
          "*1\r\n$x\r\n",
          "*1\r\n$-1\r\n",
          "*1\r\n$99999999999\r\n",
          "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nv1\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n",
          "ECHO " + "a".repeat(70_000) + "\r\n",
          "a".repeat(400_000),
          "*" + "1".repeat(400_000),
          "*1\r\n$" + "1".repeat(400_000),
          "foo\r\nFOO a 'b c'\r\nfoo " + "x".repeat(200) + " y\r\n" + "z".repeat(200) + " 1\r\n",
          "foo a" + " bcdefghijk".repeat(20) + "\r\n",
          "foo \"a\\r\\nb\"\r\n",
          "get\r\nset a\r\nclient\r\nclient foo\r\nclient foo bar\r\nclient id x\r\nCLIENT|LIST\r\n",
          "command foo\r\ncommand count x\r\nCOMMAND GETKEYS nosuch a\r\n",
          "command getkeys mset a 1 b 2\r\ncommand getkeysandflags mset a 1 b 2\r\n",
          "command getkeysandflags set k v\r\ncommand getkeysandflags set k v ex 5 GeT\r\n"
              + "command getkeysandflags set get get\r\ncommand getkeysandflags getex k\r\n",
          "hello 4\r\nhello x\r\nhello 2 foo\r\nhello 2 setname\r\nhello 2 auth default\r\n",
          "hello 2 auth nobody x\r\nhello 2 setname \"a b\"\r\n",
          "auth a\r\nauth a b\r\nauth default b\r\nauth a b c\r\nauth\r\n",
          "select 0\r\nselect 99\r\nselect x\r\nselect 99999999999\r\nselect\r\n",
          "client getname\r\nclient setname foo\r\nclient getname\r\nclient setname \"\"\r\n"
              + "client getname\r\nclient setname \"a b\"\r\n",
          "client reply skip\r\nping\r\nping\r\nclient reply off\r\nping\r\nclient reply skip\r\n"
              + "ping\r\nclient reply on\r\necho a\r\nclient reply x\r\n",
          "client reply off\r\nreset\r\nping\r\n",
          "client reply skip\r\nclient reply skip\r\nping\r\nping\r\n",
          "client kill\r\nclient kill 1.2.3.4:5\r\nclient kill id x\r\nclient kill id 0\r\n"
              + "client kill type x\r\nclient kill skipme x\r\nclient kill a b\r\n"
              + "client kill user nobody\r\nclient kill id 99999 addr\r\nclient kill id 99999\r\n"
              + "client kill laddr 1:1 user default skipme yes type pubsub\r\n",
          "client list foo\r\nclient list type\r\nclient list type foo\r\nclient list id\r\n"
              + "client list id x\r\nclient list id 99999\r\nclient list type pubsub\r\n",
          "client no-evict x\r\nclient no-evict on\r\nclient no-evict off\r\n",
          "command info strlen nosuch\r\ncommand info client|getname\r\ncommand info client|nosuch\r\n",
          "command docs nosuch\r\ncommand list filterby\r\ncommand list filterby a b\r\n"
              + "command list filterby module x\r\ncommand list filterby aclcat nosuch\r\n"
              + "command list filterby pattern GETD*\r\ncommand list x\r\n",
          "reset\r\nreset x\r\ntime x\r\necho a b\r\nquit\r\nping\r\n",
          "exec\r\ndiscard\r\nmulti x\r\nmulti\r\nmulti\r\nfoo\r\nget\r\nexec\r\nping\r\nexec\r\n",
          "multi\r\nget\r\ndiscard\r\nmulti\r\nreset\r\nping\r\nexec\r\nmulti\r\nquit\r\nping\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
          "ping\r\nhost: a\r\nping\r\n");

  private static String talk(InetSocketAddress address, String stream) throws IOException {
    try (RawClient client = new RawClient(address)) {
      client.send(stream);
      client.socket.shutdownOutput();
      return new String(client.socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketException e) {
      return "(reset)";
    }
  }

  @Test
  void theSameBytesGetTheSameAnswer(@TempDir Path directory) throws Exception {
    Assumptions.assumeTrue(RealRedis.isInstalled(), "no redis-server here");
    try (RealRedis redis = RealRedis.start(directory);
        TestServer server = new TestServer()) {
      server.config.protoMaxBulkLenBytes = 512L << 20;
      List<String> differences = new ArrayList<>();
      for (String stream : STREAMS) {
        for (String prefix : List.of("", "HELLO 3\r\n")) {
          String expected =
              withoutGreeting(talk(redis.address(), prefix + stream + "\r\nQUIT\r\n"));
          String got = withoutGreeting(talk(server.address, prefix + stream + "\r\nQUIT\r\n"));
          if (!expected.equals(got)) {
            differences.add(
                cut(prefix + stream) + "\nredis: " + cut(expected) + "\nhere:  " + cut(got));
          }
        }
      }
      assertEquals(List.of(), differences);
    }
  }

  private static String cut(String text) {
    return text.substring(0, Math.min(900, text.length()));
  }

  /** HELLO's own answer tells version and id. */
  private static String withoutGreeting(String answer) {
    return answer.replaceFirst("(?s)^%7\r\n.*?modules\r\n\\*0\r\n", "");
  }
}
