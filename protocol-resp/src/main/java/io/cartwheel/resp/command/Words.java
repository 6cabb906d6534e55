package io.cartwheel.resp.command;

import java.nio.charset.StandardCharsets;

/** The words of commands: binary-safe, and where they name something, in any case of ASCII. */
public final class Words {
  private Words() {}

  /** One char for each byte, so that nothing is lost on the way into an error and back. */
  public static String text(byte[] word) {
    return new String(word, StandardCharsets.ISO_8859_1);
  }

  /** The same, cut after so many bytes. */
  public static String text(byte[] word, int atMostBytes) {
    return new String(word, 0, Math.min(word.length, atMostBytes), StandardCharsets.ISO_8859_1);
  }

  /** Whether the word is {@code expected}, in any case. */
  public static boolean is(byte[] word, String expected) {
    return equal(word, expected, 0);
  }

  /** Whether the word is the end of {@code expected} from this index, in any case. */
  static boolean equal(byte[] word, String expected, int from) {
    if (word.length != expected.length() - from) {
      return false;
    }
    for (int i = 0; i < word.length; i++) {
      if (lower(word[i]) != lower((byte) expected.charAt(from + i))) {
        return false;
      }
    }
    return true;
  }

  static int lower(byte b) {
    return b >= 'A' && b <= 'Z' ? b + 32 : b;
  }
}
