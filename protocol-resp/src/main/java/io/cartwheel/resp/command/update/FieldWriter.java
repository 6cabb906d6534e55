package io.cartwheel.resp.command.update;

import java.util.Arrays;

/** Builds the bytes of an update: fixed-width integers and length-prefixed byte strings. */
final class FieldWriter {
  private byte[] buffer;
  private int length;

  FieldWriter(int sizeHintBytes) {
    buffer = new byte[sizeHintBytes];
  }

  FieldWriter u8(int value) {
    reserve(1);
    buffer[length++] = (byte) value;
    return this;
  }

  FieldWriter i32(int value) {
    reserve(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      buffer[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  FieldWriter i64(long value) {
    return i32((int) (value >>> 32)).i32((int) value);
  }

  FieldWriter bytes(byte[] value) {
    i32(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, buffer, length, value.length);
    length += value.length;
    return this;
  }

  byte[] toBytes() {
    return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
  }

  private void reserve(int more) {
    if (buffer.length - length < more) {
      buffer = Arrays.copyOf(buffer, Math.max(length + more, buffer.length * 2));
    }
  }
}
