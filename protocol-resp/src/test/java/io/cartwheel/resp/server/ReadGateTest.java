package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.resp.server.ReadGate.Load;
import org.junit.jupiter.api.Test;

class ReadGateTest {
  private final ReadGate gate = new ReadGate(new ServerLimits(8, 1000, null, 0, 100, 500));

  @Test
  void admits_upToEachLimit() {
    assertTrue(gate.admits(new Load(7, 1000, 100, 0)));
    assertFalse(gate.admits(new Load(8, 0, 0, 0)));
    assertFalse(gate.admits(new Load(0, 1001, 0, 0)));
    assertFalse(gate.admits(new Load(0, 0, 101, 0)));
  }

  @Test
  void admits_fewerCommandsAtOnceWhereRepliesAreLarge_butAlwaysOne() {
    assertTrue(gate.admits(new Load(1, 0, 0, 500)));
    assertFalse(gate.admits(new Load(2, 0, 0, 500)));
    assertTrue(gate.admits(new Load(0, 0, 0, 1_000_000)));
    assertFalse(gate.admits(new Load(1, 0, 0, 1_000_000)));
  }

  @Test
  void resumes_whereHalfIsFree_andAlwaysWhereNothingWaits() {
    assertFalse(gate.resumes(new Load(5, 0, 0, 0)));
    assertTrue(gate.resumes(new Load(4, 0, 50, 0)));
    assertFalse(gate.resumes(new Load(4, 0, 51, 0)));
    assertTrue(gate.resumes(new Load(0, 0, 0, Long.MAX_VALUE)));
  }

  @Test
  void overflows_pastTheHardLimit() {
    assertFalse(gate.overflows(new Load(0, 0, 500, 0)));
    assertTrue(gate.overflows(new Load(0, 0, 501, 0)));
  }
}
