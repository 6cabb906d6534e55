package io.cartwheel.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One setting as data: what it is called, what it may be, and what it is for.
 *
 * @param name without the prefix {@code cartwheel.}
 * @param kind how its text is read
 * @param defaultText as it would be written in a file; empty where the description says what holds
 * @param min least number for numeric kinds, in ms or bytes for durations and sizes
 * @param max greatest number
 * @param choices for {@link Kind#CHOICE}
 * @param clusterWide whether all nodes must agree on it
 * @param description one line
 */
record Setting(
    String name,
    Kind kind,
    String defaultText,
    long min,
    long max,
    List<String> choices,
    boolean clusterWide,
    String description) {

  /** How a setting's text is read. */
  enum Kind {
    TEXT,
    /** As TEXT, but never shown. */
    SECRET,
    NUMBER,
    /** As {@code 150ms}, {@code 1s}, {@code 1 day}; a plain number is milliseconds. */
    DURATION,
    /** As {@code 16 MB} (1024 * 1024 bytes each); a plain number is bytes. */
    SIZE,
    /** {@code host:port}s, as a list or separated by commas. */
    LIST,
    CHOICE
  }

  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18})\\s*([a-zA-Z]*)");

  /** The environment variable that sets it. */
  String variable() {
    return "CARTWHEEL_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** What may stand there, in words. */
  String allowed() {
    switch (kind) {
      case NUMBER:
        return "a whole number from " + min + " to " + max;
      case DURATION:
        return "a duration from " + min + " ms to " + max + " ms, as 150ms, 1s or 1d";
      case SIZE:
        return "a size from " + min + " to " + max + " bytes, as 64KB or 16MB";
      case LIST:
        return "host:port, ... ";
      case CHOICE:
        return String.join(", ", choices);
      default:
        return "text";
    }
  }

  /**
   * The value that a text stands for: String, Long (also durations in ms and sizes in bytes) or
   * List.
   *
   * @throws UserError naming setting, value and what is allowed
   */
  Object parse(String text) {
    switch (kind) {
      case NUMBER:
        return inRange(text, text.matches("-?\\d{1,18}") ? Long.parseLong(text) : null);
      case DURATION:
        return inRange(text, durationMillis(text));
      case SIZE:
        return inRange(text, sizeBytes(text));
      case LIST:
        return parseList(text);
      case CHOICE:
        if (!choices.contains(text)) {
          throw wrong(text);
        }
        return text;
      default:
        return text;
    }
  }

  UserError wrong(String text) {
    return UserError.usage(
        "setting cartwheel."
            + name
            + " is '"
            + (kind == Kind.SECRET ? "***" : text)
            + "'; allowed: "
            + allowed());
  }

  private Long inRange(String text, Long number) {
    if (number == null || number < min || number > max) {
      throw wrong(text);
    }
    return number;
  }

  private List<String> parseList(String text) {
    List<String> items = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      String trimmed = item.trim();
      if (!trimmed.isEmpty()) {
        if (!Address.isValid(trimmed)) {
          throw wrong(text);
        }
        items.add(trimmed);
      }
    }
    return List.copyOf(items);
  }

  private static Long durationMillis(String text) {
    Matcher quantity = QUANTITY.matcher(text.trim());
    if (!quantity.matches()) {
      return null;
    }
    long number = Long.parseLong(quantity.group(1));
    switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
      case "", "ms", "milli", "millis", "millisecond", "milliseconds":
        return number;
      case "s", "second", "seconds":
        return TimeUnit.SECONDS.toMillis(number);
      case "m", "minute", "minutes":
        return TimeUnit.MINUTES.toMillis(number);
      case "h", "hour", "hours":
        return TimeUnit.HOURS.toMillis(number);
      case "d", "day", "days":
        return TimeUnit.DAYS.toMillis(number);
      default:
        return null;
    }
  }

  private static Long sizeBytes(String text) {
    Matcher quantity = QUANTITY.matcher(text.trim());
    if (!quantity.matches()) {
      return null;
    }
    long number = Long.parseLong(quantity.group(1));
    int shift;
    switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
      case "", "b":
        shift = 0;
        break;
      case "k", "kb", "kib":
        shift = 10;
        break;
      case "m", "mb", "mib":
        shift = 20;
        break;
      case "g", "gb", "gib":
        shift = 30;
        break;
      default:
        return null;
    }
    return number > Long.MAX_VALUE >> shift ? null : number << shift;
  }
}
