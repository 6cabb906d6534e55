package io.cartwheel.resp.command.strings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Redis does not have: R, W, CONTEXT, time to live by keyspace, quorums that fail. */
class OwnOptionsTest {
  private static final Failure NO_QUORUM = new Failure.NoQuorum(1, 2, 1000, true);

  private final Console console = new Console();

  @ParameterizedTest
  @ValueSource(strings = {"0", "4", "-1", "x", "99999999999999999999"})
  void replicasOutOfRange_areRefused(String number) {
    assertEquals("-ERR R must be between 1 and 3\r\n", console.line("GET k R " + number));
    assertEquals("-ERR W must be between 1 and 3\r\n", console.line("SET k v W " + number));
  }

  @Test
  void replicasInRange_areTaken() {
    assertEquals("+OK\r\n", console.line("SET k v W 3"));
    assertEquals("$1\r\nv\r\n", console.line("GET k R 1"));
    assertEquals("+OK\r\n", console.line("SET k v PX 500 W 1 XX"));
    assertEquals(":500\r\n", console.line("PTTL k"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET k foo", "GET k foo bar"})
  void getWithStrangeWords_isOfWrongArityAsInRedis(String command) {
    assertEquals("-ERR wrong number of arguments for 'get' command\r\n", console.line(command));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET k CONTEXT foo",
        "GET k CONTEXT R",
        "SET k v W",
        "SET k v W 1 W 2",
        "SET k v CONTEXT",
        "SET k v CONTEXT a CONTEXT b",
        "SET k v CONTEXT a NX",
        "SET k v XX CONTEXT a",
        "SET k v GET CONTEXT a",
        "SET k v CONTEXT a KEEPTTL",
        "DELEX k FOO a"
      })
  void misplacedOptions_areSyntaxErrors(String command) {
    assertEquals("-ERR syntax error\r\n", console.line(command));
  }

  @Test
  void set_withContextAndExpiry_keepsBoth() {
    assertEquals("+OK\r\n", console.line("SET k v EX 10 CONTEXT " + console.token("k") + " W 2"));
    assertEquals(":10\r\n", console.line("TTL k"));
  }

  @Test
  void largeValues_areRefused() {
    String large = "x".repeat(Console.MAX_VALUE_BYTES + 1);
    String error = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
    assertEquals(error, console.run("SET", "k", large));
    assertEquals(error, console.run("MSET", "j", "v", "k", large));
    assertEquals("$-1\r\n", console.line("GET j"), "nothing was set");
    assertEquals("+OK\r\n", console.run("SET", "k", large.substring(1)));
    assertEquals(error, console.line("APPEND k x"));
    assertEquals(error, console.line("SETRANGE j " + Console.MAX_VALUE_BYTES + " x"));
    assertEquals(":10000\r\n", console.line("SETRANGE j 9999 x"));
    assertEquals(error, console.line("SETRANGE k 9223372036854775807 x"));
  }

  @Test
  void keyspaceTimeToLive_isGivenToNewValuesOnly() {
    console.line("SET brief:set v");
    console.line("MSET brief:mset v");
    console.line("SETNX brief:setnx v");
    console.line("MSETNX brief:msetnx v");
    console.line("GETSET brief:getset v");
    console.line("APPEND brief:append v");
    console.line("SETRANGE brief:setrange 0 v");
    console.line("INCR brief:incr");
    console.line("INCRBYFLOAT brief:float 1.5");
    console.line("SET brief:keepttl v KEEPTTL");
    for (String name :
        "set mset setnx msetnx getset append setrange incr float keepttl".split(" ", -1)) {
      assertEquals(":10\r\n", console.line("TTL brief:" + name), name);
    }
    console.line("SET brief:own v EX 500");
    console.line("APPEND brief:own w");
    assertEquals(":500\r\n", console.line("TTL brief:own"));
    console.line("PERSIST brief:incr");
    console.line("INCR brief:incr");
    assertEquals(":-1\r\n", console.line("TTL brief:incr"));
  }

  @Test
  void failures_areNamed() {
    console.coordinator.failWith(NO_QUORUM);
    String error = "-NOQUORUM 1 of 2 replicas answered in 1000 ms";
    String write = error + "; the write may still take effect\r\n";
    for (String command : new String[] {"SET k v", "INCR k", "DEL k", "MSET k v", "EXPIRE k 1"}) {
      assertEquals(write, console.line(command), command);
    }
    console.coordinator.failWith(new Failure.NoQuorum(1, 2, 1000, false));
    for (String command :
        new String[] {"GET k", "MGET k", "EXISTS k", "TTL k", "SCAN 0", "KEYS *", "RANDOMKEY"}) {
      assertEquals(error + "\r\n", console.line(command), command);
    }
    console.coordinator.failWith(new Failure.Busy("too much to do"));
    assertEquals("-BUSY too much to do\r\n", console.line("SET k v"));
    console.coordinator.failWith(new Failure.NotReady("waiting for b"));
    assertEquals("-CLUSTERDOWN The cluster is down: waiting for b\r\n", console.line("GET k"));
  }

  @Test
  void manyKeys_partlyFailed_sayHowManyWereDone() {
    console.line("MSET a 1 b 2 c 3");
    console.faults.fail("b", NO_QUORUM, Integer.MAX_VALUE);
    String error =
        "-NOQUORUM 1 of 2 replicas answered in 1000 ms; the write may still take effect; 2 of 3"
            + " keys were ";
    assertEquals(error + "set\r\n", console.line("MSET a 7 b 8 c 9"));
    assertEquals("$1\r\n9\r\n", console.line("GET c"));
    assertEquals(error + "deleted\r\n", console.line("DEL a b c"));
    assertEquals("$-1\r\n", console.line("GET c"));
    assertTrue(console.line("MGET a b c").endsWith("2 of 3 keys were read\r\n"));
    assertTrue(console.line("EXISTS a b").endsWith("1 of 2 keys were read\r\n"));
  }

  @Test
  void manyKeys_overManySlots_areDone() {
    StringBuilder set = new StringBuilder("MSET");
    StringBuilder keys = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      set.append(" key").append(i).append(' ').append(i);
      keys.append(" key").append(i);
    }
    assertEquals("+OK\r\n", console.line(set.toString()));
    assertEquals(":1000\r\n", console.line("EXISTS" + keys));
    assertTrue(console.line("MGET" + keys).startsWith("*1000\r\n$1\r\n0\r\n$1\r\n1\r\n"));
    assertEquals(":1000\r\n", console.line("DEL" + keys + keys));
  }

  @Test
  void msetnx_overSlots_isRefused() {
    assertEquals(
        "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
        console.line("MSETNX a 1 b 2"));
    assertEquals(":1\r\n", console.line("MSETNX {a}1 x {a}2 y {a}1 z"));
    assertEquals("*2\r\n$1\r\nz\r\n$1\r\ny\r\n", console.line("MGET {a}1 {a}2"));
    assertEquals(":0\r\n", console.line("MSETNX {a}3 x {a}2 y"));
    assertEquals("$-1\r\n", console.line("GET {a}3"));
  }
}
