package io.cartwheel.cluster.environment;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;

/**
 * An event loop in {@link SimulatedTime}: turns with their phases, and timers. Made by {@link
 * SimulatedTime#newLoop}. A task that arrives during a turn runs in it or in the next one, as the
 * seed has it.
 */
public final class FakeEventLoop implements EventLoop {
  private final SimulatedTime time;
  private final SplittableRandom random;
  private final Queue<Runnable> arrived = new ArrayDeque<>();
  private final Map<Phase, Queue<Runnable>> turnEnd = new EnumMap<>(Phase.class);
  private Phase lastPhaseBegun;
  private boolean turnIsDue;
  private boolean running;
  private boolean stopped;
  private boolean paused;
  private long turns;

  FakeEventLoop(SimulatedTime time, SplittableRandom random) {
    this.time = time;
    this.random = random;
    for (Phase phase : Phase.values()) {
      turnEnd.put(phase, new ArrayDeque<>());
    }
  }

  @Override
  public void execute(Runnable task) {
    arrived.add(task);
    turnWillFollow();
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    return new FakeTimer(delayMillis, task);
  }

  @Override
  public boolean inLoop() {
    return running;
  }

  @Override
  public void atTurnEnd(Phase phase, Runnable task) {
    if (!running) {
      throw new IllegalStateException("atTurnEnd outside the loop");
    }
    turnEnd.get(phase).add(task);
    if (lastPhaseBegun != null && phase.compareTo(lastPhaseBegun) <= 0) {
      turnWillFollow();
    }
  }

  /** Runs {@code task} in a turn of its own (with what waits already), to the end of that turn. */
  public void runTurn(Runnable task) {
    boolean[] ran = {false};
    execute(
        () -> {
          task.run();
          ran[0] = true;
        });
    while (!ran[0]) {
      runTurn();
    }
  }

  /** The machine is gone: nothing more runs on this loop. */
  public void stop() {
    stopped = true;
  }

  /** The process stands still while time goes on: what arrives and what falls due waits. */
  public void pause() {
    paused = true;
  }

  /** The process goes on. */
  public void resume() {
    paused = false;
    turnIsDue = false;
    turnWillFollow();
  }

  /** How many turns have begun. */
  public long turns() {
    return turns;
  }

  private void turnWillFollow() {
    if (!turnIsDue) {
      turnIsDue = true;
      time.after(
          0,
          () -> {
            if (turnIsDue && !paused) {
              runTurn();
            }
          });
    }
  }

  private void runTurn() {
    if (running) {
      throw new IllegalStateException("a turn within a turn");
    }
    turnIsDue = false;
    if (stopped) {
      return;
    }
    turns++;
    running = true;
    try {
      do {
        for (int n = arrived.size(); n > 0 && !stopped; n--) {
          arrived.remove().run();
        }
      } while (!stopped && !arrived.isEmpty() && random.nextBoolean());
      for (Phase phase : Phase.values()) {
        lastPhaseBegun = phase;
        Queue<Runnable> tasks = turnEnd.get(phase);
        for (int n = tasks.size(); n > 0 && !stopped; n--) {
          tasks.remove().run();
        }
      }
    } finally {
      lastPhaseBegun = null;
      running = false;
    }
    if (!arrived.isEmpty()) {
      turnWillFollow();
    }
  }

  private final class FakeTimer implements Timer {
    private final SimulatedTime.Event event;
    private boolean cancelled;

    FakeTimer(long delayMillis, Runnable task) {
      event =
          time.afterMillis(
              delayMillis,
              () ->
                  execute(
                      () -> {
                        if (!cancelled) {
                          task.run();
                        }
                      }));
    }

    @Override
    public void cancel() {
      cancelled = true;
      event.cancel();
    }
  }
}
