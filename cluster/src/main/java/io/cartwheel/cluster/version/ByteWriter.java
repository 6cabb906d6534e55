package io.cartwheel.cluster.version;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that grow. Fixed-width numbers are big-endian; a varint is an unsigned LEB128 of at most 63
 * bits. {@link ByteReader} reads what this writes. For one thread at a time.
 */
public final class ByteWriter {
  private static final int DEFAULT_CAPACITY_BYTES = 128;

  private byte[] bytes;
  private int size;

  public ByteWriter() {
    this(DEFAULT_CAPACITY_BYTES);
  }

  public ByteWriter(int capacityBytes) {
    this.bytes = new byte[Math.max(capacityBytes, 16)];
  }

  /** Writes the low eight bits. */
  public ByteWriter writeByte(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Writes one byte, 1 or 0. */
  public ByteWriter writeBoolean(boolean value) {
    return writeByte(value ? 1 : 0);
  }

  public ByteWriter writeInt(int value) {
    reserve(Integer.BYTES);
    for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  public ByteWriter writeLong(long value) {
    reserve(Long.BYTES);
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  /**
   * Writes 1 to 9 bytes.
   *
   * @param value 0 or more
   */
  public ByteWriter writeVarint(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("varint " + value);
    }
    reserve(9);
    long rest = value;
    while (rest > 0x7f) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  /** Writes the bytes and nothing else. */
  public ByteWriter writeRaw(byte[] value) {
    return writeRaw(value, 0, value.length);
  }

  public ByteWriter writeRaw(byte[] value, int from, int length) {
    reserve(length);
    System.arraycopy(value, from, bytes, size, length);
    size += length;
    return this;
  }

  /** Writes the length as a varint, then the bytes. */
  public ByteWriter writeBytes(byte[] value) {
    return writeVarint(value.length).writeRaw(value);
  }

  /** Writes the text's UTF-8 form like {@link #writeBytes}. */
  public ByteWriter writeString(String value) {
    return writeBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes written so far. */
  public int size() {
    return size;
  }

  /** A copy of what has been written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** The buffer itself, of which the first {@link #size} bytes count; good until the next write. */
  public byte[] buffer() {
    return bytes;
  }

  /** Forgets what has been written and keeps the buffer. */
  public void clear() {
    size = 0;
  }

  private void reserve(int more) {
    int needed = Math.addExact(size, more);
    if (needed > bytes.length) {
      // Doubling in long arithmetic: a buffer past 1 GB must not turn negative.
      long doubled = Math.min((long) bytes.length * 2, Integer.MAX_VALUE - 8);
      bytes = Arrays.copyOf(bytes, (int) Math.max(doubled, needed));
    }
  }
}
