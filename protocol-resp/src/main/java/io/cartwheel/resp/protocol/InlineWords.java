package io.cartwheel.resp.protocol;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits an inline command as Redis's {@code sdssplitargs} does: words between spaces; in double
 * quotes {@code \n \r \t \b \a \xHH} and any escaped byte; in single quotes only {@code \'}; a
 * closing quote ends its word.
 */
final class InlineWords {
  private final byte[] line;
  private final int to;
  private int at;

  private InlineWords(byte[] line, int from, int to) {
    this.line = line;
    this.at = from;
    this.to = to;
  }

  /** The words, none for an empty line; null where quotes are unbalanced. */
  static byte[][] split(byte[] line, int from, int to) {
    InlineWords words = new InlineWords(line, from, to);
    List<byte[]> all = new ArrayList<>();
    while (words.skipSpace()) {
      byte[] word = words.next();
      if (word == null) {
        return null;
      }
      all.add(word);
    }
    return all.toArray(new byte[0][]);
  }

  private boolean skipSpace() {
    while (at < to && isSpace(line[at])) {
      at++;
    }
    // A C string ends at its first zero byte.
    return at < to && line[at] != 0;
  }

  private byte[] next() {
    ByteArrayOutputStream word = new ByteArrayOutputStream();
    while (at < to && !endsWord(line[at])) {
      byte b = line[at++];
      if (b == '"' || b == '\'') {
        boolean closed = b == '"' ? doubleQuoted(word) : singleQuoted(word);
        boolean ended = at == to || line[at] == 0 || isSpace(line[at]);
        return closed && ended ? word.toByteArray() : null;
      }
      word.write(b);
    }
    return word.toByteArray();
  }

  private boolean doubleQuoted(ByteArrayOutputStream word) {
    while (at < to && line[at] != 0) {
      byte b = line[at++];
      if (b == '"') {
        return true;
      }
      if (b == '\\' && isHexEscape()) {
        word.write(hex(line[at + 1]) << 4 | hex(line[at + 2]));
        at += 3;
      } else if (b == '\\' && at < to && line[at] != 0) {
        word.write(escaped(line[at++]));
      } else {
        word.write(b);
      }
    }
    return false;
  }

  private boolean singleQuoted(ByteArrayOutputStream word) {
    while (at < to && line[at] != 0) {
      byte b = line[at++];
      if (b == '\'') {
        return true;
      }
      if (b == '\\' && at < to && line[at] == '\'') {
        word.write(line[at++]);
      } else {
        word.write(b);
      }
    }
    return false;
  }

  private boolean isHexEscape() {
    return at + 2 < to && line[at] == 'x' && hex(line[at + 1]) >= 0 && hex(line[at + 2]) >= 0;
  }

  private static int hex(byte b) {
    return Character.digit(b, 16);
  }

  private static int escaped(byte b) {
    return switch (b) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> b;
    };
  }

  private static boolean endsWord(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == 0;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || (b >= '\t' && b <= '\r');
  }
}
