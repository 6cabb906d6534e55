package io.cartwheel.resp.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GlobPatternTest {
  private static boolean matches(String pattern, String text) {
    return new GlobPattern(pattern.getBytes(StandardCharsets.ISO_8859_1))
        .matches(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void matches_asRedissDocumentationSays() {
    assertTrue(matches("h?llo", "hallo"));
    assertTrue(matches("h*llo", "heeeello"));
    assertTrue(matches("h[ae]llo", "hello"));
    assertFalse(matches("h[ae]llo", "hillo"));
    assertTrue(matches("h[^e]llo", "hallo"));
    assertFalse(matches("h[^e]llo", "hello"));
    assertTrue(matches("h[b-a]llo", "hallo"));
    assertTrue(matches("a\\*b", "a*b"));
    assertFalse(matches("a\\*b", "axb"));
    assertTrue(matches("", ""));
    assertTrue(matches("*", ""));
    assertFalse(matches("?", ""));
  }

  @Test
  void matches_ignoresCaseWhereAsked() {
    GlobPattern pattern =
        new GlobPattern("cLiEnT|[A-L]*".getBytes(StandardCharsets.US_ASCII), true);
    assertTrue(pattern.matches("client|list"));
    assertFalse(pattern.matches("client|reply"));
  }

  @Test
  void matches_takesLittleTimeForMaliciousPatterns() {
    assertFalse(matches("a*".repeat(5000) + "b", "a".repeat(5000)));
  }

  @Test
  void matches_agreesWithRedissRecursion() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 200_000; i++) {
      String pattern = draw(random, "ab*?[]^-\\", 7);
      String text = draw(random, "ab[]-^\\", 6);
      assertEquals(
          recursive(pattern, text),
          matches(pattern, text),
          () -> pattern + " " + text + " " + seed);
    }
  }

  private static String draw(SplittableRandom random, String letters, int atMost) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(atMost + 1); i > 0; i--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }

  /** Redis's stringmatchlen, step by step. */
  private static boolean recursive(String pattern, String text) {
    int p = 0;
    int t = 0;
    while (p < pattern.length() && t < text.length()) {
      char c = pattern.charAt(p);
      if (c == '*') {
        while (p + 1 < pattern.length() && pattern.charAt(p + 1) == '*') {
          p++;
        }
        for (int from = t; from <= text.length(); from++) {
          if (recursive(pattern.substring(p + 1), text.substring(from))) {
            return true;
          }
        }
        return false;
      } else if (c == '[') {
        p++;
        boolean not = p < pattern.length() && pattern.charAt(p) == '^';
        if (not) {
          p++;
        }
        boolean match = false;
        while (true) {
          if (p >= pattern.length()) {
            p--;
            break;
          }
          if (pattern.charAt(p) == '\\' && pattern.length() - p >= 2) {
            p++;
            match |= pattern.charAt(p) == text.charAt(t);
          } else if (pattern.charAt(p) == ']') {
            break;
          } else if (pattern.length() - p >= 3 && pattern.charAt(p + 1) == '-') {
            char low = (char) Math.min(pattern.charAt(p), pattern.charAt(p + 2));
            char high = (char) Math.max(pattern.charAt(p), pattern.charAt(p + 2));
            p += 2;
            match |= text.charAt(t) >= low && text.charAt(t) <= high;
          } else {
            match |= pattern.charAt(p) == text.charAt(t);
          }
          p++;
        }
        if (match == not) {
          return false;
        }
      } else if (c != '?') {
        if (c == '\\' && pattern.length() - p >= 2) {
          p++;
        }
        if (pattern.charAt(p) != text.charAt(t)) {
          return false;
        }
      }
      t++;
      p++;
      if (t == text.length()) {
        break;
      }
    }
    if (t == text.length()) {
      while (p < pattern.length() && pattern.charAt(p) == '*') {
        p++;
      }
    }
    return p >= pattern.length() && t == text.length();
  }
}
