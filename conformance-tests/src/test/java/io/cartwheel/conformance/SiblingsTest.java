package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Concurrent values and the tokens that resolve them, on the wire and in {@code redis-cli}. */
@ExtendWith(SharedCluster.class)
@Timeout(60)
class SiblingsTest {
  private static final String CONFLICT =
      "-CONFLICT key has 2 concurrent values; GET it, then SET with CONTEXT";

  private RawClient a;
  private RawClient b;
  private RawClient c;
  private int port;

  @BeforeEach
  void connect(TestCluster cluster) throws IOException {
    port = cluster.node(0).port();
    a = new RawClient(port);
    b = new RawClient(cluster.node(1).port());
    c = new RawClient(cluster.node(2).port());
  }

  @AfterEach
  void disconnect() throws IOException {
    a.close();
    b.close();
    c.close();
  }

  @Test
  void redisCli_makesSeesAndResolvesSiblings() {
    assertEquals("OK", RedisCli.run(port, "SET", "sib:cli", "base"));
    String old = lines(RedisCli.run(port, "GET", "sib:cli", "CONTEXT")).get(0);
    assertEquals("OK", RedisCli.run(port, "SET", "sib:cli", "one", "CONTEXT", old));
    assertEquals("OK", RedisCli.run(port, "SET", "sib:cli", "two", "CONTEXT", old));
    List<String> shown = lines(RedisCli.run(port, "GET", "sib:cli"));
    assertEquals(3, shown.size(), shown.toString());
    assertEquals(Set.of("one", "two"), Set.copyOf(shown.subList(1, 3)));
    assertEquals("OK", RedisCli.run(port, "SET", "sib:cli", "both", "CONTEXT", shown.get(0)));
    assertEquals("both", RedisCli.run(port, "GET", "sib:cli"));
  }

  @Test
  void get_showsTheSameValuesInTheSameOrderAtEveryNode() throws IOException {
    makeSiblings("sib:order", "x", "y", "z");
    List<String> atA = values(a, "sib:order");
    assertEquals(new TreeSet<>(List.of("x", "y", "z")), new TreeSet<>(atA));
    assertEquals(atA, values(b, "sib:order"));
    assertEquals(atA, values(c, "sib:order"));
  }

  @Test
  void contextForm_isATokenAndWhateverLives() throws IOException {
    assertEquals(1, RawClient.elements(a.call("GET", "sib:nothing", "CONTEXT")).size());
    a.call("SET", "sib:one", "v");
    List<String> one = RawClient.elements(b.call("GET", "sib:one", "CONTEXT"));
    assertEquals(List.of("$1\r\nv\r\n"), one.subList(1, one.size()));
    assertTrue(RawClient.text(one.get(0)).matches("[A-Za-z0-9_-]+"), one.get(0));
    a.call("HELLO", "3");
    assertEquals(2, RawClient.elements(a.call("GET", "sib:one", "context")).size());
    a.call("DEL", "sib:one");
    assertEquals(1, RawClient.elements(a.call("GET", "sib:one", "CONTEXT")).size());
  }

  @Test
  void tokenOfAnAbsentKey_writesIt() throws IOException {
    String token = token(a, "sib:absent");
    assertEquals("+OK", b.ask("SET", "sib:absent", "first", "CONTEXT", token));
    assertEquals("+OK", c.ask("SET", "sib:absent", "second", "CONTEXT", token));
    assertEquals(Set.of("first", "second"), Set.copyOf(values(a, "sib:absent")));
  }

  @Test
  void plainSet_overwritesSiblings() throws IOException {
    makeSiblings("sib:plain", "x", "y");
    assertEquals("+OK", b.ask("SET", "sib:plain", "z"));
    assertEquals("$1 z", c.ask("GET", "sib:plain"));
    makeSiblings("sib:plain", "x", "y");
    assertEquals("+OK", b.ask("MSET", "sib:plain", "z", "sib:plain2", "z"));
    assertEquals("*2 $1 z $1 z", c.ask("MGET", "sib:plain", "sib:plain2"));
    makeSiblings("sib:plain", "x", "y");
    assertEquals(":1", b.ask("DEL", "sib:plain"));
    assertEquals("$-1", c.ask("GET", "sib:plain"));
  }

