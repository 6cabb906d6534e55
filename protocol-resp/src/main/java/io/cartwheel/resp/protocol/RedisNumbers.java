package io.cartwheel.resp.protocol;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.OptionalLong;

/** Numbers as Redis reads and writes them. */
public final class RedisNumbers {
  private static final int MAX_LONG_DIGITS = 19;

  private RedisNumbers() {}

  /** {@link #parseLong(byte[], int, int)} of all bytes. */
  public static OptionalLong parseLong(byte[] bytes) {
    return parseLong(bytes, 0, bytes.length);
  }

  /**
   * A 64-bit integer in the one form that Redis's {@code string2ll} takes: no plus, no leading
   * zero, no space, no minus zero.
   *
   * @return empty where it is anything else
   */
  public static OptionalLong parseLong(byte[] bytes, int from, int to) {
    int at = from;
    boolean negative = at < to && bytes[at] == '-';
    if (negative) {
      at++;
    }
    int digits = to - at;
    if (digits < 1 || digits > MAX_LONG_DIGITS) {
      return OptionalLong.empty();
    }
    if (bytes[at] == '0') {
      return digits == 1 && !negative ? OptionalLong.of(0) : OptionalLong.empty();
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        return OptionalLong.empty();
      }
      value = value * 10 + digit;
    }
    if (negative) {
      // 19 digits do not wrap past all negative numbers: a negative one here is 2^63 or more.
      return value >= 0 || value == Long.MIN_VALUE ? OptionalLong.of(-value) : OptionalLong.empty();
    }
    return value >= 0 ? OptionalLong.of(value) : OptionalLong.empty();
  }

  /**
   * The shortest decimal that reads back as this double, laid out as Redis's {@code fpconv_dtoa}
   * does.
   */
  public static String format(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    return (value < 0 ? "-" : "") + layOut(digits, -shortest.scale());
  }

  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int precision = 1; precision < 17; precision++) {
      BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() == value) {
        return rounded.stripTrailingZeros();
      }
    }
    return exact.round(new MathContext(17, RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  /** The number {@code digits * 10^power}. */
  private static String layOut(String digits, int power) {
    int count = digits.length();
    int exponent = power + count - 1;
    if (power >= 0 && Math.abs(exponent) < count + 7) {
      return digits + "0".repeat(power);
    }
    if (power < 0 && (power > -7 || Math.abs(exponent) < 4)) {
      int whole = count + power;
      return whole > 0
          ? digits.substring(0, whole) + "." + digits.substring(whole)
          : "0." + "0".repeat(-whole) + digits;
    }
    return digits.charAt(0)
        + (count > 1 ? "." + digits.substring(1) : "")
        + "e"
        + (exponent < 0 ? "-" : "+")
        + Math.abs(exponent);
  }
}
