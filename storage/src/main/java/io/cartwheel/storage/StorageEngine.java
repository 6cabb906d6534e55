package io.cartwheel.storage;

import java.nio.file.Path;
import java.util.Map;

/**
 * Named tables of ordered byte keys on one disk directory (or in memory). Keys order as unsigned
 * bytes, shorter first.
 *
 * <p>Every method may be called from any thread. Byte arrays passed in are not copied and must not
 * be changed afterwards; arrays handed out belong to the caller. A failed write or sync throws
 * {@link StorageException}, and the engine must be taken as broken: a caller stops the process
 * rather than retry, because nobody can tell what the disk kept. The engine itself refuses
 * everything from then on. A call after {@link #close} throws {@link IllegalStateException}, also
 * for iterators; calls that are inside when it begins are waited for. A table that the engine was
 * not opened with is an {@link IllegalArgumentException}.
 */
public interface StorageEngine extends AutoCloseable {

  /** The value under {@code key}, or null. May wait for the disk. */
  byte[] get(Table table, byte[] key);

  /**
   * As {@link #get}, but never waits for the disk: returns {@link #COLD} (compare by identity)
   * where the answer is not in memory, so that an event loop can hand the read to a thread that may
   * block.
   */
  byte[] getIfWarm(Table table, byte[] key);

  /** What {@link #getIfWarm} returns where only the disk knows. */
  byte[] COLD = new byte[0];

  /**
   * A snapshot of the entries with {@code from <= key < to}, in order; a null bound is open. It is
   * taken when this returns, without waiting for the disk; the walk may wait. Later writes are not
   * seen. The caller closes it, on any thread but one at a time.
   */
  StorageIterator iterate(Table table, byte[] from, byte[] to);

  /** An empty batch for {@link #write}. Not safe for use by several threads at once. */
  WriteBatch newBatch();

  /**
   * Applies the whole batch or nothing, in the order of its calls, and returns when it is as
   * durable as asked.
   */
  void write(WriteBatch batch, Durability durability);

  /**
   * As {@link #write}, but does not wait for the engine's own background work: where that is so far
   * behind that a write would be held up, nothing is written, and the caller may try the same batch
   * again later. For an event loop, which has other things to do meanwhile. An engine that holds
   * nobody up has nothing to add.
   *
   * @return false where nothing was written
   */
  default boolean tryWrite(WriteBatch batch, Durability durability) {
    write(batch, durability);
    return true;
  }

  /** Returns when everything written before is on the disk. */
  void sync();

  /**
   * Writes a copy that can be opened as a data directory, consistent at one moment, into the absent
   * {@code target}. A failure, also an existing target, is a {@link StorageException} that does not
   * break the engine and leaves no target.
   */
  void checkpoint(Path target);

  /** About how many bytes the range takes, without reading it; bounds as in {@link #iterate}. */
  long approximateSizeBytes(Table table, byte[] from, byte[] to);

  /**
   * What the engine says of itself just now, by name, units in the names; nothing by default. This
   * is where write stalls can be seen. Cheap enough to be asked once a second.
   */
  default Map<String, Long> gauges() {
    return Map.of();
  }

  /** Syncs and closes. Idempotent. Open iterators become unusable. */
  @Override
  void close();
}
