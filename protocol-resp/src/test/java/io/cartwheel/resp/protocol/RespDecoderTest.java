package io.cartwheel.resp.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RespDecoderTest {
  private static final RespLimits LIMITS = new RespLimits(1000, 100_000, 50_000, 200_000);

  private boolean stranger;

  private RespDecoder decoder() {
    return new RespDecoder(LIMITS, () -> stranger);
  }

  /** What a stream says, one line for each command or end. */
  private List<String> read(byte[] stream, SplittableRandom cuts) {
    RespDecoder decoder = decoder();
    List<String> heard = new ArrayList<>();
    int at = 0;
    do {
      int length = cuts == null ? stream.length : Math.min(stream.length - at, 1 + cuts.nextInt(9));
      if (cuts != null && cuts.nextInt(4) == 0) {
        length = Math.min(stream.length - at, 1 + cuts.nextInt(40_000));
      }
      if (cuts != null && cuts.nextBoolean()) {
        decoder.feed(stream, at, length);
      } else {
        decoder.feed(Unpooled.wrappedBuffer(stream, at, length));
      }
      at += length;
      if (!drain(decoder, heard)) {
        return heard;
      }
    } while (at < stream.length);
    return heard;
  }

  private static boolean drain(RespDecoder decoder, List<String> heard) {
    while (true) {
      RespDecoder.Status status = decoder.next();
      switch (status) {
        case COMMAND -> heard.add(show(decoder.command()));
        case REFUSED -> heard.add("refused: " + decoder.error());
        case BROKEN -> heard.add("broken: " + decoder.error());
        case MORE -> {}
      }
      if (status == RespDecoder.Status.BROKEN || status == RespDecoder.Status.MORE) {
        return status == RespDecoder.Status.MORE;
      }
    }
  }

  private static String show(byte[][] argv) {
    List<String> words = new ArrayList<>();
    for (byte[] word : argv) {
      words.add(latin(word));
    }
    return words.toString();
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private List<String> read(String stream) {
    return read(bytes(stream), null);
  }

  @Test
  void next_readsArraysOfBulks() {
    assertEquals(
        List.of("[SET, k, a\r\nb]", "[PING]"),
        read("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nPING\r\n"));
  }

  @Test
  void next_readsInlineCommandsWithQuotesAndEscapes() {
    assertEquals(List.of("[PING]", "[SET, k, v]"), read("PING\r\n  SET   k\tv  \n"));
    assertEquals(
        List.of("[a b, \n\r\t\b\u0007\"\\, AÿxZ]"),
        read("\"a b\" \"\\n\\r\\t\\b\\a\\\"\\\\\" \"\\x41\\xFF\\xZ\"\r\n"));
    assertEquals(List.of("[it's \\n, ]"), read("'it\\'s \\n' ''\r\n"));
    assertEquals(List.of("[fooa b]"), read("foo\"a b\"\r\n"));
  }

  @Test
  void next_ignoresEmptyLinesAndEmptyArrays() {
    assertEquals(List.of("[PING]"), read("\r\n\n   \r\n*0\r\n*-1\r\n*-7\r\nPING\r\n"));
  }

  @Test
  void next_breaksOffWithRedissWords() {
    assertBroken("unbalanced quotes in request", "\"abc\r\n");
    assertBroken("unbalanced quotes in request", "\"a\"b\r\n");
    assertBroken("unbalanced quotes in request", "'a\r\n");
    for (String count :
        List.of("x", "", "01", "+1", " 1", "1 ", "-0", "1001", "9999999999999999999999")) {
      assertBroken("invalid multibulk length", "*" + count + "\r\n");
    }
    for (String length : List.of("x", "", "-1", "01", "100001", "99999999999999999999")) {
      assertBroken("invalid bulk length", "*1\r\n$" + length + "\r\n");
    }
    assertBroken("expected '$', got ':'", "*1\r\n:1\r\n");
    assertBroken("too big inline request", "a".repeat(81_920));
    assertBroken("too big mbulk count string", "*" + "1".repeat(65_537));
    assertBroken("too big bulk count string", "*1\r\n$" + "1".repeat(65_537));
  }

  private void assertBroken(String reason, String stream) {
    assertEquals(List.of("[PING]", "broken: " + reason), read("PING\r\n" + stream));
  }

  @Test
  void next_acceptsALineOfTheLimit() {
    String word = "a".repeat(RespLimits.INLINE_BYTES - 2);
    assertEquals(List.of("[" + word + "]"), read(word + "\r\n"));
    assertEquals(List.of("[" + word + "]"), read(bytes(word + "\r\n"), new SplittableRandom(1)));
    assertEquals(List.of("broken: too big inline request"), read(word + "a\r\n"));
  }

  @Test
  void next_takesAsManyWordsAsFitIntoMemory() {
    int words = 1_500_000;
    RespDecoder decoder = new RespDecoder(RespLimits.of(1024, 512 << 20), () -> false);
    byte[] head = bytes("*" + words + "\r\n");
    decoder.feed(head, 0, head.length);
    feedWords(decoder, words);
    assertEquals(RespDecoder.Status.COMMAND, decoder.next());
    assertEquals(words, decoder.command().length);
    byte[] more = bytes("*2147483647\r\n");
    decoder.feed(more, 0, more.length);
    feedWords(decoder, 3_000_000);
    assertEquals(RespDecoder.Status.MORE, decoder.next());
    assertTrue(decoder.bufferedBytes() < 100, "what is refused is not kept");
    assertEquals(
        List.of("broken: invalid multibulk length"),
        read(bytes("*" + (LIMITS.words() + 1) + "\r\n"), null));
  }

  private static void feedWords(RespDecoder decoder, int words) {
    byte[] some = bytes("$1\r\na\r\n".repeat(1000));
    for (int i = 0; i < words; i += 1000) {
      assertEquals(RespDecoder.Status.MORE, decoder.next());
      decoder.feed(some, 0, some.length);
    }
  }

  @Test
  void next_allowsStrangersLittle() {
    stranger = true;
    assertEquals(List.of("broken: unauthenticated multibulk length"), read("*11\r\n"));
    assertEquals(List.of("broken: unauthenticated bulk length"), read("*1\r\n$16385\r\n"));
    String word = "x".repeat(16_384);
    assertEquals(List.of("[" + word + "]"), read("*1\r\n$16384\r\n" + word + "\r\n*10\r\n"));
  }

  @Test
  void next_refusesWhatIsTooLargeForACommandAndReadsOn() {
    String most = "x".repeat(50_000);
    String more = most + "x";
    assertEquals(
        List.of(
            "[SET, k, " + most + "]",
            "refused: value of 50001 bytes is longer than max-value-size, 50000",
            "[PING]"),
        read(bytes(set(most) + set(more) + "PING\r\n"), null));
    String many = ("$50000\r\n" + most + "\r\n").repeat(4);
    assertEquals(
        List.of("refused: command is longer than 200000 bytes", "[PING]"),
        read("*4\r\n" + many + "*1\r\n$4\r\nPING\r\n"));
  }

  private static String set(String value) {
    return "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value + "\r\n";
  }

  @Test
  void next_staysBroken() {
    RespDecoder decoder = decoder();
    decoder.feed(bytes("*x\r\nPING\r\n"), 0, 10);
    assertEquals(RespDecoder.Status.BROKEN, decoder.next());
    decoder.feed(bytes("PING\r\n"), 0, 6);
    assertEquals(RespDecoder.Status.BROKEN, decoder.next());
    assertEquals("invalid multibulk length", decoder.error());
  }

  @Test
  void next_takesNoMemoryForWhatIsOnlyAnnounced() {
    Runtime runtime = Runtime.getRuntime();
    List<RespDecoder> decoders = new ArrayList<>();
    System.gc();
    long before = runtime.totalMemory() - runtime.freeMemory();
    for (int i = 0; i < 200; i++) {
      RespDecoder decoder = new RespDecoder(RespLimits.of(16 << 20, 512 << 20), () -> false);
      byte[] start = bytes("*1048576\r\n$16777216\r\nabc");
      decoder.feed(start, 0, start.length);
      assertEquals(RespDecoder.Status.MORE, decoder.next());
      decoders.add(decoder);
    }
    System.gc();
    long used = runtime.totalMemory() - runtime.freeMemory() - before;
    assertTrue(used < 200L * 200_000, used + " bytes for " + decoders.size() + " decoders");
  }

  @Test
  void next_readsALargeBulkInPieces() {
    byte[] value = new byte[49_999];
    new SplittableRandom(1).nextBytes(value);
    byte[] stream = bytes(set(latin(value)));
    RespDecoder decoder = decoder();
    for (int at = 0; at < stream.length; at += 1448) {
      assertEquals(RespDecoder.Status.MORE, decoder.next());
      decoder.feed(Unpooled.wrappedBuffer(stream, at, Math.min(1448, stream.length - at)));
    }
    assertEquals(RespDecoder.Status.COMMAND, decoder.next());
    assertArrayEquals(value, decoder.command()[2]);
    assertEquals(0, decoder.bufferedBytes());
  }

  @Test
  void next_readsTheSameHoweverBytesAreCut() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 1500; round++) {
      byte[] stream = stream(random);
      stranger = random.nextInt(8) == 0;
      List<String> expected = new NaiveDecoder(stream, LIMITS, stranger).read();
      String context = "seed " + seed + ", round " + round;
      assertEquals(expected, read(stream, null), context);
      assertEquals(expected, read(stream, random.split()), context);
    }
  }

  /** A pipeline of good commands, at times with some bytes changed, or plain garbage. */
  private static byte[] stream(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    int commands = random.nextInt(6);
    for (int i = 0; i < commands; i++) {
      int words = random.nextInt(random.nextInt(9) == 0 ? 1100 : 5);
      if (random.nextInt(3) == 0) {
        text.append(random.nextBoolean() ? "get \"a\\x41\" 'b'" : "echo  x").append("\r\n");
        continue;
      }
      text.append('*').append(words).append("\r\n");
      for (int w = 0; w < words; w++) {
        int length = random.nextInt(20);
        if (words < 6 && random.nextInt(9) == 0) {
          length = random.nextInt(110_000);
        }
        text.append('$').append(length).append("\r\n").append("z".repeat(length)).append("\r\n");
      }
    }
    byte[] stream = bytes(text.toString());
    if (stream.length > 0 && random.nextBoolean()) {
      for (int i = random.nextInt(4); i > 0; i--) {
        byte[] alphabet = bytes("*$\r\n 0123456789-xXz\"'\\\0");
        stream[random.nextInt(Math.min(stream.length, 400))] =
            alphabet[random.nextInt(alphabet.length)];
      }
    }
    if (random.nextInt(10) == 0) {
      stream = new byte[random.nextInt(200)];
      random.nextBytes(stream);
    }
    return random.nextInt(5) == 0
        ? Arrays.copyOf(stream, random.nextInt(stream.length + 1))
        : stream;
  }
}
