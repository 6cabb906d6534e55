package io.cartwheel.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** RESP3 bytes back to the reply that {@link RespEncoder} made them of: its oracle. */
public final class ReplyReader {
  /** No reply of this server nests deeper. */
  private static final int MAX_DEPTH = 16;

  private final byte[] bytes;
  private int at;

  private ReplyReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The one reply that the bytes hold.
   *
   * @throws IllegalArgumentException where they hold anything else
   */
  public static Reply read(byte[] bytes) {
    ReplyReader reader = new ReplyReader(bytes);
    Reply reply = reader.reply(0);
    if (reader.at != bytes.length) {
      throw reader.bad("bytes after the reply");
    }
    return reply;
  }

  private Reply reply(int depth) {
    if (at == bytes.length) {
      throw bad("no type");
    }
    if (depth > MAX_DEPTH) {
      throw bad("nested too deeply");
    }
    char type = (char) bytes[at++];
    return switch (type) {
      case '+' -> simple(text());
      case '-' -> new Reply.Error(text());
      case ':' -> Reply.integer(number());
      case '$' -> new Reply.Bulk(body());
      case '=' -> verbatim(body());
      case '_' -> nothing(text());
      case '#' -> new Reply.Bool(text().equals("t"));
      case ',' -> new Reply.Double(number(text()));
      case '*' -> new Reply.Array(items(1, depth));
      case '~' -> new Reply.Set(items(1, depth));
      case '>' -> new Reply.Push(items(1, depth));
      case '%' -> new Reply.Map(items(2, depth));
      default -> throw bad("type '" + type + "'");
    };
  }

  private Reply nothing(String line) {
    if (!line.isEmpty()) {
      throw bad("null with text");
    }
    return Reply.NULL;
  }

  private static Reply simple(String text) {
    return text.equals("OK") ? Reply.OK : new Reply.Simple(text);
  }

  private static double number(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(text);
    };
  }

  private Reply verbatim(byte[] body) {
    if (body.length < 4) {
      throw bad("verbatim without a format");
    }
    return new Reply.Verbatim(new String(body, 4, body.length - 4, StandardCharsets.UTF_8));
  }

  private List<Reply> items(int each, int depth) {
    long count = number();
    if (count < 0 || count > (bytes.length - at) / (2 * each)) {
      throw bad("count " + count);
    }
    List<Reply> items = new ArrayList<>((int) count * each);
    for (long i = 0; i < count * each; i++) {
      items.add(reply(depth + 1));
    }
    return items;
  }

  private byte[] body() {
    long length = number();
    if (length < 0 || length > bytes.length - at - 2) {
      throw bad("length " + length);
    }
    byte[] body = Arrays.copyOfRange(bytes, at, at + (int) length);
    at += (int) length;
    if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
      throw bad("no end of line");
    }
    at += 2;
    return body;
  }

  private long number() {
    return RedisNumbers.parseLong(line()).orElseThrow(() -> bad("no number"));
  }

  private String text() {
    return new String(line(), StandardCharsets.ISO_8859_1);
  }

  private byte[] line() {
    for (int end = at; end + 1 < bytes.length; end++) {
      if (bytes[end] == '\r' && bytes[end + 1] == '\n') {
        byte[] line = Arrays.copyOfRange(bytes, at, end);
        at = end + 2;
        return line;
      }
    }
    throw bad("no end of line");
  }

  private IllegalArgumentException bad(String what) {
    return new IllegalArgumentException("not a reply: " + what + " at byte " + at);
  }
}
