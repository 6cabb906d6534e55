package io.cartwheel.resp.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RespEncoderTest {
  private static void assertEncoded(String two, String three, Reply reply) {
    assertEquals(two, new String(RespEncoder.encode(reply, 2), StandardCharsets.ISO_8859_1));
    assertEquals(three, new String(RespEncoder.encode(reply, 3), StandardCharsets.ISO_8859_1));
  }

  @Test
  void write_followsTheVersion() {
    assertEncoded("+OK\r\n", "+OK\r\n", Reply.OK);
    assertEncoded("+QUEUED\r\n", "+QUEUED\r\n", new Reply.Simple("QUEUED"));
    assertEncoded("-ERR no\r\n", "-ERR no\r\n", Reply.err("no"));
    assertEncoded("$-1\r\n", "_\r\n", Reply.NULL);
    assertEncoded("*-1\r\n", "_\r\n", Reply.NULL_ARRAY);
    assertEncoded("$2\r\nab\r\n", "$2\r\nab\r\n", Reply.bulk("ab"));
    assertEncoded("$0\r\n\r\n", "$0\r\n\r\n", Reply.bulk(""));
    assertEncoded(":1\r\n", "#t\r\n", new Reply.Bool(true));
    assertEncoded(":0\r\n", "#f\r\n", new Reply.Bool(false));
    assertEncoded("$3\r\nabc\r\n", "=7\r\ntxt:abc\r\n", new Reply.Verbatim("abc"));
    assertEncoded("$3\r\n1.5\r\n", ",1.5\r\n", new Reply.Double(1.5));
    List<Reply> pair = List.of(Reply.bulk("k"), Reply.ONE);
    assertEncoded("*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n", new Reply.Map(pair));
    assertEncoded("*2\r\n$1\r\nk\r\n:1\r\n", "~2\r\n$1\r\nk\r\n:1\r\n", new Reply.Set(pair));
    assertEncoded("*2\r\n$1\r\nk\r\n:1\r\n", ">2\r\n$1\r\nk\r\n:1\r\n", new Reply.Push(pair));
    assertEncoded("*0\r\n", "*0\r\n", Reply.EMPTY_ARRAY);
  }

  @Test
  void write_keepsBytesOfTextAndDropsLineEnds() {
    assertEncoded("-ERR a  b\u00ff\r\n", "-ERR a  b\u00ff\r\n", Reply.err("a\r\nb\u00ff"));
  }

  @Test
  void write_integersOfAllLengths() {
    for (long value = 1; value > 0 && value < Long.MAX_VALUE / 10; value *= 10) {
      for (long near : new long[] {value - 1, value, value + 1, -value, 1 - value}) {
        assertEncoded(":" + near + "\r\n", ":" + near + "\r\n", new Reply.Int(near));
      }
    }
    for (long edge : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
      assertEncoded(":" + edge + "\r\n", ":" + edge + "\r\n", new Reply.Int(edge));
    }
  }

  @Test
  void format_isTheShortestInRedissLayout() {
    assertEquals("0", RedisNumbers.format(0));
    assertEquals("-0", RedisNumbers.format(-0.0));
    assertEquals("inf", RedisNumbers.format(Double.POSITIVE_INFINITY));
    assertEquals("-inf", RedisNumbers.format(Double.NEGATIVE_INFINITY));
    assertEquals("nan", RedisNumbers.format(Double.NaN));
    assertEquals("3", RedisNumbers.format(3));
    assertEquals("0.1", RedisNumbers.format(0.1));
    assertEquals("0.30000000000000004", RedisNumbers.format(0.1 + 0.2));
    assertEquals("-12.75", RedisNumbers.format(-12.75));
    assertEquals("2e-323", RedisNumbers.format(2e-323));
    assertEquals("1000000", RedisNumbers.format(1e6));
    assertEquals("1e+100", RedisNumbers.format(1e100));
    assertEquals("1.5e-9", RedisNumbers.format(1.5e-9));
  }

  @Test
  void format_readsBackAsTheSameDouble() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertEquals(value, Double.parseDouble(RedisNumbers.format(value)), "seed " + seed);
      }
    }
  }

  @Test
  void parseLong_takesOnlyRedissForm() {
    for (long value : new long[] {0, 1, -1, 10, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertEquals(value, RedisNumbers.parseLong(ascii(Long.toString(value))).orElseThrow());
    }
    for (String bad :
        List.of(
            "",
            "-",
            "+1",
            "01",
            "-0",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999")) {
      assertEquals(true, RedisNumbers.parseLong(ascii(bad)).isEmpty(), bad);
    }
  }

  @Test
  void encode_isReadBackAsItWas() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] once = RespEncoder.encode(any(random, 0), 3);
      assertArrayEquals(once, RespEncoder.encode(ReplyReader.read(once), 3), "seed " + seed);
      int cut = random.nextInt(once.length);
      assertThrows(
          IllegalArgumentException.class,
          () -> ReplyReader.read(java.util.Arrays.copyOf(once, cut)),
          "seed " + seed);
    }
  }

  private static Reply any(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 3 ? 8 : 12)) {
      case 0 -> new Reply.Simple("s" + random.nextInt(9));
      case 1 -> Reply.err("e");
      case 2 -> new Reply.Int(random.nextLong());
      case 3 -> Reply.NULL;
      case 4 -> new Reply.Double(random.nextInt() / 8.0);
      case 5 -> new Reply.Bool(random.nextBoolean());
      case 6 -> new Reply.Verbatim("v\r\n");
      case 7 -> {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        yield new Reply.Bulk(bytes);
      }
      case 8 -> new Reply.Array(some(random, 1, depth));
      case 9 -> new Reply.Set(some(random, 1, depth));
      case 10 -> new Reply.Push(some(random, 1, depth));
      default -> new Reply.Map(some(random, 2, depth));
    };
  }

  private static List<Reply> some(SplittableRandom random, int each, int depth) {
    List<Reply> items = new ArrayList<>();
    for (int i = random.nextInt(4) * each; i > 0; i--) {
      items.add(any(random, depth + 1));
    }
    return items;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
