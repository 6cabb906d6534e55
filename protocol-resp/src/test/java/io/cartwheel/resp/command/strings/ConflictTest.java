package io.cartwheel.resp.command.strings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A key with several live values, as clients meet it. */
class ConflictTest {
  private static final String CONFLICT =
      "-CONFLICT key has 2 concurrent values; GET it, then SET with CONTEXT\r\n";

  private final Console console = new Console();

  @BeforeEach
  void twoClientsWroteWithTheSameToken() {
    console.conflict("k");
  }

  private String bothValues() {
    String token = console.token("k");
    return "*3\r\n$" + token.length() + "\r\n" + token + "\r\n$3\r\none\r\n$3\r\ntwo\r\n";
  }

  @Test
  void get_answersATokenAndAllValues() {
    assertEquals(bothValues(), console.line("GET k"));
    assertEquals(bothValues(), console.line("get k r 2"));
  }

  @Test
  void get_withContext_answersATokenAlways() {
    assertTrue(console.line("GET nothing CONTEXT").startsWith("*1\r\n$"));
    console.line("SET single v");
    assertTrue(console.line("GET single CONTEXT R 3").endsWith("\r\n$1\r\nv\r\n"));
    assertTrue(console.line("GET single R 3 CONTEXT").startsWith("*2\r\n$"));
  }

  @Test
  void mget_nestsTokenAndValues() {
    console.line("SET other v");
    assertEquals(
        "*3\r\n$1\r\nv\r\n" + bothValues() + "$-1\r\n", console.line("MGET other k nothing"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "STRLEN k",
        "GETRANGE k 0 -1",
        "SUBSTR k 0 -1",
        "GETDEL k",
        "GETEX k",
        "GETEX k EX 10",
        "GETEX k EX 0",
        "GETEX k PERSIST",
        "GETSET k v",
        "SET k v GET",
        "SET k v NX",
        "SET k v XX",
        "SET k v KEEPTTL",
        "SETNX k v",
        "MSETNX k v",
        "APPEND k v",
        "SETRANGE k 1 v",
        "INCR k",
        "DECR k",
        "INCRBY k 2",
        "DECRBY k 2",
        "INCRBYFLOAT k 2.5",
        "EXPIRE k 10",
        "PEXPIRE k 10",
        "EXPIREAT k 10",
        "PEXPIREAT k 10 GT",
        "PERSIST k"
      })
  void whatNeedsOneValue_refusesAndChangesNothing(String command) {
    String before = console.line("GET k");
    assertEquals(CONFLICT, console.line(command));
    assertEquals(before, console.line("GET k"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SET k new", "MSET k new", "SETEX k 10 new", "PSETEX k 10000 new"})
  void whatNeedsNone_overwritesAll(String command) {
    assertEquals("+OK\r\n", console.line(command));
    assertEquals("$3\r\nnew\r\n", console.line("GET k"));
  }

  @Test
  void del_deletesAll() {
    assertEquals(":1\r\n", console.line("DEL k"));
    assertEquals("$-1\r\n", console.line("GET k"));
  }

  @Test
  void existsTypeTouch_countOneKey() {
    assertEquals(":1\r\n", console.line("EXISTS k"));
    assertEquals(":1\r\n", console.line("TOUCH k"));
    assertEquals("+string\r\n", console.line("TYPE k"));
    assertEquals(":1\r\n", console.line("DBSIZE"));
  }

  @Test
  void ttl_isTheLatest() {
    assertEquals(":-1\r\n", console.line("TTL k"));
    String token = console.token("late");
    console.line("SET late one EX 100 CONTEXT " + token);
    console.line("SET late two EX 500 CONTEXT " + token);
    assertEquals(":500\r\n", console.line("TTL late"));
    console.clock.advance(100_000);
    assertEquals("$3\r\ntwo\r\n", console.line("GET late"), "an expired value is not shown");
  }

  @Test
  void set_withTheTokenOfBoth_resolves() {
    assertEquals("+OK\r\n", console.line("SET k merged CONTEXT " + console.token("k")));
    assertEquals("$6\r\nmerged\r\n", console.line("GET k"));
  }

  @Test
  void set_withAnOlderToken_keepsWhatItDidNotSee() {
    String old = console.token("j");
    console.line("SET j seen");
    String seen = console.token("j");
    console.line("SET j unseen CONTEXT " + old);
    console.line("SET j mine CONTEXT " + seen);
    String values = console.line("GET j");
    assertTrue(values.contains("unseen") && values.contains("mine"), values);
    assertTrue(!values.contains("$4\r\nseen"), values);
  }

  @Test
  void delex_deletesWhatTheTokenSaw() {
    String both = console.token("k");
    console.line("SET k three CONTEXT " + tokenOfNothing());
    assertEquals(":1\r\n", console.line("DELEX k CONTEXT " + both));
    assertEquals("$5\r\nthree\r\n", console.line("GET k"));
    assertEquals(":0\r\n", console.line("DELEX k CONTEXT " + both));
    assertEquals("$5\r\nthree\r\n", console.line("GET k"));
  }

  private String tokenOfNothing() {
    return new Console().token("k");
  }

  @Test
  void equalValues_areOne() {
    String token = console.token("same");
    console.line("SET same v CONTEXT " + token);
    console.line("SET same v CONTEXT " + token);
    assertEquals("$1\r\nv\r\n", console.line("GET same"));
    assertEquals(":2\r\n", console.line("APPEND same w"));
  }

  @Test
  void newest_showsTheLastOne() {
    console.conflict("newest:k");
    assertEquals("$3\r\ntwo\r\n", console.line("GET newest:k"));
    assertEquals(":6\r\n", console.line("APPEND newest:k end"));
  }

  @Test
  void badTokens_areRefused() {
    assertTrue(console.line("SET k v CONTEXT nonsense").startsWith("-BADCONTEXT "));
    assertTrue(
        console.line("SET other v CONTEXT " + console.token("k")).startsWith("-BADCONTEXT "));
    assertTrue(console.line("DELEX k CONTEXT nonsense").startsWith("-BADCONTEXT "));
  }

  @Test
  void tooManyValues_areRefused() {
    String token = console.token("many");
    for (int i = 0; i < 100; i++) {
      assertEquals("+OK\r\n", console.line("SET many " + i + " CONTEXT " + token));
    }
    assertEquals(
        "-ERR key has 100 concurrent values; resolve them first\r\n",
        console.line("SET many more CONTEXT " + token));
    assertEquals("+OK\r\n", console.line("SET many less CONTEXT " + console.token("many")));
  }
}
