package io.cartwheel.resp.command.update;

import java.util.OptionalLong;

/** Redis's strict integers: no sign but minus, no leading zero, no space, 64 bits. */
public final class Integers {
  private Integers() {}

  public static OptionalLong parse(byte[] text) {
    int length = text.length;
    if (length == 0 || length > 20) {
      return OptionalLong.empty();
    }
    boolean negative = text[0] == '-';
    int at = negative ? 1 : 0;
    if (at == length || (text[at] == '0' && length > 1)) {
      return OptionalLong.empty();
    }
    // Counted down from zero, for the least number has no positive counterpart.
    long value = 0;
    for (; at < length; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value < (Long.MIN_VALUE + digit) / 10) {
        return OptionalLong.empty();
      }
      value = value * 10 - digit;
    }
    if (!negative && value == Long.MIN_VALUE) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(negative ? value : -value);
  }
}
