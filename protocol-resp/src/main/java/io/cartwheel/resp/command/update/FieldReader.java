package io.cartwheel.resp.command.update;

import java.util.Arrays;

/**
 * Reads what {@link FieldWriter} wrote. Every method throws {@link IllegalArgumentException} where
 * the bytes end too early.
 */
final class FieldReader {
  private final byte[] buffer;
  private int at;

  FieldReader(byte[] buffer) {
    this.buffer = buffer;
  }

  int u8() {
    need(1);
    return buffer[at++] & 0xff;
  }

  int i32() {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 8 | (buffer[at++] & 0xff);
    }
    return value;
  }

  long i64() {
    return (long) i32() << 32 | Integer.toUnsignedLong(i32());
  }

  byte[] bytes() {
    int size = i32();
    need(size);
    at += size;
    return Arrays.copyOfRange(buffer, at - size, at);
  }

  /** Checks that nothing is left. */
  void end() {
    if (at != buffer.length) {
      throw new IllegalArgumentException(buffer.length - at + " bytes after the end of an update");
    }
  }

  private void need(int sizeBytes) {
    if (sizeBytes < 0 || buffer.length - at < sizeBytes) {
      throw new IllegalArgumentException("an update of " + buffer.length + " bytes is cut short");
    }
  }
}
