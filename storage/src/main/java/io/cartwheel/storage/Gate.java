package io.cartwheel.storage;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps an engine open while calls are inside, and calls out once it closes. An engine over native
 * memory needs it: a read through a freed pointer ends the process instead of throwing.
 *
 * <p>The state is the number of calls inside, plus {@link #SHUT}. One compare-and-set to enter and
 * one to leave, which is small beside what an engine does in between; a lock per call would cost
 * more and would make readers wait behind a closer that waits for them.
 */
public final class Gate {
  private static final int SHUT = 1 << 30;

  private final AtomicInteger state = new AtomicInteger();
  private volatile Thread closer;

  /** Enters, unless the gate is shut. A caller that got true calls {@link #leave}. */
  public boolean tryEnter() {
    while (true) {
      int seen = state.get();
      if ((seen & SHUT) != 0) {
        return false;
      }
      if (state.compareAndSet(seen, seen + 1)) {
        return true;
      }
    }
  }

  /** Leaves after {@link #tryEnter}. */
  public void leave() {
    if (state.decrementAndGet() == SHUT) {
      LockSupport.unpark(closer);
    }
  }

  /**
   * Lets nobody in any more and returns when everybody has left. False when the gate was shut
   * before; then it doesn't wait. A thread that is inside must not call it.
   */
  public boolean shut() {
    while (true) {
      int seen = state.get();
      if ((seen & SHUT) != 0) {
        return false;
      }
      closer = Thread.currentThread();
      if (state.compareAndSet(seen, seen | SHUT)) {
        break;
      }
    }
    boolean interrupted = false;
    while (state.get() != SHUT) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  /** Whether {@link #shut} was called. */
  public boolean isShut() {
    return (state.get() & SHUT) != 0;
  }
}
