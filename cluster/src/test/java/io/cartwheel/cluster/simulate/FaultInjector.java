package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.transport.VirtualNetwork;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Lets storms and lulls alternate. In a storm the faults that the plan knows begin and end at
 * random; a lull heals everything, so that what a storm has left behind meets a healthy cluster.
 */
final class FaultInjector {
  /** Looks at once what a fault, or its end, has done. */
  interface Watcher {
    /** A node has been started again. */
    void onReturned(Machine machine);

    /** What the first sends to the second is late from now on. */
    void onSlowed(Machine from, Machine to);

    /** A process stands still, and the others do without it now. */
    void onMissed(Machine machine);

    /** A process that stood still goes on. */
    void onResumed(Machine machine);
  }

  private static final long MILLI = 1_000_000;

  /** What a fault has held up is over so long after it. */
  private static final long FELT_MILLIS = 1_500;

  private static final long STORM_MILLIS = 4_000;
  private static final long LULL_MILLIS = 3_500;

  /** Floors that a lull is longer for. */
  private static final int FLOORS_TO_REAP = 2;

  /** Within it a node that others miss is told so by none of them. */
  private static final long LONGEST_MISSED_MILLIS = 200;

  private static final long LOOK_MILLIS = 2;

  /** Two clocks are never further apart than a node believes another. */
  private static final long MAX_OFFSET_MILLIS = 25_000;

  /** They end together. */
  private static final Set<Fault> OF_LINKS =
      EnumSet.of(Fault.SPLIT, Fault.CUT, Fault.ONE_WAY, Fault.SLOW_LINK, Fault.SILENCED);

  private final Plan plan;
  private final SimulatedTime time;
  private final SplittableRandom random;
  private final VirtualNetwork network;
  private final List<Machine> machines;
  private final Calm calm;
  private final Fault.Counts counts;
  private final Consumer<String> log;
  private final Watcher watcher;
  private final Weather weather;
  private final LinkFaults links;

  /** Faults that last and can be drawn. */
  private final List<Fault> lasting = new ArrayList<>();

  private boolean storm;
  private boolean ended;

  /** Which storm or lull it is: what one has planned the next forgets. */
  private int season;

  private long lullSinceNanos;
  private final long lastsOnMillis;

  FaultInjector(
      Plan plan,
      SimulatedTime time,
      VirtualNetwork network,
      List<Machine> machines,
      Calm calm,
      Fault.Counts counts,
      Watcher watcher,
      Consumer<String> log) {
    this.calm = calm;
    this.watcher = watcher;
    this.plan = plan;
    this.time = time;
    this.random = time.newRandom();
    this.network = network;
    this.machines = machines;
    this.counts = counts;
    this.log = log;
    this.lastsOnMillis = lastsOnMillis(plan);
    this.weather = new Weather(plan, random.split(), calm, counts);
    this.links = new LinkFaults(random, network, machines, weather, calm, watcher);
    for (Fault fault : plan.faults()) {
      boolean isWeather =
          switch (fault) {
            case LOST, DOUBLED, LATE, OVERTAKEN, COLD_READ, CLOCK_SKEW, HELD_TURN -> true;
            default -> false;
          };
      if (!isWeather) {
        lasting.add(fault);
      }
    }
  }

  /** Machines start with the clocks that they have. */
  void skewClocks() {
    for (Machine machine : machines) {
      if (plan.has(Fault.CLOCK_SKEW)) {
        counts.add(Fault.CLOCK_SKEW);
        long offset = random.nextInt(3) == 0 ? MAX_OFFSET_MILLIS : 2_000;
        machine.clock.set(
            random.nextLong(-offset, offset + 1), 1 + (random.nextInt(41) - 20) / 1_000.0);
      }
      machine.disk.mood.commitNanos = 0;
      machine.disk.mood.syncNanos = 200_000;
    }
  }

  /** Begins with a storm, if the plan has any. */
  void begin() {
    if (plan.faults().isEmpty()) {
      heal();
      return;
    }
    beginStorm();
  }

  /** For good. */
  void end() {
    ended = true;
    season++;
    heal();
  }

  /** Whether all faults have ended, and so long ago that what was under way then is over. */
  boolean isLull() {
    return !storm && time.monotonicNanos() - lullSinceNanos > lastsOnMillis * MILLI;
  }

