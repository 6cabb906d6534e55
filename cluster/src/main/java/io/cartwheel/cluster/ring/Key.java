package io.cartwheel.cluster.ring;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A key and its place. Immutable; the array is not copied and must not be changed. */
public final class Key {
  private final byte[] bytes;
  private final long position;

  public Key(byte[] bytes) {
    this.bytes = bytes;
    this.position = Position.of(bytes);
  }

  public byte[] bytes() {
    return bytes;
  }

  public long position() {
    return position;
  }

  public int slot() {
    return Position.slot(position);
  }

  public int partition(int partitions) {
    return Position.partition(position, partitions);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key that
        && position == that.position
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(position);
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
