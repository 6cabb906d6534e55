package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.StoredRow;
import java.util.function.BiConsumer;

/**
 * Brings rows from the disk to a shard's loop. What was read and has not been taken yet is bounded
 * by its bytes: a row for which there is no room is dropped on the I/O thread, and read again.
 * Begins on the loop only.
 */
final class RowLoader {
  /** By then some of what fills the room has been taken. */
  private static final long AGAIN_MILLIS = 5;

  /** A row that was read, and the room that was taken for it. */
  private record Loaded(StoredRow row, long bytes) {}

  private final EventLoop loop;
  private final Disk disk;
  private final ByteBudget room;
  private final BiConsumer<Key, StoredRow> taken;

  /**
   * @param room for rows that wait for their loops
   * @param taken called on the loop
   */
  RowLoader(EventLoop loop, Disk disk, ByteBudget room, BiConsumer<Key, StoredRow> taken) {
    this.loop = loop;
    this.disk = disk;
    this.room = room;
    this.taken = taken;
  }

  /** Begins to read a row; never done where the disk breaks. */
  void load(Key key) {
    long begun = disk.nanos();
    disk.get(key, row -> withRoom(key, row), loop, loaded -> onRead(key, loaded, begun));
  }

  /** On an I/O thread; null where there is no room. */
  private Loaded withRoom(Key key, StoredRow row) {
    long bytes = RowComparison.sizeOf(key.bytes(), row.row());
    return room.take(bytes) ? new Loaded(row, bytes) : null;
  }

  private void onRead(Key key, Loaded loaded, long begunNanos) {
    disk.metrics().coldReadMicros.update(disk.microsSince(begunNanos));
    if (loaded == null) {
      loop.schedule(AGAIN_MILLIS, () -> load(key));
      return;
    }
    taken.accept(key, loaded.row);
    room.giveBack(loaded.bytes);
  }
}
