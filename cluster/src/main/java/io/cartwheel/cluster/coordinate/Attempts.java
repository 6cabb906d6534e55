package io.cartwheel.cluster.coordinate;

/**
 * What may be done next for a write that its coordinator has not answered. Pure.
 *
 * <p>A write whose past does not depend on what its coordinator computes is sent again once the
 * attempt before can no longer begin; a read-modify-write only on proof that none before executed.
 */
final class Attempts {
  /** How a write stands. */
  enum State {
    /** Nothing is under way; an attempt may be sent. */
    READY,
    /** An attempt has left and may execute until its deadline. */
    UNDER_WAY,
    /** The last attempt may have executed, and none may follow; only its answer ends the wait. */
    WAITING
  }

  private final boolean resendable;
  private State state = State.READY;
  private int sent;
  private boolean repeated;
  private boolean mayHaveExecuted;

  /**
   * @param resendable whether it may execute twice without harm
   */
  Attempts(boolean resendable) {
    this.resendable = resendable;
  }

  State state() {
    return state;
  }

  /** Whether another attempt may follow one that was not answered. */
  boolean isResendable() {
    return resendable;
  }

  /** The number of the last attempt, from 1; 0 where none was made. */
  int number() {
    return sent;
  }

  /** Whether an attempt went before that may have executed. */
  boolean isRetry() {
    return mayHaveExecuted;
  }

  /** Whether it has executed for all that is known, or yet may. */
  boolean mayTakeEffect() {
    return mayHaveExecuted || state != State.READY;
  }

  void onSent() {
    require(State.READY);
    state = State.UNDER_WAY;
    sent++;
  }

  /** The attempt did not leave, or was refused: it has not executed. */
  void onNotExecuted() {
    state = State.READY;
    repeated = false;
  }

  /**
   * The coordinator refused the attempt because it came late.
   *
   * @return whether it is to be repeated at that node, by its clock
   */
  boolean onLate() {
    state = State.READY;
    boolean again = !repeated;
    repeated = again;
    return again;
  }

  /** The attempt's deadline has passed without an answer. */
  void onDeadline() {
    require(State.UNDER_WAY);
    repeated = false;
    if (resendable) {
      mayHaveExecuted = true;
      state = State.READY;
    } else {
      state = State.WAITING;
    }
  }

  private void require(State expected) {
    if (state != expected) {
      throw new IllegalStateException(state + ", not " + expected);
    }
  }
}
