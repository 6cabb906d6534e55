package io.cartwheel.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array that replies are written to. For one thread. */
public final class ReplySink {
  private static final int FIRST_BYTES = 256;
  private static final byte[] MIN_LONG =
      Long.toString(Long.MIN_VALUE).getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;

  public int size() {
    return size;
  }

  /** The array behind; only the first {@link #size} bytes mean something. */
  public byte[] array() {
    return bytes;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** Empties it, and gives back memory beyond so many bytes. */
  public void clear(int keepBytes) {
    size = 0;
    if (bytes.length > Math.max(keepBytes, FIRST_BYTES)) {
      bytes = new byte[FIRST_BYTES];
    }
  }

  void put(int b) {
    room(1);
    bytes[size++] = (byte) b;
  }

  void put(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, size, more.length);
    size += more.length;
  }

  void endLine() {
    room(2);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  /** A type's byte, a number, an end of line. */
  void line(char type, long number) {
    put(type);
    decimal(number);
    endLine();
  }

  private void decimal(long number) {
    if (number == Long.MIN_VALUE) {
      put(MIN_LONG);
      return;
    }
    room(20);
    long rest = number;
    if (rest < 0) {
      bytes[size++] = '-';
      rest = -rest;
    }
    int digits = 1;
    for (long power = 10; digits < 19 && rest >= power; power *= 10) {
      digits++;
    }
    int at = size + digits;
    size = at;
    do {
      bytes[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      long wanted = Math.max((long) size + more, 2L * bytes.length);
      if ((long) size + more > Integer.MAX_VALUE - 8) {
        throw new IllegalStateException("a reply of more than 2 GB");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
  }
}
