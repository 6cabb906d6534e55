package io.cartwheel.resp.server;

/**
 * How many commands a loop may have under way at once, found from how long those took that were
 * answered. Pure; time is an argument, in nanoseconds of a clock that never goes back.
 *
 * <p>By Little's law what is under way is the throughput times the latency: past the point where
 * the machine is busy, more of it buys latency only, and in the end timeouts. So the window grows
 * while answers come sooner than the target, the more slowly the nearer they come to it, and
 * shrinks in proportion where they take longer, to half at most in one step: the congestion window
 * of TCP Vegas. It decides in rounds: a round has ended when as many were answered as were under
 * way at once in it; commands that began before the round tell of another window, and count for
 * nothing. A command that works on several keys at once counts as so many. A window that nobody
 * filled says nothing of what would be if somebody did: it is cut to twice what was used (RFC
 * 7661).
 *
 * <p>On a machine whose cores are taken by others even a lone command takes long, and a small
 * window would not make it shorter, but leave the turns of the loops half empty. So the target is a
 * few times what a command takes when few are under way, within bounds; and once in a while the
 * window is closed to its least for a round to measure that (as BBR does).
 */
final class Window {
  /** Fewer answers are chance. */
  private static final int LEAST_ANSWERS = 16;

  private static final double MOST_GROWTH = 0.5;
  private static final double MOST_CUT = 0.5;

  /** So many times what a command takes alone: most of it is waiting then. */
  private static final double TARGET_FACTOR = 3;

  /** As many times the greatest target pass between two measurements of the floor, at least. */
  private static final int PROBE_TARGETS = 20;

  /** Such a measurement is given up after as many: what runs then tells nothing. */
  private static final int PROBE_AT_MOST_TARGETS = 4;

  /**
   * The bounds of a window and its target.
   *
   * @param least commands that may be under way however long they take: as many as share what each
   *     turn of a loop costs
   * @param most commands that may be under way however short they take
   * @param leastTargetNanos that a command may take on average on any machine
   * @param mostTargetNanos that it may take on average on a machine that is busy with other work;
   *     the slowest take a few times as long
   */
  record Limits(int least, int most, long leastTargetNanos, long mostTargetNanos) {}

  private final Limits limits;
  private double size;
  private boolean probing;
  private long probeEndsNanos;
  private long nextProbeNanos;
  private double floorNanos;
  private long roundBegunNanos;
  private int underWayAtMost;
  private int othersAtMost;
  private boolean wasFull;
  private int answers;
  private long tookNanos;

  Window(Limits limits, long nowNanos) {
    this.limits = limits;
    // The first commands find everything cold: they are not to be a burst.
    this.size = Math.min(limits.least, limits.most);
    this.roundBegunNanos = nowNanos;
    this.nextProbeNanos = nowNanos;
  }

  int size() {
    return (int) (probing ? Math.min(limits.least, size) : size);
  }

  /** A command has begun that counts as {@code weight} of so many. */
  void onBegun(int weight, int underWay) {
    underWayAtMost = Math.max(underWayAtMost, underWay);
    othersAtMost = Math.max(othersAtMost, underWay - weight);
  }

  /** Time has passed; called whenever a command begins or ends, of whatever kind. */
  void onTime(long nowNanos) {
    if (probing && nowNanos - probeEndsNanos >= 0) {
      probing = false;
      beginRound(nowNanos);
    }
  }

  /** A command could begin, and waits because the window is full. */
  void onFull() {
    wasFull = true;
  }

  /**
   * A command has been answered.
   *
   * @param weight as how many it counts
   * @param steps that it took one after the other
   */
  void onAnswered(int weight, int steps, long begunNanos, long nowNanos) {
    if (begunNanos < roundBegunNanos) {
      return;
    }
    answers += weight;
    tookNanos += weight * ((nowNanos - begunNanos) / steps);
    if (answers >= Math.max(LEAST_ANSWERS, underWayAtMost)) {
      onRound((double) tookNanos / answers, nowNanos);
    }
  }

  private void onRound(double meanNanos, long nowNanos) {
    if (othersAtMost < limits.least) {
      floorNanos = floorNanos == 0 ? meanNanos : (floorNanos + meanNanos) / 2;
    }
    if (probing) {
      probing = false;
    } else {
      resize(meanNanos / targetNanos());
      probing = meanNanos > limits.leastTargetNanos / 2.0 && nowNanos >= nextProbeNanos;
      if (probing) {
        probeEndsNanos = nowNanos + PROBE_AT_MOST_TARGETS * limits.mostTargetNanos;
        nextProbeNanos = nowNanos + PROBE_TARGETS * limits.mostTargetNanos;
      }
    }
    beginRound(nowNanos);
  }

  private void beginRound(long nowNanos) {
    roundBegunNanos = nowNanos;
    underWayAtMost = 0;
    othersAtMost = 0;
    wasFull = false;
    answers = 0;
    tookNanos = 0;
  }

  private void resize(double ratio) {
    if (ratio > 1) {
      size = Math.min(size, underWayAtMost) * Math.max(MOST_CUT, 1 / ratio);
    } else if (wasFull) {
      size += Math.max(1, size * MOST_GROWTH * (1 - ratio));
    } else {
      size = Math.min(size, 2.0 * underWayAtMost);
    }
    size = Math.max(Math.min(limits.least, limits.most), Math.min(limits.most, size));
  }

  private double targetNanos() {
    double wanted = TARGET_FACTOR * floorNanos;
    return Math.max(
        (double) limits.leastTargetNanos, Math.min((double) limits.mostTargetNanos, wanted));
  }
}
