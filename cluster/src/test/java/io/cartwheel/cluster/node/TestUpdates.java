package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Updates that a test can read: {@code =value} sets, {@code @time=value} sets until then, {@code
 * +text} appends, {@code -} deletes.
 */
final class TestUpdates implements Update.Decoder {
  /** What an append to siblings answers. */
  static final String CONFLICT = "conflict";

  static byte[] set(String value) {
    return bytes("=" + value);
  }

  static byte[] append(String text) {
    return bytes("+" + text);
  }

  /**
   * @param expiryMillis since 1970
   */
  static byte[] setUntil(long expiryMillis, String value) {
    return bytes("@" + expiryMillis + "=" + value);
  }

  static byte[] delete() {
    return bytes("-");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public Update decode(byte[] update) {
    String text = text(update);
    String operand = text.substring(1);
    switch (text.charAt(0)) {
      case '=':
        return (current, now) -> decision(current, put(operand), "OK");
      case '@':
        int end = operand.indexOf('=');
        Update.Change expiring =
            new Update.Change.Put(
                bytes(operand.substring(end + 1)),
                Sibling.STRING,
                Long.parseLong(operand.substring(0, end)));
        return (current, now) -> decision(current, expiring, "OK");
      case '-':
        return (current, now) -> decision(current, Update.Change.DELETE, "OK");
      case '+':
        return (current, now) -> {
          if (current.get(0).isConflict()) {
            return decision(current, Update.Change.NONE, CONFLICT);
          }
          Sibling before = current.get(0).single();
          String value = (before == null ? "" : text(before.value())) + operand;
          return decision(current, put(value), value);
        };
      default:
        throw new IllegalArgumentException(text);
    }
  }

  private static Update.Change put(String value) {
    return new Update.Change.Put(bytes(value), Sibling.STRING, Sibling.NO_EXPIRY);
  }

  private static Update.Decision decision(
      List<Reading> current, Update.Change change, String reply) {
    return new Update.Decision(current.stream().map(reading -> change).toList(), bytes(reply));
  }
}
