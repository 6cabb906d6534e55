package io.cartwheel.resp.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.Test;

/** But for CONFIG SET, which is tried where the settings are. */
class ConfigTest {
  private final Console console = new Console();

  @Test
  void get_matchesPatternsInAnyCase() {
    assertEquals("*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n", console.line("CONFIG GET TIMEOUT"));
    assertEquals("*4\r\n", console.line("CONFIG GET time* max*").substring(0, 4));
    assertEquals("*0\r\n", console.line("config get nothing"));
    assertTrue(new Console(3).line("CONFIG GET *").startsWith("%2\r\n"));
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
