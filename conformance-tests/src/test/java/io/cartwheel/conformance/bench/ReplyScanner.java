package io.cartwheel.conformance.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** Finds where replies end in a stream of RESP2, and which of them are errors. For one thread. */
final class ReplyScanner {
  /** Who is told of each reply. */
  interface Sink {
    /**
     * @param error the error's text, null for any other reply
     */
    void onReply(String error);
  }

  private static final int MAX_LINE_BYTES = 4096;

  private final Sink sink;
  private final byte[] line = new byte[MAX_LINE_BYTES];
  private int lineLength;

  /** Bytes of a bulk that are still to come, its line break included. */
  private long bulkLeft;

  /** Items that are still to come of each array that has begun, the innermost first. */
  private final ArrayDeque<Long> arrays = new ArrayDeque<>();

  ReplyScanner(Sink sink) {
    this.sink = sink;
  }

  /** Takes all bytes that are left in the buffer. */
  void feed(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      if (bulkLeft > 0) {
        int taken = (int) Math.min(bulkLeft, bytes.remaining());
        bytes.position(bytes.position() + taken);
        bulkLeft -= taken;
        if (bulkLeft == 0) {
          onItem(null);
        }
      } else {
        byte next = bytes.get();
        if (next != '\n') {
          if (lineLength == line.length) {
            throw new IllegalStateException("a line of more than " + MAX_LINE_BYTES + " bytes");
          }
          line[lineLength] = next;
          lineLength++;
        } else {
          int length = lineLength - 1;
          lineLength = 0;
          onLine(length);
        }
      }
    }
  }

  private void onLine(int length) {
    switch (line[0]) {
      case '+', ':' -> onItem(null);
      case '-' -> onItem(text(length));
      case '$' -> {
        long size = number(length);
        bulkLeft = size + 2;
        if (size < 0) {
          bulkLeft = 0;
          onItem(null);
        }
      }
      case '*' -> {
        long items = number(length);
        if (items <= 0) {
          onItem(null);
        } else {
          arrays.push(items);
        }
      }
      default -> throw new IllegalStateException("no reply of RESP2: " + (char) line[0]);
    }
  }

  private void onItem(String error) {
    while (!arrays.isEmpty()) {
      long left = arrays.pop() - 1;
      if (left > 0) {
        arrays.push(left);
        return;
      }
    }
    sink.onReply(error);
  }

  private String text(int length) {
    return new String(line, 1, length - 1, StandardCharsets.ISO_8859_1);
  }

  private long number(int length) {
    return Long.parseLong(text(length));
  }
}