  /** How long after its end a storm is felt: where nothing is late or held up, not at all. */
  private static long lastsOnMillis(Plan plan) {
    return plan.faults().stream().anyMatch(Fault::lastsOn) ? FELT_MILLIS : 0;
  }

  /** How long after its end a fault is felt. */
  static long feltNanos(Fault fault) {
    return fault.lastsOn() ? FELT_MILLIS * MILLI : 0;
  }

  private void beginStorm() {
    if (ended) {
      return;
    }
    log.accept("a storm begins");
    season++;
    storm = true;
    network.setWeather(weather);
    int present = season;
    if (plan.has(Fault.HELD_TURN)) {
      calm.begin(Fault.HELD_TURN);
    }
    for (Machine machine : machines) {
      machine.disk.mood.coldPercent = plan.has(Fault.COLD_READ) ? 30 : 0;
      machine.stallPercent = plan.has(Fault.HELD_TURN) ? 20 : 0;
    }
    time.after(STORM_MILLIS * MILLI, () -> ifIn(present, this::beginLull));
    next(present);
  }

  private void beginLull() {
    log.accept("a lull begins");
    season++;
    heal();
    int present = season;
    // Long enough for tombstones of the storm to go before the next.
    long reaping = plan.reaps() ? FLOORS_TO_REAP * plan.reapFloorMillis() : 0;
    time.after((LULL_MILLIS + reaping) * MILLI, () -> ifIn(present, this::beginStorm));
  }

  private void ifIn(int ofSeason, Runnable task) {
    if (season == ofSeason) {
      task.run();
    }
  }

  private void heal() {
    storm = false;
    lullSinceNanos = time.monotonicNanos();
    network.heal();
    links.speedUp();
    for (Fault fault : Fault.values()) {
      calm.end(fault, feltNanos(fault));
    }
    for (Machine machine : machines) {
      machine.clock.correct();
      machine.disk.mood.commitNanos = 0;
      machine.disk.mood.syncNanos = 200_000;
      machine.disk.mood.fails = false;
      machine.disk.mood.stalls = false;
      machine.disk.mood.coldPercent = plan.has(Fault.COLD_READ) ? 5 : 0;
      machine.ioDelayNanos = 0;
      machine.stallPercent = 0;
      machine.thaw();
      if (!machine.isRunning()) {
        start(machine);
      }
    }
  }

  private void next(int ofSeason) {
    if (lasting.isEmpty()) {
      return;
    }
    long gap = random.nextLong(50, 1_600 / plan.intensity());
    time.after(
        gap * MILLI,
        () ->
            ifIn(
                ofSeason,
                () -> {
                  strike(lasting.get(random.nextInt(lasting.size())), ofSeason);
                  next(ofSeason);
                }));
  }

  private void strike(Fault fault, int ofSeason) {
    Machine machine = machines.get(random.nextInt(machines.size()));
    Machine other = machines.get(random.nextInt(machines.size()));
    long lasts = random.nextInt(4) == 0 ? random.nextLong(20, 200) : random.nextLong(200, 2_500);
    switch (fault) {
      case SPLIT -> links.split();
      case CUT -> links.cutOff(machine);
      case ONE_WAY -> network.mute(machine.address(), other.address());
      case SLOW_LINK -> links.slowDown(machine, other);
      case SILENCED -> links.silence(machine);
      case SLOW_DISK -> {
        machine.disk.mood.commitNanos = random.nextLong(1, 40) * MILLI;
        machine.disk.mood.syncNanos = random.nextLong(5, 100) * MILLI;
        machine.ioDelayNanos = random.nextLong(5, 200) * MILLI;
      }
      case STALLED_DISK -> {
        machine.disk.mood.commitNanos = random.nextLong(100, 1_500) * MILLI;
        machine.ioDelayNanos = random.nextLong(500, 3_000) * MILLI;
      }
      case STALLED_ENGINE -> {
        machine.disk.mood.stalls = true;
        after(lasts, () -> ifIn(ofSeason, () -> machine.disk.mood.stalls = false));
      }
      case FAILED_DISK -> machine.disk.mood.fails = true;
      case PAUSE -> {
        if (!machine.isRunning() || (plan.isMild() && isAnyPaused())) {
          return;
        }
        if (plan.isMild() && random.nextInt(4) > 0) {
          pauseUntilMissed(machine);
          return;
        }
        pause(machine, lasts);
      }
      case CLOCK_JUMP ->
          machine.clock.jumpTo(random.nextLong(-MAX_OFFSET_MILLIS, MAX_OFFSET_MILLIS));
      case KILL, CRASH, LOST_DISK, OLD_COPY, CLEAN_STOP -> {
        if (!machine.takesRequests()) {
          return;
        }
        stop(fault, machine, lasts);
      }
      default -> throw new AssertionError(fault);
    }
    counts.add(fault);
    switch (fault) {
      case SPLIT, CUT, ONE_WAY, SILENCED, SLOW_DISK, STALLED_DISK -> calm.begin(fault);
      case SLOW_LINK -> {
        // Which links are slow is asked for.
      }
      case STALLED_ENGINE, PAUSE -> calm.disturb(lasts * MILLI + feltNanos(fault));
      default -> calm.disturb(0);
    }
    log.accept(fault.label() + " at " + machine + ", " + lasts + " ms");
    if (OF_LINKS.contains(fault)) {
      after(lasts, () -> ifIn(ofSeason, this::reconnect));
    }
  }