  @Test
  void oldToken_coversOnlyWhatItsReaderSaw() throws IOException {
    a.call("SET", "sib:old", "1");
    String old = token(a, "sib:old");
    a.call("SET", "sib:old", "2");
    assertEquals("+OK", b.ask("SET", "sib:old", "3", "CONTEXT", old));
    assertEquals(Set.of("2", "3"), Set.copyOf(values(c, "sib:old")));
  }

  @Test
  void delex_removesWhatTheTokenCovers() throws IOException {
    assertEquals(":0", a.ask("DELEX", "sib:delex", "CONTEXT", token(a, "sib:delex")));
    makeSiblings("sib:delex", "x", "y");
    String both = token(b, "sib:delex");
    a.call("SET", "sib:delex", "z", "CONTEXT", both);
    assertEquals(":0", c.ask("DELEX", "sib:delex", "CONTEXT", both));
    assertEquals("$1 z", a.ask("GET", "sib:delex"));
    assertEquals(":1", c.ask("DELEX", "sib:delex", "CONTEXT", token(a, "sib:delex")));
    assertEquals("$-1", a.ask("GET", "sib:delex"));
  }

  @Test
  void deletion_concurrentWithAWriteNeverHidesIt() throws IOException {
    a.call("SET", "sib:added", "1");
    String seen = token(a, "sib:added");
    b.call("SET", "sib:added", "2", "CONTEXT", seen);
    assertEquals(":0", c.ask("DELEX", "sib:added", "CONTEXT", seen));
    assertEquals("$1 2", a.ask("GET", "sib:added"));
  }

  @Test
  void equalValues_countAsOne() throws IOException {
    makeSiblings("sib:equal", "same", "same");
    assertEquals("$4 same", c.ask("GET", "sib:equal"));
    assertEquals(":5", c.ask("APPEND", "sib:equal", "!"));
  }

  @Test
  void conflict_isToldByCommandsThatNeedOneValue() throws IOException {
    makeSiblings("sib:rmw", "1", "2");
    String k = "sib:rmw";
    for (String words :
        List.of(
            "INCR " + k,
            "DECR " + k,
            "INCRBY " + k + " 5",
            "INCRBYFLOAT " + k + " 1.5",
            "APPEND " + k + " x",
            "STRLEN " + k,
            "GETRANGE " + k + " 0 -1",
            "SETRANGE " + k + " 0 x",
            "GETDEL " + k,
            "GETEX " + k,
            "GETEX " + k + " EX 10",
            "GETSET " + k + " x",
            "SETNX " + k + " x",
            "SET " + k + " x NX",
            "SET " + k + " x GET",
            "EXPIRE " + k + " 100",
            "PEXPIRE " + k + " 100",
            "EXPIREAT " + k + " 4000000000",
            "PEXPIREAT " + k + " 4000000000000")) {
      assertEquals(CONFLICT, c.ask(words.split(" ")), words);
    }
    assertEquals(Set.of("1", "2"), Set.copyOf(values(b, k)));
    assertEquals(":1", a.ask("EXISTS", k));
    assertEquals("+string", a.ask("TYPE", k));
    assertEquals(":-1", a.ask("TTL", k));
  }

  @Test
  void ttl_ofSiblingsIsTheLatest() throws IOException {
    String token = token(a, "sib:ttl");
    a.call("SET", "sib:ttl", "x", "PX", "50000", "CONTEXT", token);
    a.call("SET", "sib:ttl", "y", "EX", "500", "CONTEXT", token);
    long ttl = Long.parseLong(b.ask("TTL", "sib:ttl").substring(1));
    assertTrue(ttl > 400 && ttl <= 500, "TTL " + ttl);
    a.call("SET", "sib:ttl", "z", "CONTEXT", token);
    assertEquals(":-1", b.ask("TTL", "sib:ttl"));
  }

