package io.cartwheel.resp.command.update;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The 80-bit extended floats of x87, in which Redis computes INCRBYFLOAT: 64 bits of mantissa, 15
 * of exponent, rounded to nearest, ties to even. Reads what C's {@code strtold} reads and writes
 * what {@code printf("%.17Lf")} does without trailing zeros, so sums end in the same digits as in
 * Redis. Immutable.
 */
final class ExtendedFloat {
  private static final int MANTISSA_BITS = 64;
  private static final int MAX_EXPONENT = 16384;
  private static final int MIN_EXPONENT = -16445;

  /** As Redis: longer texts are no numbers. */
  private static final int MAX_TEXT_LENGTH = 5 * 1024 - 1;

  /** Beyond it no text of that length is in range, whichever its digits. */
  private static final int MAX_DECIMAL_EXPONENT = 20_000;

  private static final Pattern DECIMAL =
      Pattern.compile("([+-]?)(?:(\\d+)\\.?(\\d*)|\\.(\\d+))(?:[eE]([+-]?\\d+))?");
  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "([+-]?)0[xX](?:(\\p{XDigit}+)\\.?(\\p{XDigit}*)|\\.(\\p{XDigit}+))"
              + "(?:[pP]([+-]?\\d+))?");
  private static final Pattern INFINITE =
      Pattern.compile("[+-]?inf(inity)?", Pattern.CASE_INSENSITIVE);

  static final ExtendedFloat ZERO = new ExtendedFloat(BigInteger.ZERO, 0);
  private static final ExtendedFloat INFINITY = new ExtendedFloat(null, 0);

  /** Null for an infinity, whose sign nobody asks for. */
  private final BigInteger mantissa;

  private final int exponent;

  private ExtendedFloat(BigInteger mantissa, int exponent) {
    this.mantissa = mantissa;
    this.exponent = exponent;
  }

  /** The number that the text denotes, or null where it is none or out of range. */
  static ExtendedFloat parse(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > MAX_TEXT_LENGTH) {
      return null;
    }
    String text = new String(bytes, ISO_8859_1);
    Matcher decimal = DECIMAL.matcher(text);
    if (decimal.matches()) {
      return scaled(digits(decimal, 10), 10, exponent(decimal) - fractionDigits(decimal));
    }
    Matcher hexadecimal = HEXADECIMAL.matcher(text);
    if (hexadecimal.matches()) {
      int scale = exponent(hexadecimal) - 4 * fractionDigits(hexadecimal);
      return scaled(digits(hexadecimal, 16), 2, scale);
    }
    return INFINITE.matcher(text).matches() ? INFINITY : null;
  }

  private static BigInteger digits(Matcher m, int radix) {
    String all = m.group(2) == null ? m.group(4) : m.group(2) + m.group(3);
    BigInteger magnitude = new BigInteger(all.toLowerCase(Locale.ROOT), radix);
    return m.group(1).equals("-") ? magnitude.negate() : magnitude;
  }

  private static int fractionDigits(Matcher m) {
    return m.group(2) == null ? m.group(4).length() : m.group(3).length();
  }

  private static int exponent(Matcher m) {
    if (m.group(5) == null) {
      return 0;
    }
    BigInteger exponent = new BigInteger(m.group(5));
    return exponent.bitLength() > 16
        ? exponent.signum() * 2 * MAX_DECIMAL_EXPONENT
        : exponent.intValue();
  }

  private static ExtendedFloat scaled(BigInteger digits, int base, int scale) {
    if (digits.signum() == 0) {
      return ZERO;
    }
    if (Math.abs(scale) > MAX_DECIMAL_EXPONENT + MAX_TEXT_LENGTH) {
      return null;
    }
    BigInteger power = BigInteger.valueOf(base).pow(Math.abs(scale));
    ExtendedFloat value =
        scale >= 0 ? rounded(digits.multiply(power), BigInteger.ONE, 0) : rounded(digits, power, 0);
    return value.isFinite() && value.mantissa.signum() != 0 ? value : null;
  }

  /** The nearest to {@code numerator / denominator * 2^shift}, ties to even. */
  private static ExtendedFloat rounded(BigInteger numerator, BigInteger denominator, int shift) {
    BigInteger magnitude = numerator.abs();
    // The quotient has this many bits or one less: the lowest bit that may stay follows from it.
    int bits = magnitude.bitLength() - denominator.bitLength() + 1;
    int lowest = Math.max(bits - MANTISSA_BITS, MIN_EXPONENT - shift);
    BigInteger divisor = denominator.shiftLeft(Math.max(0, lowest));
    BigInteger dividend = magnitude.shiftLeft(Math.max(0, -lowest));
    if (dividend.divide(divisor).bitLength() < MANTISSA_BITS && lowest > MIN_EXPONENT - shift) {
      lowest--;
      divisor = denominator.shiftLeft(Math.max(0, lowest));
      dividend = magnitude.shiftLeft(Math.max(0, -lowest));
    }
    BigInteger[] quotient = dividend.divideAndRemainder(divisor);
    int half = quotient[1].shiftLeft(1).compareTo(divisor);
    boolean up = half > 0 || (half == 0 && quotient[0].testBit(0));
    BigInteger mantissa = up ? quotient[0].add(BigInteger.ONE) : quotient[0];
    return of(mantissa, lowest + shift, numerator.signum());
  }

  private static ExtendedFloat of(BigInteger magnitude, int exponent, int sign) {
    return magnitude.bitLength() + exponent > MAX_EXPONENT
        ? INFINITY
        : new ExtendedFloat(sign < 0 ? magnitude.negate() : magnitude, exponent);
  }

  boolean isFinite() {
    return mantissa != null;
  }

  ExtendedFloat plus(ExtendedFloat other) {
    if (!isFinite() || !other.isFinite()) {
      return INFINITY;
    }
    int lower = Math.min(exponent, other.exponent);
    BigInteger sum =
        mantissa.shiftLeft(exponent - lower).add(other.mantissa.shiftLeft(other.exponent - lower));
    return sum.signum() == 0 ? ZERO : rounded(sum, BigInteger.ONE, lower);
  }

  /** Plain decimal digits, at most 17 after the point, no trailing zeros. */
  byte[] toBytes() {
    BigDecimal exact =
        exponent >= 0
            ? new BigDecimal(mantissa.shiftLeft(exponent))
            : new BigDecimal(mantissa.multiply(BigInteger.valueOf(5).pow(-exponent)), -exponent);
    String digits = exact.setScale(17, RoundingMode.HALF_EVEN).stripTrailingZeros().toPlainString();
    return digits.getBytes(US_ASCII);
  }
}
