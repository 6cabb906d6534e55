package io.cartwheel.cluster.version;

import io.cartwheel.cluster.environment.Clock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva and Leone, 2014): 48 bits of
 * milliseconds, 16 of counter. Every message carries it; it never goes back, and it is never far
 * from the wall clocks of the cluster. Safe for use by all threads of a node.
 *
 * <p>Nor does it ever stand still. Where the clock that was ahead of all others has been set back,
 * or its node is gone, it goes on at about half the speed of time until the wall clock has caught
 * up: deadlines still pass meanwhile, by which a node that stood still tells what came too late.
 */
public final class HybridClock {
  /**
   * A peer further ahead than this is refused: its clock is wrong, and it would pull everybody
   * along.
   */
  public static final long MAX_AHEAD_MILLIS = 60_000;

  private static final int COUNTER_BITS = 16;

  /** A lead over the wall clock that is less passes before it matters. */
  private static final long SMALL_LEAD = ofMillis(50);

  /** A time of this clock, and the monotonic clock's then. */
  private record Moment(long time, long nanos) {
    /** At about half the speed of time: a millisecond has 65,536 steps, one of 32 ns each. */
    long goneOn(long nowNanos) {
      return time + ((nowNanos - nanos) >> 5);
    }
  }

  private final Clock clock;

  /** From where this clock goes on while the wall clock is behind it; else null. */
  private final AtomicReference<Moment> lead = new AtomicReference<>();

  private final AtomicLong last = new AtomicLong();

  public HybridClock(Clock clock) {
    this.clock = clock;
  }

  /** A time later than every one returned or observed before. */
  public long tick() {
    return tickAfter(0);
  }

  /**
   * A time later than every one returned or observed before, and later than {@code seen}. Where
   * {@code seen} is more than {@link #MAX_AHEAD_MILLIS} ahead of this machine, the time returned is
   * too, but this clock does not follow it.
   */
  public long tickAfter(long seen) {
    boolean follow = observe(seen);
    // Past 65,536 steps in one millisecond the counter carries into the next: still later.
    long present = present();
    long ticked = last.updateAndGet(before -> Math.max(before + 1, present));
    return follow ? ticked : Math.max(ticked, seen + 1);
  }

  /**
   * The present time, without a step: not earlier than every one returned or observed before. What
   * has expired once stays so when the wall clock is set back.
   */
  public long now() {
    long present = present();
    return present > last.get() ? last.accumulateAndGet(present, Math::max) : present;
  }

  private long present() {
    long known = last.get();
    long wall = ofMillis(clock.wallMillis());
    if (known - wall < SMALL_LEAD && lead.get() == null) {
      return Math.max(known, wall);
    }
    long nanos = clock.monotonicNanos();
    Moment from =
        lead.updateAndGet(m -> m == null || m.goneOn(nanos) < known ? new Moment(known, nanos) : m);
    long goneOn = from.goneOn(nanos);
    if (goneOn <= wall) {
      lead.compareAndSet(from, null);
      return wall;
    }
    return goneOn;
  }

  /** The milliseconds since 1970 by which this cluster judges expiry and deadlines. */
  public long nowMillis() {
    return millisOf(now());
  }

  /** The greatest time that a client may claim to have seen; later ones are damage or malice. */
  public long latestCredible() {
    return now() + ofMillis(MAX_AHEAD_MILLIS);
  }

  /**
   * Takes note of a peer's time.
   *
   * @return false where it is more than {@link #MAX_AHEAD_MILLIS} ahead of this machine; it is then
   *     not taken
   */
  public boolean observe(long remote) {
    if (millisOf(remote) - clock.wallMillis() > MAX_AHEAD_MILLIS) {
      return false;
    }
    last.accumulateAndGet(remote, Math::max);
    return true;
  }

  public static long millisOf(long hybridTime) {
    return hybridTime >>> COUNTER_BITS;
  }

  public static long ofMillis(long millis) {
    return millis << COUNTER_BITS;
  }
}
