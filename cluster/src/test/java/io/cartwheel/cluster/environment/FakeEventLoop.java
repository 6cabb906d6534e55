package io.cartwheel.cluster.environment;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * An event loop in {@link SimulatedTime}: turns with their phases, and timers. Made by {@link
 * SimulatedTime#newLoop}. A task that arrives during a turn runs in it or in the next one, as the
 * seed has it.
 */
public final class FakeEventLoop implements EventLoop {
  private static final Phase[] PHASES = Phase.values();
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final SimulatedTime time;
  private final SplittableRandom random;
  private final Queue<Runnable> arrived = new ArrayDeque<>();
  private final Map<Phase, Queue<Runnable>> turnEnd = new EnumMap<>(Phase.class);
  private Phase lastPhaseBegun;
  private boolean turnIsDue;
  private boolean running;
  private boolean stopped;
  private boolean paused;
  private Consumer<RuntimeException> onFailure;
  private LongSupplier stallNanos = () -> 0;
  private double rate = 1;
  private long heldNanos;
  private long heldUntilNanos;

  /** Index of the phase that comes next in the turn under way, -1 between turns. */
  private int nextPhase = -1;

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

  /** The process gets no time: what arrives waits, timers too, until {@link #resume}. */
  public void pause() {
    paused = true;
  }

  /** The process goes on, with all that has arrived since at once. */
  public void resume() {
    paused = false;
    if (turnIsDue || nextPhase >= 0) {
      wakeAfter(0);
    }
  }

  /**
   * The thread waits: what comes after the present phase of the turn happens so much later. Only in
   * a turn.
   */
  public void hold(long nanos) {
    if (!running) {
      throw new IllegalStateException("hold outside a turn");
    }
    heldNanos += nanos;
  }

  /** Who is told of what a task throws; without, it ends the test. */
  public void setOnFailure(Consumer<RuntimeException> handler) {
    onFailure = handler;
  }

  /**
   * How long the thread is held up in each turn after its messages have left, before its commit.
   */
  public void setStall(LongSupplier nanos) {
    stallNanos = nanos;
  }

  /** How fast this machine's clock runs: a timer of a fast one is early. */
  public void setRate(double clockRate) {
    rate = clockRate;
  }

  /** How many turns have begun. */
  public long turns() {
    return turns;
  }

  private void turnWillFollow() {
    if (!turnIsDue) {
      turnIsDue = true;
      if (nextPhase < 0 && !paused) {
        wakeAfter(0);
      }
    }
  }

  private void wakeAfter(long nanos) {
    time.after(
        nanos,
        () -> {
          boolean isHeld = time.monotonicNanos() < heldUntilNanos;
          if ((turnIsDue || nextPhase >= 0) && !paused && !running && !isHeld) {
            runTurn();
          }
        });
  }

  private void runTurn() {
    if (running) {
      throw new IllegalStateException("a turn within a turn");
    }
    if (stopped) {
      return;
    }
    running = true;
    try {
      if (nextPhase < 0) {
        turnIsDue = false;
        turns++;
        nextPhase = 0;
        runArrived();
      }
      while (heldNanos == 0 && nextPhase < PHASES.length && !stopped) {
        lastPhaseBegun = PHASES[nextPhase];
        nextPhase++;
        Queue<Runnable> tasks = turnEnd.get(lastPhaseBegun);
        for (int n = tasks.size(); n > 0 && !stopped; n--) {
          tasks.remove().run();
        }
        if (lastPhaseBegun == Phase.SEND && !turnEnd.get(Phase.COMMIT).isEmpty()) {
          heldNanos += stallNanos.getAsLong();
        }
      }
    } catch (RuntimeException failure) {
      if (onFailure == null) {
        throw failure;
      }
      onFailure.accept(failure);
    } finally {
      lastPhaseBegun = null;
      running = false;
    }
    afterTurn();
  }

  private void runArrived() {
    do {
      for (int n = arrived.size(); n > 0 && !stopped; n--) {
        arrived.remove().run();
      }
    } while (!stopped && !arrived.isEmpty() && random.nextBoolean());
  }

  /** The turn has ended, or is held up. */
  private void afterTurn() {
    if (heldNanos > 0) {
      heldUntilNanos = time.monotonicNanos() + heldNanos;
      wakeAfter(heldNanos);
      heldNanos = 0;
      return;
    }
    nextPhase = -1;
    if (turnIsDue || !arrived.isEmpty()) {
      turnIsDue = true;
      wakeAfter(0);
    }
  }

  private final class FakeTimer implements Timer {
    private final SimulatedTime.Event event;
    private boolean cancelled;

    FakeTimer(long delayMillis, Runnable task) {
      event =
          time.after(
              (long) (delayMillis * NANOS_PER_MILLI / rate),
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
