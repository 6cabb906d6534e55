package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;

/**
 * {@code fsync = everysec}: once a second, where something was written that asks for it, brings
 * everything to the disk, off the loop. One for the node, on one shard's loop. A sync that takes
 * longer is not joined by a second one; the next begins with the next second.
 */
public final class Syncer {
  static final long PERIOD_MILLIS = 1_000;

  private final EventLoop loop;
  private final Disk disk;
  private boolean syncing;

  public Syncer(EventLoop loop, Disk disk) {
    this.loop = loop;
    this.disk = disk;
  }

  /** Begins; from any thread, once. */
  public void start() {
    loop.schedule(PERIOD_MILLIS, this::onSecond);
  }

  private void onSecond() {
    if (disk.isBroken()) {
      return;
    }
    loop.schedule(PERIOD_MILLIS, this::onSecond);
    if (!syncing && disk.isSyncDue()) {
      syncing = true;
      disk.onIo(disk::sync, loop, ignored -> syncing = false);
    }
  }
}
