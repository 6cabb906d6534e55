package io.cartwheel.conformance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How late what is due on a disk may be through no fault of who asks for it: threads that write to
 * a file of their own on each disk whenever it is due, and see how much later they have done so. On
 * a busy machine that is long. They sync nothing: the power goes when a node syncs.
 */
final class DiskProbe implements AutoCloseable {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private long latestNanos;

  /** Begins; directories on the disks. */
  DiskProbe(List<Path> directories) {
    for (Path directory : directories) {
      Thread thread = new Thread(() -> run(directory), "writes in " + directory.getFileName());
      threads.add(thread);
      thread.start();
    }
  }

  private void run(Path directory) {
    long due = System.nanoTime() + PERIOD_NANOS;
    try {
      Path file = Files.createTempFile(directory, "probe", null);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        while (!stopped) {
          due = System.nanoTime() + PERIOD_NANOS;
          LockSupport.parkNanos(PERIOD_NANOS);
          channel.write(ByteBuffer.wrap(new byte[] {1}), 0);
          onWritten(System.nanoTime() - due);
        }
      }
    } catch (IOException e) {
      // The disk is without power: what was due by now would have been that late at least.
      onWritten(System.nanoTime() - due);
    }
  }

  private synchronized void onWritten(long lateNanos) {
    latestNanos = Math.max(latestNanos, lateNanos);
  }

  /** So late was the latest. */
  synchronized long latestMillis() {
    return TimeUnit.NANOSECONDS.toMillis(latestNanos);
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