  private boolean isAnyPaused() {
    return machines.stream().anyMatch(Machine::isFrozen);
  }

  private void pause(Machine machine, long millis) {
    machine.freeze();
    long process = machine.process();
    after(
        millis,
        () -> {
          if (machine.process() == process) {
            machine.thaw();
          }
        });
  }

  /** What is done without a process that stands still it is not told before it wakes. */
  private void pauseUntilMissed(Machine machine) {
    counts.add(Fault.PAUSE);
    log.accept(Fault.PAUSE.label() + " at " + machine + ", until it is missed");
    calm.begin(Fault.PAUSE);
    machine.freeze();
    awaitMissed(machine, machine.process());
  }

  private void awaitMissed(Machine machine, long process) {
    if (machine.process() != process || !machine.isFrozen()) {
      return;
    }
    if (machines.stream().anyMatch(other -> other != machine && other.sees(machine))) {
      after(LOOK_MILLIS, () -> awaitMissed(machine, process));
      return;
    }
    watcher.onMissed(machine);
    after(
        random.nextLong(1, LONGEST_MISSED_MILLIS),
        () -> {
          if (machine.process() == process && machine.isFrozen()) {
            machine.thaw();
            calm.end(Fault.PAUSE, 0);
            watcher.onResumed(machine);
          }
        });
  }

  private void after(long millis, Runnable task) {
    time.after(millis * MILLI, task);
  }

  private void stop(Fault fault, Machine machine, long lasts) {
    switch (fault) {
      case KILL -> machine.kill();
      case CRASH -> machine.crash();
      case CLEAN_STOP -> machine.stop();
      case LOST_DISK -> {
        machine.kill();
        machine.loseDisk();
      }
      default -> {
        if (machine.copy == null || random.nextBoolean()) {
          machine.copy = machine.disk.copy();
        }
        if (random.nextBoolean()) {
          SimulatedDisk.Copy old = machine.copy;
          machine.kill();
          machine.restore(old);
        } else {
          machine.kill();
        }
      }
    }
    startLater(machine, lasts);
  }

  /** The disk has failed under a process, which has stopped itself. */
  void onDiskFailed(Machine machine) {
    calm.disturb(0);
    log.accept("the disk of " + machine + " fails under it");
    machine.kill();
    startLater(machine, random.nextLong(100, 1_000));
  }

  private void startLater(Machine machine, long millis) {
    long process = machine.process();
    after(
        millis,
        () -> {
          if (machine.process() != process) {
            return;
          }
          if (machine.isRunning()) {
            startLater(machine, 100);
          } else {
            start(machine);
          }
        });
  }

  private void start(Machine machine) {
    log.accept(machine + " starts");
    machine.start();
    watcher.onReturned(machine);
  }

  /** Connections only: the weather stays as it is. */
  private void reconnect() {
    network.heal();
    network.setWeather(weather);
    links.speedUp();
    for (Fault fault : OF_LINKS) {
      calm.end(fault, feltNanos(fault));
    }
  }
}
