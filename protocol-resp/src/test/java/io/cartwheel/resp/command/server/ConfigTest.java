package io.cartwheel.resp.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.Test;

class ConfigTest {
  private final Console console = new Console();

  @Test
  void get_matchesPatternsInAnyCase() {
    assertEquals("*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n", console.line("CONFIG GET TIMEOUT"));
    assertEquals("*4\r\n", console.line("CONFIG GET time* max*").substring(0, 4));
    assertEquals("*0\r\n", console.line("config get nothing"));
    assertTrue(new Console(3).line("CONFIG GET *").startsWith("%3\r\n"));
  }

  @Test
  void set_changesAll() {
    assertEquals("+OK\r\n", console.line("CONFIG SET timeout 5 requirepass secret"));
    assertEquals("5", console.settings.get("timeout"));
  }

  @Test
  void set_changesNoneWhereOneIsRefused() {
    assertEquals(
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - the setting is one"
            + " of the whole cluster\r\n",
        console.line("CONFIG SET timeout 5 maxmemory 1"));
    assertEquals("0", console.settings.get("timeout"));
    assertEquals(
        "-ERR Unknown option or number of arguments for CONFIG SET - 'Nothing'\r\n",
        console.line("CONFIG SET timeout 5 Nothing 1"));
    assertEquals("0", console.settings.get("timeout"));
    assertTrue(console.line("CONFIG SET timeout 5 TIMEOUT 6").contains("duplicate parameter"));
  }

  @Test
  void rewrite_isRefusedWithAReason() {
    assertTrue(console.line("CONFIG REWRITE").startsWith("-ERR CONFIG REWRITE is not supported: "));
  }

  @Test
  void help_listsTheSubcommands() {
    assertTrue(console.line("CONFIG HELP").contains("+GET <pattern>\r\n+    Show"));
  }
}
