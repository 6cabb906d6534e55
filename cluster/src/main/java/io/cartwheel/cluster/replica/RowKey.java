package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.storage.StorageException;
import java.util.Arrays;

/**
 * Where a row is stored: position (8 bytes, big-endian), length of the key (4 bytes, big-endian),
 * key, name of the element (empty today: a string is one row). Stored keys therefore order as
 * positions do, a partition is one contiguous range, and all rows of a key lie together.
 */
final class RowKey {
  private static final int KEY_AT = Long.BYTES + Integer.BYTES;

  private RowKey() {}

  static byte[] of(Key key) {
    return of(key.position(), key.bytes());
  }

  /** As {@link #of(Key)}, with a position that need not be the key's own. */
  static byte[] of(long position, byte[] key) {
    byte[] stored = new byte[KEY_AT + key.length];
    putLong(stored, position);
    for (int i = 0; i < Integer.BYTES; i++) {
      stored[Long.BYTES + i] = (byte) (key.length >>> (24 - 8 * i));
    }
    System.arraycopy(key, 0, stored, KEY_AT, key.length);
    return stored;
  }

  /** The bound before all rows at {@code position} and after all rows before it. */
  static byte[] first(long position) {
    byte[] bound = new byte[Long.BYTES];
    putLong(bound, position);
    return bound;
  }

  /** The bound after all rows of a range of positions that ends before {@code to}; 0: no bound. */
  static byte[] end(long to) {
    return to == 0 ? null : first(to);
  }

  /** The end (exclusive) of a partition's positions, 0 for the end of the ring. */
  static long endOf(int partition, int partitions) {
    return partition + 1 == partitions ? 0 : Position.firstOf(partition + 1, partitions);
  }

  static long position(byte[] stored) {
    long position = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      position = position << 8 | (stored[i] & 0xff);
    }
    return position;
  }

  static byte[] key(byte[] stored) {
    int length = 0;
    for (int i = Long.BYTES; i < KEY_AT; i++) {
      length = length << 8 | (stored[i] & 0xff);
    }
    if (length != stored.length - KEY_AT) {
      throw new StorageException(
          "a stored row's key of "
              + stored.length
              + " bytes says that "
              + length
              + " of them are the client's: the data directory is damaged, or of a later format");
    }
    return Arrays.copyOfRange(stored, KEY_AT, stored.length);
  }

  private static void putLong(byte[] to, long value) {
    for (int i = 0; i < Long.BYTES; i++) {
      to[i] = (byte) (value >>> (56 - 8 * i));
    }
  }
}
