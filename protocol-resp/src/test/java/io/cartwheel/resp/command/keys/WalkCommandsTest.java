package io.cartwheel.resp.command.keys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.fake.Console;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalkCommandsTest {
  private final Console console = new Console();

  private Set<String> fill(int count) {
    Set<String> keys = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      keys.add("key" + i);
      console.line("SET key" + i + " v");
    }
    return keys;
  }

  private List<String> scanAll(String options) {
    List<String> keys = new ArrayList<>();
    String cursor = "0";
    do {
      byte[][] argv =
          List.of(("SCAN " + cursor + options).split(" ")).stream()
              .map(word -> word.getBytes(ISO_8859_1))
              .toArray(byte[][]::new);
      List<Reply> page = ((Reply.Array) console.reply(argv)).items();
      cursor = new String(((Reply.Bulk) page.get(0)).bytes(), ISO_8859_1);
      assertTrue(Long.parseLong(cursor) < 1L << 53, cursor);
      for (Reply key : ((Reply.Array) page.get(1)).items()) {
        keys.add(new String(((Reply.Bulk) key).bytes(), ISO_8859_1));
      }
    } while (!cursor.equals("0"));
    return keys;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " COUNT 1", " COUNT 7", " COUNT 100000"})
  void scan_findsEveryKeyOnce(String options) {
    Set<String> keys = fill(300);
    List<String> found = scanAll(options);
    assertEquals(keys.size(), found.size());
    assertEquals(keys, new TreeSet<>(found));
  }

  @Test
  void scan_filters() {
    fill(50);
    assertEquals(11, scanAll(" MATCH key1*").size());
    assertEquals(50, scanAll(" TYPE STRING COUNT 3").size());
    assertEquals(0, scanAll(" TYPE list").size());
    assertEquals(1, scanAll(" COUNT 20 MATCH key7 TYPE string").size());
  }

  @Test
  void scan_leavesOutTheDead() {
    fill(10);
    console.line("DEL key1");
    console.line("PEXPIRE key2 1000");
    console.clock.advance(1000);
    assertEquals(8, scanAll("").size());
    assertEquals(":8\r\n", console.line("DBSIZE"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "-1", "1.5", "+1", "9007199254740992", "99999999999999999999999", "1x"})
  void scan_refusesStrangeCursors(String cursor) {
    assertEquals("-ERR invalid cursor\r\n", console.line("SCAN " + cursor));
  }

  @Test
  void scan_fromTheLastCursor_ends() {
    fill(10);
    assertTrue(console.line("SCAN 9007199254740991").startsWith("*2\r\n$1\r\n0\r\n*0"));
  }

  @ParameterizedTest
  @CsvSource({"*,1200", "key12,1", "key12?,10", "key[12]1,2", "nothing,0"})
  void keys_goesThroughAllPages(String pattern, int expected) {
    fill(1200);
    assertTrue(console.line("KEYS " + pattern).startsWith("*" + expected + "\r\n"), pattern);
  }

  @Test
  void randomKey_isAKeyOrNil() {
    assertEquals("$-1\r\n", console.line("RANDOMKEY"));
    console.line("SET k v");
    assertEquals("$1\r\nk\r\n", console.line("RANDOMKEY"));
  }

  @Test
  void keysOfASlot_areCountedAndListed() {
    String reply = console.line("CLUSTER KEYSLOT {tag}1");
    int slot = Integer.parseInt(reply.substring(1).trim());
    for (int i = 0; i < 700; i++) {
      console.line("SET {tag}" + i + " v");
    }
    console.line("SET elsewhere v");
    assertEquals(":700\r\n", console.line("CLUSTER COUNTKEYSINSLOT " + slot));
    assertTrue(console.line("CLUSTER GETKEYSINSLOT " + slot + " 600").startsWith("*600\r\n"));
    assertEquals("*0\r\n", console.line("CLUSTER GETKEYSINSLOT " + slot + " 0"));
    assertEquals(":0\r\n", console.line("CLUSTER COUNTKEYSINSLOT 16383"));
  }
}
