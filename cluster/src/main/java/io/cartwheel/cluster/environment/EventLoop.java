package io.cartwheel.cluster.environment;

/**
 * One thread's worth of work, in turns. In a turn the loop runs everything that has arrived (socket
 * input, tasks, timers), and then the tasks registered with {@link #atTurnEnd}, phase by phase in
 * the order of {@link Phase}.
 */
public interface EventLoop {

  /** What happens at the end of a turn, in this order. */
  enum Phase {
    /** New work of clients begins, after all that has come from the peers was handled. */
    TAKE,
    /**
     * Messages of this turn leave for the peers, before the local store: a dot is never used twice.
     */
    SEND,
    /** The rows staged in this turn are committed as one batch. */
    COMMIT,
    /** What waited for the commit goes on: acknowledgements, replies. */
    RELEASE,
    /** Sockets written to since are flushed, once each. */
    FLUSH
  }

  /**
   * Runs {@code task} on the loop, in this turn or a later one; from any thread. Tasks keep their
   * order.
   */
  void execute(Runnable task);

  /** Runs {@code task} on the loop after the delay; from any thread. */
  Timer schedule(long delayMillis, Runnable task);

  /** Whether the caller runs on this loop. */
  boolean inLoop();

  /**
   * Runs {@code task} once, in {@code phase} at the end of this turn; only on the loop. A task that
   * registers for its own phase or an earlier one is run in a further turn, which follows at once.
   */
  void atTurnEnd(Phase phase, Runnable task);

  /** A scheduled task. */
  interface Timer {
    /** Prevents the task from running, if it has not begun; only on the loop. */
    void cancel();
  }
}
