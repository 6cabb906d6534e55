package io.cartwheel.cluster.antientropy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AdmissionTest {
  @Test
  void aLateLoop_stretchesThePauses_andAQuietOneLetsThemGo() {
    Admission admission = new Admission();
    assertEquals(0, admission.pauseMillis());

    int before = 0;
    for (int i = 0; i < 4; i++) {
      admission.onTimer(20_000_000);
      assertTrue(admission.pauseMillis() > before);
      before = admission.pauseMillis();
    }
    for (int i = 0; i < 20; i++) {
      admission.onTimer(20_000_000);
    }
    assertEquals(Admission.MAX_PAUSE_MILLIS, admission.pauseMillis());

    for (int i = 0; i < 10; i++) {
      admission.onTimer(500_000);
    }
    assertEquals(0, admission.pauseMillis());
  }
}
