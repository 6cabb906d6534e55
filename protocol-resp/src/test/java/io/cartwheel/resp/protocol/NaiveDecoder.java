package io.cartwheel.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What {@link RespDecoder} must find in a whole stream, written for clarity alone: its oracle. */
final class NaiveDecoder {
  private final String stream;
  private final RespLimits limits;
  private final boolean stranger;
  private int at;

  NaiveDecoder(byte[] stream, RespLimits limits, boolean stranger) {
    this.stream = new String(stream, StandardCharsets.ISO_8859_1);
    this.limits = limits;
    this.stranger = stranger;
  }

  /** The stream cannot be understood. */
  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1;

    Broken(String reason) {
      super(reason);
    }
  }

  /** The stream ends inside a command. */
  private static final class Ended extends Exception {
    private static final long serialVersionUID = 1;
  }

  List<String> read() {
    List<String> heard = new ArrayList<>();
    try {
      while (at < stream.length()) {
        String said = stream.charAt(at) == '*' ? array() : inline();
        if (said != null) {
          heard.add(said);
        }
      }
    } catch (Broken e) {
      heard.add("broken: " + e.getMessage());
    } catch (Ended e) {
      // The rest is part of a command that is not complete.
    }
    return heard;
  }

  private String line(char last, int atMost, String tooBig) throws Broken, Ended {
    int end = stream.indexOf(last, at);
    int length = (end < 0 ? stream.length() : end) - at;
    if (length > atMost) {
      throw new Broken(tooBig);
    }
    if (end < 0 || (last == '\r' && end + 1 == stream.length())) {
      throw new Ended();
    }
    String line = stream.substring(at, end);
    at = end + (last == '\r' ? 2 : 1);
    return line;
  }

  private String inline() throws Broken, Ended {
    String line = line('\n', RespLimits.INLINE_BYTES - 1, "too big inline request");
    byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
    int length = line.endsWith("\r") ? bytes.length - 1 : bytes.length;
    byte[][] words = InlineWords.split(bytes, 0, length);
    if (words == null) {
      throw new Broken("unbalanced quotes in request");
    }
    List<String> shown = new ArrayList<>();
    for (byte[] word : words) {
      shown.add(new String(word, StandardCharsets.ISO_8859_1));
    }
    return shown.isEmpty() ? null : shown.toString();
  }

  private String array() throws Broken, Ended {
    String line = line('\r', RespLimits.LINE_BYTES, "too big mbulk count string");
    long count = integer(line.substring(1), "invalid multibulk length");
    if (count > limits.words()) {
      throw new Broken("invalid multibulk length");
    }
    if (stranger && count > 10) {
      throw new Broken("unauthenticated multibulk length");
    }
    String refusal = null;
    List<String> words = new ArrayList<>();
    long size = 0;
    for (int i = 0; i < count; i++) {
      int start = at;
      String lengthLine = line('\r', RespLimits.LINE_BYTES, "too big bulk count string");
      if (stream.charAt(start) != '$') {
        throw new Broken("expected '$', got '" + stream.charAt(start) + "'");
      }
      long length = integer(lengthLine.substring(1), "invalid bulk length");
      if (length < 0 || length > limits.bulkBytes()) {
        throw new Broken("invalid bulk length");
      }
      if (stranger && length > 16_384) {
        throw new Broken("unauthenticated bulk length");
      }
      size += length + RespLimits.WORD_OVERHEAD_BYTES;
      if (refusal == null && length > limits.wordBytes()) {
        refusal =
            "value of " + length + " bytes is longer than max-value-size, " + limits.wordBytes();
      } else if (refusal == null && size > limits.commandBytes()) {
        refusal = "command is longer than " + limits.commandBytes() + " bytes";
      }
      if (at + length + 2 > stream.length()) {
        throw new Ended();
      }
      words.add(stream.substring(at, at + (int) length));
      at += (int) length + 2;
    }
    return count <= 0 ? null : refusal != null ? "refused: " + refusal : words.toString();
  }

  private static long integer(String text, String otherwise) throws Broken {
    if (!text.matches("0|-?[1-9][0-9]{0,17}")) {
      throw new Broken(otherwise);
    }
    return Long.parseLong(text);
  }
}
