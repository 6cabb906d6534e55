package io.cartwheel.resp.protocol;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as Redis reads and writes them. */
public final class RedisNumbers {
  /** Beyond it even a {@code long double} has no value; it also keeps decimals short. */
  private static final int MAX_DECIMAL_EXPONENT = 4932;

  private static final int MAX_LONG_DIGITS = 19;
  private static final int MAX_FLOAT_CHARS = 5000;
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE]([+-]?[0-9]{1,9}))?");

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
      // 19 digits reach at most 9999999999999999999, which wraps below Long.MIN_VALUE's magnitude.
      return value >= 0 || value == Long.MIN_VALUE ? OptionalLong.of(-value) : OptionalLong.empty();
    }
    return value >= 0 ? OptionalLong.of(value) : OptionalLong.empty();
  }

  /**
   * A float as C's {@code strtod} takes it, without space around it: decimal, or {@code inf}; not
   * {@code nan}, not hexadecimal.
   */
  public static OptionalDouble parseDouble(byte[] bytes) {
    String text = text(bytes).toLowerCase(Locale.ROOT);
    switch (text) {
      case "inf":
      case "+inf":
      case "infinity":
      case "+infinity":
        return OptionalDouble.of(Double.POSITIVE_INFINITY);
      case "-inf":
      case "-infinity":
        return OptionalDouble.of(Double.NEGATIVE_INFINITY);
      default:
        Matcher matcher = DECIMAL.matcher(text);
        if (!matcher.matches()) {
          return OptionalDouble.empty();
        }
        double value = Double.parseDouble(text);
        return Double.isInfinite(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
  }

  /**
   * A finite decimal, exactly; the exponent is bounded as that of a {@code long double}. For
   * INCRBYFLOAT, whose sums Redis keeps in a {@code long double}.
   */
  public static Optional<BigDecimal> parseDecimal(byte[] bytes) {
    String text = text(bytes);
    Matcher matcher = DECIMAL.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    if (matcher.group(1) != null
        && Math.abs(Integer.parseInt(matcher.group(1))) > MAX_DECIMAL_EXPONENT) {
      return Optional.empty();
    }
    return Optional.of(new BigDecimal(text));
  }

  private static String text(byte[] bytes) {
    return bytes.length > MAX_FLOAT_CHARS ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
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
