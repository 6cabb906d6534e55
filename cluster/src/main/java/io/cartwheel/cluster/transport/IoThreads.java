package io.cartwheel.cluster.transport;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The threads of a process that may wait for the disk, a fixed number. Their queue has no bound of
 * its own: whoever hands them work bounds it, and answers that it is too busy.
 */
public final class IoThreads implements Executor, AutoCloseable {
  private static final long CLOSE_TIMEOUT_SECONDS = 10;

  private final ThreadPoolExecutor pool;
  private final Consumer<Throwable> onBroken;

  /**
   * @param count more than there are loops: each may have a long walk under way
   * @param onBroken told of an exception that escapes a task: the process must stop
   */
  public IoThreads(int count, Consumer<Throwable> onBroken) {
    this.onBroken = onBroken;
    this.pool =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("cartwheel-io"));
  }

  /** After the close tasks are dropped. */
  @Override
  public void execute(Runnable task) {
    if (!pool.isShutdown()) {
      pool.execute(() -> run(task));
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) { // The edge of the thread.
      onBroken.accept(e);
    }
  }

  /** Ends what is queued, and the threads; returns when they have ended or some seconds passed. */
  @Override
  public void close() {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
