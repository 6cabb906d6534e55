package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Netty event loop, in turns. Netty reads all sockets that are ready, then runs the tasks that
 * wait, then what was registered for the end of the iteration: that is the end of our turn.
 *
 * <p>An exception that escapes a task is a broken invariant. It is logged and reported once, and
 * from then on this loop runs nothing that comes by this interface: neither the rest of the turn,
 * so that nothing is acknowledged after a commit that failed, nor anything later.
 *
 * <p>After the loop was shut down tasks are dropped.
 */
public final class NettyEventLoop implements EventLoop {
  private static final Logger LOG = LoggerFactory.getLogger(NettyEventLoop.class);
  private static final Phase[] PHASES = Phase.values();

  /** A timer that is later than this was kept from running. */
  private static final long LATE_MILLIS = 5;

  private final int index;
  private final SingleThreadEventLoop netty;
  private final Consumer<Throwable> onBroken;
  private final Runnable endTurn = this::endTurn;
  private final Map<Phase, List<Runnable>> atTurnEnd = new EnumMap<>(Phase.class);
  private List<Runnable> spare = new ArrayList<>();
  private boolean turnEndComes;
  private Phase running;
  private volatile boolean broken;

  /**
   * @param index which of the node's loops this is
   * @param onBroken told once, on the loop, of the exception that broke it
   */
  NettyEventLoop(int index, SingleThreadEventLoop netty, Consumer<Throwable> onBroken) {
    this.index = index;
    this.netty = netty;
    this.onBroken = onBroken;
    for (Phase phase : PHASES) {
      atTurnEnd.put(phase, new ArrayList<>());
    }
  }

  /**
   * Which of the node's loops this is; the shard of the same index runs on it. {@link
   * Transport#CONTROL} for the control loop.
   */
  public int index() {
    return index;
  }

  /** Where channels register whose input belongs to the turns of this loop. */
  public io.netty.channel.EventLoop netty() {
    return netty;
  }

  @Override
  public void execute(Runnable task) {
    try {
      netty.execute(() -> run(task));
    } catch (RejectedExecutionException e) {
      dropped(e);
    }
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    try {
      OneTimer timer = new OneTimer(task, System.nanoTime(), delayMillis);
      timer.scheduled = netty.schedule(timer, delayMillis, TimeUnit.MILLISECONDS);
      return timer;
    } catch (RejectedExecutionException e) {
      dropped(e);
      return () -> {};
    }
  }

  @Override
  public boolean inLoop() {
    return netty.inEventLoop();
  }

  @Override
  public void atTurnEnd(Phase phase, Runnable task) {
    if (!inLoop()) {
      throw new IllegalStateException("atTurnEnd from outside of " + this);
    }
    atTurnEnd.get(phase).add(task);
    if (!turnEndComes) {
      turnEndComes = true;
      netty.executeAfterEventLoopIteration(endTurn);
    }
  }

  /**
   * The phase that runs now, null while the turn takes its input; only on the loop.
   *
   * <p>What is registered for a later phase than this still runs in this turn.
   */
  public Phase running() {
    return running;
  }

  /**
   * Runs {@code task} here and now, as the loop runs its tasks: for handlers of channels, whose
   * exceptions Netty would keep to itself. Only on the loop.
   */
  public void run(Runnable task) {
    if (broken) {
      return;
    }
    try {
      task.run();
    } catch (Throwable e) { // The edge of the loop.
      broken = true;
      LOG.error("{} is broken and stops", this, e);
      onBroken.accept(e);
    }
  }

  /**
   * A timer that comes late, because the loop was held up, lets what has arrived meanwhile run
   * first: it may be just what it was to wait for.
   */
  private final class OneTimer implements Runnable, Timer {
    private final Runnable task;
    private final long lateNanos;
    private volatile Future<?> scheduled;
    private boolean cancelled;

    OneTimer(Runnable task, long nowNanos, long delayMillis) {
      this.task = task;
      this.lateNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(delayMillis + LATE_MILLIS);
    }

    @Override
    public void run() {
      if (System.nanoTime() - lateNanos < 0) {
        NettyEventLoop.this.run(task);
      } else {
        // The end of this iteration, and then a task: between the two sockets are read.
        netty.executeAfterEventLoopIteration(() -> execute(this::runLate));
      }
    }

    private void runLate() {
      if (!cancelled) {
        task.run();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      scheduled.cancel(false);
    }
  }

  private void endTurn() {
    for (Phase phase : PHASES) {
      running = phase;
      List<Runnable> tasks = atTurnEnd.put(phase, spare);
      for (int i = 0; i < tasks.size(); i++) {
        run(tasks.get(i));
      }
      tasks.clear();
      spare = tasks;
    }
    running = null;
    turnEndComes = false;
    for (List<Runnable> tasks : atTurnEnd.values()) {
      if (!tasks.isEmpty()) {
        turnEndComes = true;
      }
    }
    if (turnEndComes) {
      // By way of a task: what is added at the end of an iteration runs at the same end, without
      // a look at the sockets.
      try {
        netty.execute(() -> netty.executeAfterEventLoopIteration(endTurn));
      } catch (RejectedExecutionException e) {
        dropped(e);
      }
    }
  }

  private void dropped(RejectedExecutionException e) {
    if (!netty.isShuttingDown()) {
      throw e;
    }
    LOG.trace("{} is shut down: a task is dropped", this);
  }

  @Override
  public String toString() {
    return index == Transport.CONTROL ? "the control loop" : "loop " + index;
  }
}
