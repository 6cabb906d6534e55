package io.cartwheel.cluster.transport;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Something that will have happened once: a thread that is no loop's may wait for it. */
public final class Completion {
  private final CountDownLatch happened = new CountDownLatch(1);

  /** It has happened; from any thread. */
  public void complete() {
    happened.countDown();
  }

  /**
   * Waits for it.
   *
   * @return false where it has not happened after so long, or the thread was interrupted
   */
  public boolean await(long timeoutMillis) {
    try {
      return happened.await(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
