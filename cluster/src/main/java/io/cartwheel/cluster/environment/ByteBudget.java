package io.cartwheel.cluster.environment;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Room for bytes that a node keeps for others: whoever is to keep some asks before, and says so
 * when they are gone. One budget is shared by all who keep bytes of one kind, so it bounds their
 * sum.
 *
 * <p>Three sizes are treated apart. <em>Small</em> pieces may use all of the room; others leave an
 * eighth of it free, so that large values never keep the short answers out that say there is no
 * room. A piece that is not small and larger than half the room is <em>outsized</em>: it finds room
 * whenever no other outsized one is in, beside what is there. So even what is larger than the whole
 * room passes in the end, one at a time, and holds nobody else up. What is kept is at most the room
 * and one outsized piece.
 *
 * <p>Safe for use by all threads.
 */
public final class ByteBudget {
  /** A piece of so many bytes at the most is small. */
  public static final int SMALL_BYTES = 64 << 10;

  /** One part in so many is left to small pieces. */
  private static final int SMALL_SHARE = 8;

  private final long maxBytes;
  private final long maxBytesBesideSmall;
  private final AtomicLong shared = new AtomicLong();

  /** The bytes of the outsized piece, 0 for none. */
  private final AtomicLong outsized = new AtomicLong();

  /**
   * @param maxBytes the room
   */
  public ByteBudget(long maxBytes) {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("room for " + maxBytes + " bytes");
    }
    this.maxBytes = maxBytes;
    this.maxBytesBesideSmall = maxBytes - maxBytes / SMALL_SHARE;
  }

  /** A budget that is never exhausted. */
  public static ByteBudget unlimited() {
    return new ByteBudget(Long.MAX_VALUE);
  }

  /**
   * Takes room for one piece.
   *
   * @param bytes 0 or more
   * @return false where there is none, and none is taken
   */
  public boolean take(long bytes) {
    if (isOutsized(bytes)) {
      return outsized.compareAndSet(0, bytes);
    }
    long limit = bytes <= SMALL_BYTES ? maxBytes : maxBytesBesideSmall;
    long before = shared.get();
    while (before + bytes <= limit) {
      if (shared.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = shared.get();
    }
    return false;
  }

  /** Gives back the room of one piece, as it was taken; of small ones also several at once. */
  public void giveBack(long bytes) {
    boolean known =
        isOutsized(bytes) ? outsized.compareAndSet(bytes, 0) : shared.addAndGet(-bytes) >= 0;
    if (!known) {
      throw new IllegalStateException(bytes + " bytes given back that were not taken");
    }
  }

  /** Whether a piece of so many bytes is the one beside the room, as described above. */
  public boolean isOutsized(long bytes) {
    return bytes > SMALL_BYTES && bytes > maxBytes / 2;
  }

  /** What is kept now, but for the outsized piece. */
  public long sharedBytes() {
    return shared.get();
  }

  /** What is kept now. */
  public long bytes() {
    return shared.get() + outsized.get();
  }

  public long maxBytes() {
    return maxBytes;
  }
}
