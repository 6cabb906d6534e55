package io.cartwheel.storage;

/**
 * A walk in key order over a snapshot. Starts before the first entry. Not safe for use by several
 * threads at once.
 */
public interface StorageIterator extends AutoCloseable {
  /** Moves to the next entry; false when there is none. */
  boolean next();

  /** The key of the present entry. */
  byte[] key();

  /** The value of the present entry. */
  byte[] value();

  @Override
  void close();
}
