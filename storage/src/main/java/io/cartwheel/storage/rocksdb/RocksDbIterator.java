package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.StorageIterator;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A walk over RocksDB's own snapshot iterator. Its native parts are freed once, by whoever closes
 * first: the caller, inside the engine's gate, or the engine, after shutting it.
 */
final class RocksDbIterator implements StorageIterator {
  private final RocksDbEngine engine;
  private final byte[] from;
  private final ReadOptions options;
  private final Slice upperBound;
  private final RocksIterator entries;
  private boolean started;
  private boolean present;
  private boolean closed;

  /** Takes the snapshot; the caller is inside the engine's gate. */
  RocksDbIterator(
      RocksDbEngine engine, RocksDB db, ColumnFamilyHandle handle, byte[] from, byte[] to) {
    this.engine = engine;
    this.from = from;
    this.options = new ReadOptions();
    if (to == null) {
      upperBound = null;
    } else {
      // RocksDB wants a lower bound that is below the upper one; an empty range ends where it is.
      boolean empty = from != null && Arrays.compareUnsigned(from, to) > 0;
      upperBound = new Slice(empty ? from : to);
      options.setIterateUpperBound(upperBound);
    }
    this.entries = db.newIterator(handle, options);
  }

  @Override
  public synchronized boolean next() {
    enter();
    try {
      if (!started) {
        started = true;
        if (from == null) {
          entries.seekToFirst();
        } else {
          entries.seek(from);
        }
      } else if (present) {
        entries.next();
      }
      present = entries.isValid();
      if (!present) {
        entries.status();
      }
      return present;
    } catch (RocksDBException e) {
      throw engine.failedRead(e);
    } finally {
      engine.gate().leave();
    }
  }

  @Override
  public synchronized byte[] key() {
    enter();
    try {
      requirePresent();
      return entries.key();
    } finally {
      engine.gate().leave();
    }
  }

  @Override
  public synchronized byte[] value() {
    enter();
    try {
      requirePresent();
      return entries.value();
    } finally {
      engine.gate().leave();
    }
  }

  @Override
  public void close() {
    if (!engine.gate().tryEnter()) {
      // The engine frees, or has freed, what is left.
      return;
    }
    try {
      free();
      engine.forget(this);
    } finally {
      engine.gate().leave();
    }
  }

  /** Frees the native parts, if nobody has. */
  synchronized void free() {
    if (!closed) {
      closed = true;
      entries.close();
      options.close();
      if (upperBound != null) {
        upperBound.close();
      }
    }
  }

  private void enter() {
    engine.enter();
    if (closed) {
      engine.gate().leave();
      throw new IllegalStateException("this iterator is closed");
    }
  }

  private void requirePresent() {
    if (!present) {
      throw new NoSuchElementException("next() was not called, or returned false");
    }
  }
}
