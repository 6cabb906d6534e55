package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AttemptsTest {
  @Test
  void beforeTheFirst_nothingMayTakeEffect() {
    Attempts attempts = new Attempts(true);
    assertFalse(attempts.mayTakeEffect());
    assertFalse(attempts.isRetry());
  }

  @Test
  void resendableWrite_isReadyAgainAfterItsDeadline() {
    Attempts attempts = new Attempts(true);
    attempts.onSent();
    attempts.onDeadline();
    assertEquals(Attempts.State.READY, attempts.state());
    assertTrue(attempts.isRetry());
    assertTrue(attempts.mayTakeEffect());
  }

  @Test
  void otherWrite_waitsAfterItsDeadline() {
    Attempts attempts = new Attempts(false);
    attempts.onSent();
    attempts.onDeadline();
    assertEquals(Attempts.State.WAITING, attempts.state());
    assertTrue(attempts.mayTakeEffect());
    assertThrows(IllegalStateException.class, attempts::onSent);
  }

  @Test
  void otherWrite_isSentAgainOnProof() {
    Attempts attempts = new Attempts(false);
    attempts.onSent();
    attempts.onDeadline();
    attempts.onNotExecuted();
    assertEquals(Attempts.State.READY, attempts.state());
    assertFalse(attempts.isRetry());
    assertFalse(attempts.mayTakeEffect());
  }

  @Test
  void lateAttempt_isRepeatedAtItsNodeOnce() {
    Attempts attempts = new Attempts(false);
    attempts.onSent();
    assertTrue(attempts.onLate());
    attempts.onSent();
    assertFalse(attempts.onLate());
    attempts.onNotExecuted();
    attempts.onSent();
    assertTrue(attempts.onLate());
  }

  @Test
  void proofOfALaterAttempt_doesNotProveAnEarlierOne() {
    Attempts attempts = new Attempts(true);
    attempts.onSent();
    attempts.onDeadline();
    attempts.onSent();
    attempts.onNotExecuted();
    assertTrue(attempts.mayTakeEffect());
    assertTrue(attempts.isRetry());
  }
}
