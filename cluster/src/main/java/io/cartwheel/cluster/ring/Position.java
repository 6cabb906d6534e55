package io.cartwheel.cluster.ring;

import com.dynatrace.hash4j.hashing.Hashing;

/**
 * The one number that places a key: 14 bits of Redis hash slot, then 50 bits of a hash of the whole
 * key; compared as unsigned. Its top bits are the partition, a prefix of it is a leaf of a hash
 * tree, and SCAN walks it.
 */
public final class Position {
  /** Which function fills the lower bits; part of the peer handshake and of the stored format. */
  public static final int HASH_VERSION = 1;

  public static final int SLOT_BITS = 14;
  public static final int SLOTS = 1 << SLOT_BITS;

  /** Positions that share so many top bits are one run; a page of a scan ends at the end of one. */
  public static final int RUN_BITS = 53;

  private static final int BELOW_RUN_BITS = Long.SIZE - RUN_BITS;

  private Position() {}

  public static long of(byte[] key) {
    return ((long) slotOf(key) << (64 - SLOT_BITS))
        | (Hashing.xxh3_64().hashBytesToLong(key) >>> SLOT_BITS);
  }

  /** The Redis hash slot: CRC16/XMODEM of the hash tag, where the key has one, else of the key. */
  public static int slotOf(byte[] key) {
    int from = 0;
    int to = key.length;
    for (int open = 0; open < key.length; open++) {
      if (key[open] == '{') {
        for (int close = open + 1; close < key.length; close++) {
          if (key[close] == '}') {
            if (close > open + 1) {
              from = open + 1;
              to = close;
            }
            break;
          }
        }
        break;
      }
    }
    return Crc16.of(key, from, to) & (SLOTS - 1);
  }

  public static int slot(long position) {
    return (int) (position >>> (64 - SLOT_BITS));
  }

  /** The partition of a position where there are {@code partitions}, a power of two up to 16384. */
  public static int partition(long position, int partitions) {
    int bits = Integer.numberOfTrailingZeros(partitions);
    return bits == 0 ? 0 : (int) (position >>> (64 - bits));
  }

  /** The first position of a partition. */
  public static long firstOf(int partition, int partitions) {
    int bits = Integer.numberOfTrailingZeros(partitions);
    return bits == 0 ? 0 : (long) partition << (64 - bits);
  }

  /** Whether two positions are of one run. */
  public static boolean isSameRun(long a, long b) {
    return a >>> BELOW_RUN_BITS == b >>> BELOW_RUN_BITS;
  }

  /** Where the next run begins; 0, the end of the ring, after the last. */
  public static long nextRun(long position) {
    return ((position >>> BELOW_RUN_BITS) + 1) << BELOW_RUN_BITS;
  }
}
