package io.cartwheel.resp.command;

import java.nio.charset.StandardCharsets;

/**
 * Redis's glob patterns, as its {@code stringmatchlen} has them: {@code *}, {@code ?}, {@code
 * [abc]}, {@code [^a]}, {@code [a-z]}, and a backslash before a byte that stands for itself; an
 * unclosed class ends with the pattern. Works on bytes. A star that has failed once is never tried
 * again from an earlier place, so that time grows with pattern times text, not exponentially.
 * Immutable.
 */
public final class GlobPattern {
  private final byte[] pattern;
  private final boolean ignoreCase;

  /** A pattern that heeds case. */
  public GlobPattern(byte[] pattern) {
    this(pattern, false);
  }

  public GlobPattern(byte[] pattern, boolean ignoreCase) {
    this.pattern = pattern.clone();
    this.ignoreCase = ignoreCase;
  }

  /** Whether it is {@code *}, which matches everything. */
  public boolean matchesAll() {
    return pattern.length == 1 && pattern[0] == '*';
  }

  public boolean matches(String text) {
    return matches(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the whole text fits. */
  public boolean matches(byte[] text) {
    int p = 0;
    int t = 0;
    int afterStar = -1;
    int starTook = 0;
    while (true) {
      while (p < pattern.length && pattern[p] == '*') {
        p++;
        afterStar = p;
        starTook = t;
      }
      if (t == text.length) {
        return p == pattern.length;
      }
      int next = p < pattern.length ? matchOne(p, text[t]) : -1;
      if (next >= 0) {
        p = next;
        t++;
      } else if (afterStar >= 0) {
        p = afterStar;
        starTook++;
        t = starTook;
      } else {
        return false;
      }
    }
  }

  /** Where the pattern goes on after the element at {@code p} took {@code b}, or -1. */
  private int matchOne(int p, byte b) {
    return switch (pattern[p]) {
      case '?' -> p + 1;
      case '[' -> matchClass(p + 1, b);
      case '\\' -> {
        int escaped = p + 1 < pattern.length ? p + 1 : p;
        yield same(pattern[escaped], b) ? escaped + 1 : -1;
      }
      default -> same(pattern[p], b) ? p + 1 : -1;
    };
  }

  private int matchClass(int start, byte b) {
    int p = start;
    boolean negated = p < pattern.length && pattern[p] == '^';
    if (negated) {
      p++;
    }
    boolean found = false;
    int value = fold(b);
    while (p < pattern.length && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < pattern.length) {
        p++;
        found |= pattern[p] == b;
        p++;
      } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
        int low = fold(pattern[p]);
        int high = fold(pattern[p + 2]);
        found |= value >= Math.min(low, high) && value <= Math.max(low, high);
        p += 3;
      } else {
        found |= same(pattern[p], b);
        p++;
      }
    }
    return found == negated ? -1 : Math.min(p + 1, pattern.length);
  }

  private boolean same(byte a, byte b) {
    return fold(a) == fold(b);
  }

  private int fold(byte b) {
    return ignoreCase && b >= 'A' && b <= 'Z' ? b + 32 : b & 0xff;
  }

  @Override
  public String toString() {
    return new String(pattern, StandardCharsets.ISO_8859_1);
  }
}
