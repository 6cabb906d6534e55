package io.cartwheel.conformance.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Commands on their way, as they look on the wire. For one thread. */
public final class CommandBuffer {
  private static final int FIRST_BYTES = 256;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private ByteBuffer unsent = ByteBuffer.wrap(bytes, 0, 0);

  void clear() {
    size = 0;
    unsent = null;
  }

  /** What has not left yet; nothing may be added any more. */
  ByteBuffer unsent() {
    if (unsent == null) {
      unsent = ByteBuffer.wrap(bytes, 0, size);
    }
    return unsent;
  }

  /** Adds a command of these words. */
  public void command(String... words) {
    text("*" + words.length + "\r\n");
    for (String word : words) {
      text("$" + word.length() + "\r\n");
      text(word);
      text("\r\n");
    }
  }

  private void text(String text) {
    byte[] added = text.getBytes(StandardCharsets.ISO_8859_1);
    if (size + added.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + added.length));
    }
    System.arraycopy(added, 0, bytes, size, added.length);
    size += added.length;
  }
}