  @Test
  void mget_nestsSiblings() throws IOException {
    makeSiblings("sib:m1", "x", "y");
    a.call("SET", "sib:m2", "single");
    for (String protocol : List.of("2", "3")) {
      b.call("HELLO", protocol);
      List<String> all = RawClient.elements(b.call("MGET", "sib:m2", "sib:m1", "sib:m3"));
      assertEquals("$6\r\nsingle\r\n", all.get(0));
      assertEquals(3, RawClient.elements(all.get(1)).size());
      assertNull(RawClient.text(all.get(2)));
    }
  }

  @Test
  void badTokens_areRefusedAndChangeNothing() throws IOException {
    a.call("SET", "sib:bad", "v");
    String good = token(a, "sib:bad");
    a.call("SET", "sib:other", "v");
    List<String> bad = new ArrayList<>(List.of("garbage", "", "a b", "*", token(a, "sib:other")));
    bad.add(good.substring(1));
    bad.add(good.substring(0, good.length() - 4));
    bad.add(good + "AAAA");
    for (int i = 0; i < good.length() - 1; i += 5) {
      char other = good.charAt(i) == 'A' ? 'B' : 'A';
      bad.add(good.substring(0, i) + other + good.substring(i + 1));
    }
    bad.add("A".repeat(100_000));
    for (String token : bad) {
      String reply = b.ask("SET", "sib:bad", "w", "CONTEXT", token);
      assertTrue(reply.startsWith("-BADCONTEXT "), token + " " + reply);
      reply = b.ask("DELEX", "sib:bad", "CONTEXT", token);
      assertTrue(reply.startsWith("-BADCONTEXT "), token + " " + reply);
    }
    assertEquals("$1 v", c.ask("GET", "sib:bad"));
    assertEquals("+OK", b.ask("SET", "sib:bad", "w", "CONTEXT", good));
  }

  @Test
  void context_excludesConditionsAndReturns() throws IOException {
    String token = token(a, "sib:syntax");
    for (String option : List.of("NX", "XX", "GET", "KEEPTTL", "IFEQ 1", "CONTEXT " + token)) {
      String command = "SET sib:syntax v CONTEXT " + token + " " + option;
      assertEquals("-ERR syntax error", a.ask(command.split(" ")), option);
    }
    assertEquals("-ERR syntax error", a.ask("SET", "sib:syntax", "v", "CONTEXT"));
    assertEquals(
        "+OK", a.ask("SET", "sib:syntax", "v", "W", "1", "context", token, "PX", "100000"));
    assertNotEquals(":-1", a.ask("PTTL", "sib:syntax"));
    assertEquals(
        "-ERR wrong number of arguments for 'delex' command", a.ask("DELEX", "sib:syntax"));
    assertTrue(a.ask("DELEX", "sib:syntax", "FROB", token).startsWith("-ERR "));
  }

  @Test
  void replicaCounts_areCheckedAgainstTheKeysOwn() throws IOException {
    for (String n : List.of("0", "4", "-1", "x", "1.5", "")) {
      assertEquals("-ERR R must be between 1 and 3", a.ask("GET", "sib:rw", "R", n));
      assertEquals("-ERR W must be between 1 and 3", a.ask("SET", "sib:rw", "v", "W", n));
      assertEquals("-ERR R must be between 1 and 1", a.ask("GET", "one:rw", "R", n + "9"));
    }
    for (String n : List.of("1", "2", "3")) {
      assertEquals("+OK", a.ask("SET", "sib:rw", n, "W", n));
      assertEquals("$1 " + n, a.ask("GET", "sib:rw", "R", n));
      assertEquals(2, RawClient.elements(a.call("GET", "sib:rw", "R", n, "CONTEXT")).size());
      assertEquals(2, RawClient.elements(a.call("GET", "sib:rw", "CONTEXT", "r", n)).size());
    }
    assertEquals(
        "-ERR wrong number of arguments for 'get' command", a.ask("GET", "sib:rw", "FROB"));
    assertEquals("-ERR syntax error", a.ask("GET", "sib:rw", "CONTEXT", "FROB"));
  }

