package io.cartwheel.resp.command.update;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.cartwheel.resp.protocol.Reply;
import java.util.Arrays;

/**
 * How the reply of an update travels back to the node that took the command: RESP3's type byte, and
 * after it the content up to the end. Only what updates answer: simple strings, errors, integers,
 * bulks, null.
 */
public final class ReplyBytes {
  private static final byte[] OK = {'+', 'O', 'K'};
  private static final byte[] ZERO = {':', '0'};
  private static final byte[] ONE = {':', '1'};
  private static final byte[] NULL = {'_'};

  private ReplyBytes() {}

  /**
   * @throws IllegalArgumentException for a reply of another kind
   */
  public static byte[] encode(Reply reply) {
    if (reply == Reply.OK) {
      return OK;
    } else if (reply == Reply.ONE) {
      return ONE;
    } else if (reply == Reply.ZERO) {
      return ZERO;
    } else if (reply == Reply.NULL) {
      return NULL;
    } else if (reply instanceof Reply.Bulk bulk) {
      return tagged('$', bulk.bytes());
    } else if (reply instanceof Reply.Int integer) {
      return tagged(':', Long.toString(integer.value()).getBytes(ISO_8859_1));
    } else if (reply instanceof Reply.Error error) {
      return tagged('-', error.text().getBytes(ISO_8859_1));
    } else if (reply instanceof Reply.Simple simple) {
      return tagged('+', simple.text().getBytes(ISO_8859_1));
    }
    throw new IllegalArgumentException("no update answers " + reply);
  }

  /**
   * @throws IllegalArgumentException where the bytes are not such a reply
   */
  public static Reply decode(byte[] bytes) {
    if (Arrays.equals(bytes, OK)) {
      return Reply.OK;
    }
    if (bytes.length == 0) {
      throw new IllegalArgumentException("an empty reply");
    }
    byte[] content = Arrays.copyOfRange(bytes, 1, bytes.length);
    return switch (bytes[0]) {
      case '$' -> new Reply.Bulk(content);
      case ':' -> Reply.integer(Long.parseLong(new String(content, ISO_8859_1)));
      case '-' -> new Reply.Error(new String(content, ISO_8859_1));
      case '+' -> new Reply.Simple(new String(content, ISO_8859_1));
      case '_' -> Reply.NULL;
      default -> throw new IllegalArgumentException("a reply of the type " + bytes[0]);
    };
  }

  private static byte[] tagged(char tag, byte[] content) {
    byte[] bytes = new byte[1 + content.length];
    bytes[0] = (byte) tag;
    System.arraycopy(content, 0, bytes, 1, content.length);
    return bytes;
  }
}
