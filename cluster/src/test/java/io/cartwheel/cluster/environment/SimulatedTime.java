package io.cartwheel.cluster.environment;

import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Virtual time, and all that happens in it, on the caller's thread. What is due at one moment runs
 * in the order in which it was asked for; what a real machine leaves open (how long an executor
 * takes, whether a task still makes it into the present turn) is drawn from the seed.
 */
public final class SimulatedTime implements Clock {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Many more events than any test has: past it something schedules itself for ever. */
  private static final long RUNAWAY_EVENTS = 10_000_000;

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final SplittableRandom random;
  private final long startMillis;
  private long runawayEvents = RUNAWAY_EVENTS;
  private long nowNanos;
  private long sequence;
  private long trace = 0x9e3779b97f4a7c15L;

  public SimulatedTime(long seed) {
    this(seed, 1_700_000_000_000L);
  }

  public SimulatedTime(long seed, long startMillis) {
    this.random = new SplittableRandom(seed);
    this.startMillis = startMillis;
  }

  @Override
  public long wallMillis() {
    return startMillis + nowNanos / NANOS_PER_MILLI;
  }

  @Override
  public long monotonicNanos() {
    return nowNanos;
  }

  /** So many events within one call, and something schedules itself for ever. */
  public void setRunawayEvents(long events) {
    runawayEvents = events;
  }

  /** A loop in this time. */
  public FakeEventLoop newLoop() {
    return new FakeEventLoop(this, random.split());
  }

  /**
   * An executor whose tasks run outside all loops, each after its own delay, so that they may
   * overtake each other.
   */
  public Executor newExecutor(long minMillis, long maxMillis) {
    SplittableRandom delays = random.split();
    return task ->
        after(delays.nextLong(minMillis * NANOS_PER_MILLI, maxMillis * NANOS_PER_MILLI + 1), task);
  }

  /** A random stream of its own, drawn from the seed. */
  public SplittableRandom newRandom() {
    return random.split();
  }

  /** Runs {@code task} outside all loops when the delay has passed. */
  public Event after(long delayNanos, Runnable task) {
    Event event = new Event(nowNanos + Math.max(0, delayNanos), sequence++, task);
    events.add(event);
    return event;
  }

  /** Runs {@code task} outside all loops when the delay has passed. */
  public Event afterMillis(long delayMillis, Runnable task) {
    return after(delayMillis * NANOS_PER_MILLI, task);
  }

  /** Runs what is due now, and what that makes due now; time stands still. */
  public void settle() {
    advanceMillis(0);
  }

  /** Lets so much time pass, and runs what falls due in it. */
  public void advanceMillis(long millis) {
    long until = nowNanos + millis * NANOS_PER_MILLI;
    for (int ran = 0; next() != null && next().dueNanos <= until; ran++) {
      checkRunaway(ran);
      runNext();
    }
    nowNanos = until;
  }

  /** Takes something that has happened into {@link #trace}. */
  public void note(long what) {
    long mixed = (trace ^ what) * 0xff51afd7ed558ccdL;
    trace = mixed ^ (mixed >>> 32);
  }

  /** A hash over all that has happened and when: equal in every run of one seed. */
  public long trace() {
    return trace;
  }

  /**
   * Lets time pass until the condition holds.
   *
   * @return false where it does not hold after so much time, or nothing is left that could happen
   */
  public boolean runUntil(BooleanSupplier condition, long limitMillis) {
    long until = nowNanos + limitMillis * NANOS_PER_MILLI;
    for (int ran = 0; !condition.getAsBoolean(); ran++) {
      checkRunaway(ran);
      if (next() == null || next().dueNanos > until) {
        return false;
      }
      runNext();
    }
    return true;
  }

  /** The next that has not been cancelled, or null. */
  private Event next() {
    while (!events.isEmpty() && events.peek().cancelled) {
      events.remove();
    }
    return events.peek();
  }

  private void runNext() {
    Event next = events.remove();
    nowNanos = Math.max(nowNanos, next.dueNanos);
    note(nowNanos * 31 + next.order);
    next.task.run();
  }

  private void checkRunaway(long ran) {
    if (ran > runawayEvents) {
      throw new AssertionError(ran + " events: something schedules itself for ever");
    }
  }

  /** Something that will happen. */
  public static final class Event implements Comparable<Event> {
    private final long dueNanos;
    private final long order;
    private final Runnable task;
    private boolean cancelled;

    private Event(long dueNanos, long order, Runnable task) {
      this.dueNanos = dueNanos;
      this.order = order;
      this.task = task;
    }

    /** It will not happen. */
    public void cancel() {
      cancelled = true;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(dueNanos, other.dueNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(order);
    }
  }
}