  @Test
  void newestKeyspace_showsTheLastWrite() throws IOException {
    String token = token(a, "newest:k");
    for (int i = 0; i < 20; i++) {
      RawClient writer = List.of(a, b, c).get(i % 3);
      assertEquals("+OK", writer.ask("SET", "newest:k", "v" + i, "CONTEXT", token));
      assertEquals("$" + ("v" + i).length() + " v" + i, c.ask("GET", "newest:k"));
    }
    assertEquals(":4", a.ask("APPEND", "newest:k", "!"));
    assertEquals(":0", a.ask("DELEX", "newest:k", "CONTEXT", token));
    assertEquals("$4 v19!", b.ask("GET", "newest:k"), "the token covers nothing that lives");
    assertEquals(":1", a.ask("DELEX", "newest:k", "CONTEXT", token(b, "newest:k")));
    assertEquals("$-1", b.ask("GET", "newest:k"));
  }

  @Test
  void keyspaces_haveCopiesAndExpiriesOfTheirOwn() throws IOException {
    String where = RawClient.text(a.call("RING", "WHERE", "one:k"));
    assertTrue(where.contains(" keyspace=one: n=1 r=1 w=1 conflicts=siblings"), where);
    assertEquals("+OK", a.ask("SET", "one:k", "v"));
    assertEquals("$1 v", b.ask("GET", "one:k"));
    assertEquals("$1 v", c.ask("GET", "one:k"));
    a.call("SET", "hour:k", "v");
    long ttl = Long.parseLong(b.ask("TTL", "hour:k").substring(1));
    assertTrue(ttl > 3500 && ttl <= 3600, "TTL " + ttl);
    a.call("SET", "hour:k", "v", "EX", "10");
    assertTrue(Long.parseLong(b.ask("TTL", "hour:k").substring(1)) <= 10);
    assertEquals(":1", a.ask("PERSIST", "hour:k"));
    assertEquals(":-1", a.ask("TTL", "hour:k"));
    a.call("INCR", "short:k");
    Await.until("short:k expires", 10_000, () -> b.ask("GET", "short:k").equals("$-1"));
  }

  @Test
  void siblings_areLimitedWithAnErrorThatSaysSo() throws IOException {
    String token = token(a, "sib:many");
    for (int i = 0; i < 100; i++) {
      assertEquals("+OK", a.ask("SET", "sib:many", "v" + i, "CONTEXT", token));
    }
    assertEquals(
        "-ERR key has 100 concurrent values; resolve them first",
        b.ask("SET", "sib:many", "one more", "CONTEXT", token));
    List<String> shown = RawClient.elements(c.call("GET", "sib:many"));
    assertEquals(101, shown.size());
    assertEquals(
        "+OK", b.ask("SET", "sib:many", "merged", "CONTEXT", RawClient.text(shown.get(0))));
    assertEquals("$6 merged", a.ask("GET", "sib:many"));
  }

  private void makeSiblings(String key, String... values) throws IOException {
    String token = token(a, key);
    List<RawClient> writers = List.of(a, b, c);
    for (int i = 0; i < values.length; i++) {
      assertEquals("+OK", writers.get(i % 3).ask("SET", key, values[i], "CONTEXT", token));
    }
  }

  private static String token(RawClient client, String key) throws IOException {
    return RawClient.text(RawClient.elements(client.call("GET", key, "CONTEXT")).get(0));
  }

  private static List<String> values(RawClient client, String key) throws IOException {
    List<String> all = RawClient.elements(client.call("GET", key, "CONTEXT"));
    return all.subList(1, all.size()).stream().map(RawClient::text).toList();
  }

  private static List<String> lines(String printed) {
    return printed.lines().toList();
  }
}
