package io.cartwheel.conformance.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplyScannerTest {
  @Test
  void repliesAreFound_whereverTheBytesAreCut() {
    List<String> lines =
        List.of(
            "+OK",
            ":12",
            "-ERR no",
            "$3",
            "a",
            "",
            "$-1",
            "$0",
            "",
            "*0",
            "*-1",
            "*2",
            "*2",
            ":1",
            "$1",
            "x",
            "-ERR within",
            "+LAST",
            "");
    String stream = String.join("\r\n", lines);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      expected.add(null);
    }
    expected.set(2, "ERR no");
    // Of an array, what its last item says.
    expected.set(8, "ERR within");
    for (int cut = 1; cut < stream.length(); cut++) {
      List<String> found = new ArrayList<>();
      ReplyScanner scanner = new ReplyScanner(found::add);
      byte[] bytes = stream.getBytes(ISO_8859_1);
      for (int from = 0; from < bytes.length; from += cut) {
        scanner.feed(ByteBuffer.wrap(bytes, from, Math.min(cut, bytes.length - from)));
      }
      assertEquals(expected, found, "cut into " + cut);
    }
  }
}
