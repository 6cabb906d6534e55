package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Clients that come just when a fault, or its end, has left a node without what others know: they
 * write the plain keys of which it is the first owner.
 */
final class Ambush implements FaultInjector.Watcher {
  private static final int RETURN_LOOKS = 500;
  private static final long RETURN_LOOK_NANOS = 2_000_000;

  /** Less than a message takes: what a process has missed it is told as soon as it is heard. */
  private static final long WAKING_LOOK_NANOS = 20_000;

  /** Within it what the one write has sent by other links is there when the next one comes. */
  private static final long MOST_PAUSE_NANOS = 50_000_000;

  private final Plan plan;
  private final SimulatedTime time;
  private final List<Machine> machines;
  private final Oracle oracle;
  private final Calm calm;
  private final Workload workload;
  private final Requests requests;
  private final SplittableRandom random;

  Ambush(
      Plan plan,
      SimulatedTime time,
      List<Machine> machines,
      Oracle oracle,
      Calm calm,
      Workload workload,
      Requests requests,
      SplittableRandom random) {
    this.plan = plan;
    this.time = time;
    this.machines = machines;
    this.oracle = oracle;
    this.calm = calm;
    this.workload = workload;
    this.requests = requests;
    this.random = random;
  }

  /**
   * A node has come back. As soon as it sees all others it is asked for plain writes of the keys
   * whose first owner it is: it must not rely on what it has missed.
   */
  @Override
  public void onReturned(Machine at) {
    awaitReturn(at, at.process(), RETURN_LOOKS, RETURN_LOOK_NANOS);
  }

  private void awaitReturn(Machine at, long process, int looks, long lookNanos) {
    if (looks == 0 || workload.isDone() || !at.takesRequests() || at.process() != process) {
      return;
    }
    if (!calm.isNow()) {
      time.after(lookNanos, () -> awaitReturn(at, process, looks - 1, lookNanos));
      return;
    }
    setAllOf(at, at);
  }

  /**
   * Plain writes are forwarded over a link that has become slow; once they are answered, others
   * come from elsewhere, which the first attempts must not overwrite when they arrive after all.
   */
  @Override
  public void onSlowed(Machine from, Machine to) {
    for (String key : oracle.history().keys()) {
      if (key.charAt(0) == 'p'
          && !workload.isDone()
          && from.takesRequests()
          && oracle.isFirstOwner(to.index, key)) {
        Machine elsewhere = machines.get(random.nextInt(machines.size()));
        requests.set(from, key, () -> setAfterwards(elsewhere, key));
      }
    }
  }

  private void setAfterwards(Machine at, String key) {
    if (plan.isMild()) {
      long pauseNanos = random.nextLong(MOST_PAUSE_NANOS);
      time.after(pauseNanos, () -> setIfRunning(at, key));
    } else {
      setIfRunning(at, key);
    }
  }

  /** Others take the writes of the first owner, which is not told of them. */
  @Override
  public void onMissed(Machine machine) {
    for (Machine other : machines) {
      if (other != machine && !other.isFrozen()) {
        setAllOf(machine, other);
      }
    }
  }

  /** Nobody has told it yet what it has missed. */
  @Override
  public void onResumed(Machine machine) {
    awaitReturn(machine, machine.process(), RETURN_LOOKS, WAKING_LOOK_NANOS);
  }

  /** Writes all plain keys whose first owner the one is, at the other. */
  private void setAllOf(Machine owner, Machine at) {
    for (String key : oracle.history().keys()) {
      if (key.charAt(0) == 'p' && !workload.isDone() && oracle.isFirstOwner(owner.index, key)) {
        setIfRunning(at, key);
      }
    }
  }

  private void setIfRunning(Machine at, String key) {
    if (at.takesRequests()) {
      requests.set(at, key, () -> {});
    }
  }
}
