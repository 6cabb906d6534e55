package io.cartwheel.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Replies to bytes, in RESP2 or RESP3. */
public final class RespEncoder {
  private static final byte[] NULL_BULK = ascii("$-1\r\n");
  private static final byte[] NULL_ARRAY = ascii("*-1\r\n");
  private static final byte[] NULL_3 = ascii("_\r\n");
  private static final byte[] OK = ascii("+OK\r\n");

  private RespEncoder() {}

  /** The bytes of one reply. */
  public static byte[] encode(Reply reply, int version) {
    ReplySink sink = new ReplySink();
    write(reply, version, sink);
    return sink.toByteArray();
  }

  /**
   * Appends a reply.
   *
   * @param version 2 or 3
   */
  public static void write(Reply reply, int version, ReplySink sink) {
    if (reply instanceof Reply.Bulk bulk) {
      bulk(bulk.bytes(), sink);
    } else if (reply == Reply.OK) {
      sink.put(OK);
    } else if (reply instanceof Reply.Int number) {
      sink.line(':', number.value());
    } else if (reply instanceof Reply.Simple simple) {
      textLine('+', simple.text(), sink);
    } else if (reply instanceof Reply.Error error) {
      textLine('-', error.text(), sink);
    } else if (reply instanceof Reply.Null) {
      sink.put(version == 3 ? NULL_3 : NULL_BULK);
    } else if (reply instanceof Reply.NullArray) {
      sink.put(version == 3 ? NULL_3 : NULL_ARRAY);
    } else if (!writeAggregate(reply, version, sink)) {
      writeRare(reply, version, sink);
    }
  }

  private static boolean writeAggregate(Reply reply, int version, ReplySink sink) {
    if (reply instanceof Reply.Array array) {
      items('*', array.items().size(), array.items(), version, sink);
    } else if (reply instanceof Reply.Map map) {
      List<Reply> all = map.keysAndValues();
      items(
          version == 3 ? '%' : '*', version == 3 ? all.size() / 2 : all.size(), all, version, sink);
    } else if (reply instanceof Reply.Set set) {
      items(version == 3 ? '~' : '*', set.items().size(), set.items(), version, sink);
    } else if (reply instanceof Reply.Push push) {
      items(version == 3 ? '>' : '*', push.items().size(), push.items(), version, sink);
    } else {
      return false;
    }
    return true;
  }

  private static void items(char type, int count, List<Reply> items, int version, ReplySink sink) {
    sink.line(type, count);
    for (Reply item : items) {
      write(item, version, sink);
    }
  }

  private static void writeRare(Reply reply, int version, ReplySink sink) {
    if (reply instanceof Reply.Double number) {
      String text = RedisNumbers.format(number.value());
      if (version == 3) {
        textLine(',', text, sink);
      } else {
        bulk(ascii(text), sink);
      }
    } else if (reply instanceof Reply.Bool bool) {
      if (version == 3) {
        textLine('#', bool.value() ? "t" : "f", sink);
      } else {
        sink.line(':', bool.value() ? 1 : 0);
      }
    } else if (reply instanceof Reply.Verbatim verbatim) {
      byte[] text = verbatim.text().getBytes(StandardCharsets.UTF_8);
      if (version == 3) {
        sink.line('=', text.length + 4L);
        sink.put(ascii("txt:"));
        sink.put(text);
        sink.endLine();
      } else {
        bulk(text, sink);
      }
    } else {
      throw new AssertionError(reply.getClass());
    }
  }

  /** The line in front of a bulk's bytes, which the caller writes, and {@link #endBulk} after. */
  public static void beginBulk(int length, ReplySink sink) {
    sink.line('$', length);
  }

  /** The line's end after a bulk's bytes. */
  public static void endBulk(ReplySink sink) {
    sink.endLine();
  }

  private static void bulk(byte[] bytes, ReplySink sink) {
    sink.line('$', bytes.length);
    sink.put(bytes);
    sink.endLine();
  }

  /** A line of text cannot hold a line's end: it is written as a space, as in Redis. */
  private static void textLine(char type, String text, ReplySink sink) {
    sink.put(type);
    byte[] bytes =
        text.getBytes(isLatin1(text) ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\r' || bytes[i] == '\n') {
        bytes[i] = ' ';
      }
    }
    sink.put(bytes);
    sink.endLine();
  }

  private static boolean isLatin1(String text) {
    return text.chars().allMatch(c -> c < 256);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
