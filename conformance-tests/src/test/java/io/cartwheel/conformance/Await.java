package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for a state, and prints how long it took. */
final class Await {
  private Await() {}

  /** A condition that may throw. */
  interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns in ms how long it took until the condition held; fails past the deadline. */
  static long until(String what, long deadlineMillis, Condition condition) {
    long tookMillis = quietly(what, deadlineMillis, condition);
    System.out.println(what + ": after " + tookMillis + " ms");
    return tookMillis;
  }

  /** As {@link #until}, and prints nothing. */
  static long quietly(String what, long deadlineMillis, Condition condition) {
    long start = System.nanoTime();
    Exception last = null;
    while (true) {
      try {
        if (condition.holds()) {
          break;
        }
      } catch (Exception e) {
        last = e;
      }
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) > deadlineMillis) {
        fail(what + ": not within " + deadlineMillis + " ms", last);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }
}
