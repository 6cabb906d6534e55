package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/**
 * Something that a shard has under way: its calls to peers and its one timer end with it. On the
 * shard's loop only.
 */
abstract class Operation {
  static final long NANOS_PER_MILLI = 1_000_000;

  final CoordinatorShard shard;
  private final List<Long> calls = new ArrayList<>(2);
  private EventLoop.Timer timer;
  private long timerNanos;
  private boolean ended;

  Operation(CoordinatorShard shard) {
    this.shard = shard;
    shard.onBegun(this);
  }

  /** The timer has run. */
  abstract void onTimer();

  /** A peer can be reached again. */
  abstract void onReachable(NodeName peer);

  final boolean isEnded() {
    return ended;
  }

  final Predicate<NodeName> reachable() {
    return shard::isReachable;
  }

  /**
   * Sends a request, whose reply goes to {@code answer} until this operation ends.
   *
   * @return the id, or 0 where it certainly did not leave
   */
  final long call(NodeName to, Calls.Answer answer, LongFunction<Message> message) {
    long id = shard.calls().nextId();
    if (!shard.ports().peers().send(to, message.apply(id))) {
      return 0;
    }
    shard.calls().open(id, to, answer);
    calls.add(id);
    return id;
  }

  final void closeCall(long id) {
    shard.calls().close(id);
    calls.remove(id);
  }

  /** Sets the timer, unless it is set to an earlier moment. */
  final void setTimer(long delayNanos) {
    long due = shard.nanos() + delayNanos;
    if (ended || (timer != null && timerNanos <= due)) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    timerNanos = due;
    long millis = Math.max(1, (delayNanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
    timer = shard.ports().loop().schedule(millis, this::runTimer);
  }

  private void runTimer() {
    timer = null;
    long leftNanos = timerNanos - shard.nanos();
    if (ended) {
      return;
    }
    if (leftNanos >= NANOS_PER_MILLI) {
      // By the shard's own time, which may stand still, the moment has not come.
      setTimer(leftNanos);
    } else {
      onTimer();
    }
  }

  final void end() {
    if (!ended) {
      ended = true;
      calls.forEach(shard.calls()::close);
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
      shard.onEnded(this);
    }
  }
}
