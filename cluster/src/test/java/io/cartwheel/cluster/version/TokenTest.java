package io.cartwheel.cluster.version;

import static io.cartwheel.cluster.version.Rows.dot;
import static io.cartwheel.cluster.version.Rows.vector;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.BadTokenException.Reason;
import java.util.Base64;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenTest {
  private static final byte[] KEY = "cart:7".getBytes(UTF_8);
  private static final VersionVector CONTEXT = vector(dot(5, 3), dot(-8, 1));

  @Test
  void token_isReadForItsKey() throws BadTokenException {
    String token = Token.encode(KEY, CONTEXT);
    assertEquals(CONTEXT, Token.decode(KEY, token));
    assertEquals(CONTEXT, Token.decode(KEY, token.getBytes(UTF_8)));
    String nothing = Token.encode(KEY, VersionVector.EMPTY);
    assertEquals(VersionVector.EMPTY, Token.decode(KEY, nothing));
  }

  @Test
  void token_isPrintableAndUrlSafe() {
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 200; i++) {
      VersionVector context = vector(dot(random.nextLong(), 1), dot(random.nextLong(), 1));
      assertTrue(Token.encode(KEY, context).matches("[A-Za-z0-9_-]+"));
    }
  }

  /** Clients may hold a token over an upgrade of all nodes. */
  @Test
  void format_neverChanges() throws BadTokenException {
    String golden = "AXv2_sgiRlbzAgAAAAAAAAAFAwAAAAAAAAAB__________gBAAAAAAAAAAEoRYAo";
    assertEquals(golden, Token.encode(KEY, CONTEXT));
    assertEquals(CONTEXT, Token.decode(KEY, golden));
  }

  @Test
  void tokenOfAnotherKey_isRefused() {
    assertReason(Reason.OTHER_KEY, Token.encode("cart:8".getBytes(UTF_8), CONTEXT));
    assertReason(Reason.OTHER_KEY, Token.encode(new byte[0], CONTEXT));
  }

  @Test
  void anyChangedByte_isDamageAtLeast() {
    byte[] good = Base64.getUrlDecoder().decode(Token.encode(KEY, CONTEXT));
    for (int i = 0; i < good.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] bad = good.clone();
        bad[i] ^= (byte) (1 << bit);
        assertReason(
            i == 0 ? Reason.NOT_A_TOKEN : Reason.DAMAGED,
            Base64.getUrlEncoder().withoutPadding().encodeToString(bad));
      }
    }
  }

  @Test
  void shortenedToken_isDamaged() {
    String token = Token.encode(KEY, CONTEXT);
    assertReason(Reason.DAMAGED, token.substring(0, token.length() - 4));
  }

  @Test
  void otherText_isNotAToken() {
    assertReason(Reason.NOT_A_TOKEN, "");
    assertReason(Reason.NOT_A_TOKEN, "hello");
    assertReason(Reason.NOT_A_TOKEN, "no spaces please, nor commas");
    assertReason(Reason.NOT_A_TOKEN, "A".repeat(40));
    assertReason(Reason.NOT_A_TOKEN, "A".repeat(Token.MAX_TEXT_LENGTH + 4));
    assertReason(Reason.NOT_A_TOKEN, "\u00fc".repeat(30));
    byte[] long1 = new byte[Token.MAX_TEXT_LENGTH + 1];
    assertThrows(BadTokenException.class, () -> Token.decode(KEY, long1));
  }

  @Test
  void token_isBoundedHoweverLongTheContext() throws BadTokenException {
    VersionVector.Builder builder = new VersionVector.Builder(Token.MAX_ENTRIES + 50);
    for (int i = 0; i < Token.MAX_ENTRIES + 50; i++) {
      builder.add(i, Long.MAX_VALUE, 1_000 + i);
    }
    VersionVector context = builder.build();
    String token = Token.encode(KEY, context);
    assertTrue(token.length() <= Token.MAX_TEXT_LENGTH, () -> token.length() + " characters");
    VersionVector read = Token.decode(KEY, token);
    assertEquals(Token.MAX_ENTRIES, read.size());
    assertTrue(context.covers(read));
    assertEquals(50, read.actorAt(0), "the oldest are left out");
  }

  @Test
  void anyText_isATokenOrRefused() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    byte[] good = Base64.getUrlDecoder().decode(Token.encode(KEY, CONTEXT));
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = i % 4 == 0 ? Fuzz.random(random) : Fuzz.mutated(good, random);
      byte[] text = i % 3 == 0 ? bad : Base64.getUrlEncoder().withoutPadding().encode(bad);
      try {
        assertEquals(CONTEXT, Token.decode(KEY, text), () -> "seed " + seed);
      } catch (BadTokenException e) {
        assertTrue(e.getMessage().contains("token"));
      }
    }
  }

  private static void assertReason(Reason reason, String text) {
    BadTokenException refused =
        assertThrows(BadTokenException.class, () -> Token.decode(KEY, text));
    assertEquals(reason, refused.reason(), text);
  }
}
