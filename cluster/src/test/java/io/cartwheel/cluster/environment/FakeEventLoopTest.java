package io.cartwheel.cluster.environment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FakeEventLoopTest {
  private final SimulatedTime time = new SimulatedTime(1);
  private final FakeEventLoop loop = time.newLoop();
  private final List<String> log = new ArrayList<>();

  @Test
  void phasesRunInOrderAfterAllTasks() {
    loop.execute(
        () -> {
          loop.atTurnEnd(Phase.FLUSH, () -> log.add("flush"));
          loop.atTurnEnd(Phase.SEND, () -> log.add("send"));
          loop.atTurnEnd(Phase.RELEASE, () -> log.add("release"));
          loop.atTurnEnd(Phase.COMMIT, () -> log.add("commit"));
        });
    loop.execute(() -> log.add("task"));

    time.settle();

    assertEquals(List.of("task", "send", "commit", "release", "flush"), log);
    assertEquals(1, loop.turns());
  }

  @Test
  void registrationForAnEarlierPhaseRunsInAFurtherTurnAtOnce() {
    loop.execute(
        () ->
            loop.atTurnEnd(
                Phase.RELEASE,
                () -> {
                  log.add("release");
                  loop.atTurnEnd(Phase.COMMIT, () -> log.add("second commit"));
                  loop.atTurnEnd(Phase.FLUSH, () -> log.add("flush"));
                }));

    time.settle();

    assertEquals(List.of("release", "flush", "second commit"), log);
    assertEquals(2, loop.turns());
  }

  @Test
  void timersRunWhenTheyAreDueUnlessCancelled() {
    loop.schedule(10, () -> log.add("late"));
    EventLoop.Timer cancelled = loop.schedule(5, () -> log.add("cancelled"));
    loop.schedule(5, () -> log.add("early"));
    loop.execute(cancelled::cancel);

    time.advanceMillis(5);
    assertEquals(List.of("early"), log);
    time.advanceMillis(5);
    assertEquals(List.of("early", "late"), log);
  }

  @Test
  void tasksKeepTheirOrderWhateverTheSeed() {
    for (long seed = 0; seed < 50; seed++) {
      SimulatedTime seeded = new SimulatedTime(seed);
      FakeEventLoop seededLoop = seeded.newLoop();
      List<Integer> order = new ArrayList<>();
      seededLoop.execute(
          () -> {
            order.add(0);
            seededLoop.execute(() -> order.add(3));
            seededLoop.execute(() -> order.add(4));
          });
      seededLoop.execute(() -> order.add(1));
      seededLoop.execute(() -> order.add(2));
      seeded.settle();
      assertEquals(List.of(0, 1, 2, 3, 4), order, "seed " + seed);
    }
  }
}
