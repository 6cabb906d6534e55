package io.cartwheel.resp.command.quorum;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs many asynchronous steps, a bounded number of them at once. The stack does not grow where
 * steps end before they return, and nobody waits on a lock where they end on other threads.
 */
public final class Fanout {

  /** One of many. */
  @FunctionalInterface
  public interface Step {
    /**
     * Begins step {@code index}; calls {@code end} exactly once, on any thread, perhaps before it
     * returns.
     */
    void begin(int index, Runnable end);
  }

  private final int count;
  private final int atOnce;
  private final Step step;
  private final Runnable done;
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger wakeups = new AtomicInteger();

  /** Only touched by whoever brought {@link #wakeups} from 0. */
  private int begun;

  private Fanout(int count, int atOnce, Step step, Runnable done) {
    this.count = count;
    this.atOnce = atOnce;
    this.step = step;
    this.done = done;
  }

  /**
   * Begins steps 0 to {@code count}, in order.
   *
   * @param done called once after the last has ended; sees what the steps wrote before they ended
   */
  public static void run(int count, int atOnce, Step step, Runnable done) {
    if (count == 0) {
      done.run();
    } else {
      new Fanout(count, atOnce, step, done).advance();
    }
  }

  private void advance() {
    if (wakeups.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      while (begun < count && begun - ended.get() < atOnce) {
        step.begin(begun++, this::onEnd);
      }
      seen = wakeups.addAndGet(-seen);
    }
  }

  private void onEnd() {
    if (ended.incrementAndGet() == count) {
      done.run();
    } else {
      advance();
    }
  }
}
