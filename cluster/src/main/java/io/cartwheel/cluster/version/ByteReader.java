package io.cartwheel.cluster.version;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote. Whatever the bytes are, a method returns a value or throws
 * {@link MalformedException}, and allocates no more than the bytes that are really there. After an
 * exception the position is undefined. For one thread at a time.
 */
public final class ByteReader {
  private final byte[] bytes;
  private final int end;
  private int position;

  public ByteReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  /** Reads {@code length} bytes from {@code from}; the array must not change meanwhile. */
  public ByteReader(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.position = from;
    this.end = from + length;
  }

  /** Bytes not yet read. */
  public int remaining() {
    return end - position;
  }

  /** The next byte, 0 to 255. */
  public int readByte() {
    need(1);
    return bytes[position++] & 0xff;
  }

  /** The next byte, which must be 1 or 0. */
  public boolean readBoolean() {
    int value = readByte();
    if (value > 1) {
      throw new MalformedException("a boolean of " + value);
    }
    return value == 1;
  }

  public int readInt() {
    need(Integer.BYTES);
    int value = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      value = (value << Byte.SIZE) | (bytes[position++] & 0xff);
    }
    return value;
  }

  public long readLong() {
    need(Long.BYTES);
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = (value << Byte.SIZE) | (bytes[position++] & 0xff);
    }
    return value;
  }

  /** A number, 0 or more; longer forms than needed are malformed, so a value has one encoding. */
  public long readVarint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
      int next = readByte();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        if (next == 0 && shift > 0) {
          throw new MalformedException("a varint with a useless byte");
        }
        return value;
      }
    }
    throw new MalformedException("a varint of more than 63 bits");
  }

  /** A varint that must lie in 0..{@code max}. */
  public int readVarint(int max) {
    long value = readVarint();
    if (value > max) {
      throw new MalformedException(
          "a number of " + value + " where at most " + max + " is allowed");
    }
    return (int) value;
  }

  /**
   * The number of elements that follow. Refused where so many could not be in the bytes that are
   * left, so a caller may allocate by it.
   *
   * @param leastBytesEach bytes that the shortest element takes, 1 or more
   */
  public int readCount(int leastBytesEach) {
    long count = readVarint();
    if (count > remaining() / leastBytesEach) {
      throw new MalformedException(count + " elements announced, " + remaining() + " bytes left");
    }
    return (int) count;
  }

  /** The next {@code length} bytes. */
  public byte[] readRaw(int length) {
    need(length);
    byte[] value = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return value;
  }

  /** Bytes after their length. */
  public byte[] readBytes() {
    return readRaw(readCount(1));
  }

  /** UTF-8 text after its length. */
  public String readString() {
    int length = readCount(1);
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, position, length))
              .toString();
      position += length;
      return text;
    } catch (CharacterCodingException e) {
      throw new MalformedException("text that is not UTF-8");
    }
  }

  /** Throws where bytes are left. */
  public void expectEnd() {
    if (remaining() != 0) {
      throw new MalformedException(remaining() + " bytes left over");
    }
  }

  private void need(int length) {
    if (length < 0 || length > remaining()) {
      throw new MalformedException(length + " bytes expected, " + remaining() + " left");
    }
  }
}
