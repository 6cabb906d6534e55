package io.cartwheel.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a command answers, before it is known in which protocol version it is written. Immutable.
 */
@SuppressWarnings("JavaLangClash") // Error and Double are RESP's own names.
public sealed interface Reply {
  Reply OK = new Simple("OK");
  Reply PONG = new Simple("PONG");
  Reply NULL = new Null();
  Reply NULL_ARRAY = new NullArray();
  Reply ZERO = new Int(0);
  Reply ONE = new Int(1);
  Reply EMPTY_ARRAY = new Array(List.of());

  /** {@code +text} */
  record Simple(String text) implements Reply {}

  /** {@code -text}; the first word is the error's code, as {@code ERR}. */
  record Error(String text) implements Reply {}

  /** {@code :n} */
  record Int(long value) implements Reply {}

  /** A binary-safe string. */
  record Bulk(byte[] bytes) implements Reply {}

  /** {@code _}, in RESP2 the null bulk. */
  record Null() implements Reply {}

  /** {@code _}, in RESP2 the null array. */
  record NullArray() implements Reply {}

  record Array(List<Reply> items) implements Reply {}

  /** Keys and values in turn; in RESP2 a flat array. */
  record Map(List<Reply> keysAndValues) implements Reply {}

  /** In RESP2 an array. */
  record Set(List<Reply> items) implements Reply {}

  /** Out of band; in RESP2 an array. */
  record Push(List<Reply> items) implements Reply {}

  /** A float in Redis's format; in RESP2 a bulk. */
  record Double(double value) implements Reply {}

  /** In RESP2 an integer. */
  record Bool(boolean value) implements Reply {}

  /** Text for people; in RESP2 a bulk. */
  record Verbatim(String text) implements Reply {}

  static Reply bulk(String text) {
    return new Bulk(text.getBytes(StandardCharsets.UTF_8));
  }

  static Reply bulk(byte[] bytesOrNull) {
    return bytesOrNull == null ? NULL : new Bulk(bytesOrNull);
  }

  static Reply integer(long value) {
    return value == 0 ? ZERO : value == 1 ? ONE : new Int(value);
  }

  /** An error with the code {@code ERR}. */
  static Reply err(String text) {
    return new Error("ERR " + text);
  }
}
