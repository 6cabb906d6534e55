package io.cartwheel.resp.command.quorum;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Repeats an asynchronous step until it says that it is the last. The stack does not grow where a
 * step ends before it returns.
 */
public final class Repetition {
  private final Consumer<Runnable> step;
  private final AtomicInteger wakeups = new AtomicInteger();

  private Repetition(Consumer<Runnable> step) {
    this.step = step;
  }

  /**
   * @param step is given what it calls, at most once, on any thread, to be run again
   */
  public static void run(Consumer<Runnable> step) {
    new Repetition(step).again();
  }

  private void again() {
    if (wakeups.getAndIncrement() == 0) {
      do {
        step.accept(this::again);
      } while (wakeups.decrementAndGet() != 0);
    }
  }
}
