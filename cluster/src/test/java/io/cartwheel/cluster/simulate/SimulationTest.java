package io.cartwheel.cluster.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SimulationTest {
  private static final long SEEDS = Boolean.getBoolean("cartwheel.long") ? 2_000 : 300;

  private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.cartwheel");
  private static Level levelBefore;

  @BeforeAll
  static void silence() {
    levelBefore = LOG.getLevel();
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(levelBefore);
  }

  /** Whether every promise is kept under all faults, and every fault is reached. */
  @Test
  void fixedSeeds_keepAllPromises() throws InterruptedException {
    Fault.Counts reached = new Fault.Counts();
    Excuse.Counts excused = new Excuse.Counts();
    List<Report> failed = new ArrayList<>();
    new Seeds(0, 0, true, Run.SILENT)
        .run(
            0,
            SEEDS - 1,
            report -> {
              reached.addAll(report.counts());
              excused.addAll(report.excuses());
              if (!report.passed()) {
                failed.add(report);
              }
              return true;
            });
    System.out.println(SEEDS + " seeds; reached: " + reached + "; excused: " + excused);
    assertTrue(
        failed.isEmpty(),
        () ->
            failed.size()
                + " failed; repeat the first by deploy/bin/simulate --seed "
                + failed.get(0).plan().seed()
                + "\n"
                + failed.get(0));
    for (Fault fault : Fault.values()) {
      assertTrue(
          reached.of(fault) > 0 || fault == Fault.EXECUTED_LATE,
          fault.label() + " was never reached");
    }
  }

  @Test
  void seedsDiffer() {
    Report one = Run.of(Plan.draw(1, 3, 20), Run.SILENT);
    Report other = Run.of(Plan.draw(2, 3, 20), Run.SILENT);
    assertNotEquals(one.trace(), other.trace());
  }

  @Test
  void oneNodeAloneKeepsItsPromises() {
    for (long seed = 0; seed < 10; seed++) {
      Report report = new Seeds(1, 60, true, Run.SILENT).one(seed);
      assertNull(report.failure(), report.toString());
      assertEquals(1, report.plan().nodes());
    }
  }
}
