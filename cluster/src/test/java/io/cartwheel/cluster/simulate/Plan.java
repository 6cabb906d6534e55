package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.node.NodeSettings;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspace.Conflicts;
import io.cartwheel.cluster.ring.Keyspace.Fsync;
import io.cartwheel.cluster.ring.Keyspaces;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What a seed stands for: the cluster, its settings, and which faults it knows. Each seed knows
 * only some of them: what all together would hide, few bring out.
 *
 * @param faults those that occur; none in a calm run
 * @param intensity 1 to 3; how often
 * @param reapFloorMillis so small in some runs that tombstones are reaped in them
 * @param antiEntropyIntervalMillis between two comparisons of two nodes while nothing happens
 * @param bounds so tight in some runs that they are reached
 * @param timeouts at the edges of each other in a few runs
 */
record Plan(
    long seed,
    int nodes,
    int shards,
    int partitions,
    int steps,
    Keyspaces keyspaces,
    NodeSettings.Limits limits,
    Set<Fault> faults,
    int intensity,
    boolean flushes,
    long reapFloorMillis,
    int antiEntropyIntervalMillis,
    Bounds bounds,
    NodeSettings.Timeouts timeouts,
    Layout layout) {

  /**
   * What a node keeps for others.
   *
   * @param hintsMaxBytes past it no hint is made
   * @param hintsMaxAgeMillis after it a hint is given up
   */
  record Bounds(long hintsMaxBytes, long hintsMaxAgeMillis) {
    static final Bounds USUAL =
        new Bounds(
            NodeSettings.Repair.DEFAULTS.hintsMaxBytes(),
            NodeSettings.Repair.DEFAULTS.hintsMaxAgeMillis());
  }

  /**
   * Where nodes stand and what share they take.
   *
   * @param racks how many there are, 0 where no node tells its own
   * @param weights of the nodes
   */
  record Layout(int racks, List<Integer> weights) {
    String rackOf(int node) {
      return racks == 0 ? "" : "rack" + node % racks;
    }
  }

  /** Each in some way as close to another as its check lets it be, or beyond what is sensible. */
  private static final List<NodeSettings.Timeouts> EDGES =
      List.of(
          new NodeSettings.Timeouts(1_000, 150, 499, 200, 400),
          new NodeSettings.Timeouts(1_000, 300, 300, 200, 1_000),
          new NodeSettings.Timeouts(1_000, 299, 300, 150, 300),
          new NodeSettings.Timeouts(600, 299, 299, 100, 200),
          new NodeSettings.Timeouts(1_000, 400, 300, 200, 1_000),
          new NodeSettings.Timeouts(700, 150, 349, 200, 1_000),
          new NodeSettings.Timeouts(1_000, 75, 150, 300, 600),
          new NodeSettings.Timeouts(1_000, 500, 499, 250, 500));

  /** Drawn where neither seed nor command says otherwise. */
  private static final int DEFAULT_STEPS = 220;

  /** Of more nodes fewer requests are made: a run takes about as long. */
  private static final int LARGE = 5;

  private static final long DAY_MILLIS = 86_400_000;

  /** Where clocks are right: what has expired goes while some node still lacks it. */
  private static final long SMALL_TOLERANCE_MILLIS = 300;

  /** More than a row ever gets. */
  private static final int UNCUT_ENTRIES = 1_000;

  private static final int CALM_ONE_IN = 10;
  private static final int SLOW_LINKS_ONE_IN = 4;
  private static final int MILD_ONE_IN = 12;
  private static final int EDGES_ONE_IN = 12;
  private static final int TIGHT_ONE_IN = 6;

  /** A hint is sent a second after it is made: what is given up before is never handed on. */
  private static final long SHORT_AGE_MILLIS = 2_000;

  private static final int RACKS_ONE_IN = 3;
  private static final int WEIGHTS_ONE_IN = 4;
  private static final int MAX_WEIGHT = 3;

  /** Most are small, for what goes wrong goes wrong among few; some are as large as nine. */
  private static final List<Integer> SIZES =
      List.of(
          3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4,
          5, 5, 5, 5, 5, 5, 6, 7, 8, 9);

  private static final int STALLS_ONE_IN = 5;
  private static final int NEVER_SYNCS_ONE_IN = 3;

  /** Those of which a seed draws some; the rest follows from them. */
  private static final List<Fault> DRAWN =
      List.of(
          Fault.LOST,
          Fault.DOUBLED,
          Fault.LATE,
          Fault.OVERTAKEN,
          Fault.SPLIT,
          Fault.CUT,
          Fault.ONE_WAY,
          Fault.SILENCED,
          Fault.SLOW_DISK,
          Fault.STALLED_DISK,
          Fault.COLD_READ,
          Fault.FAILED_DISK,
          Fault.KILL,
          Fault.CRASH,
          Fault.LOST_DISK,
          Fault.OLD_COPY,
          Fault.CLEAN_STOP,
          Fault.PAUSE,
          Fault.HELD_TURN,
          Fault.CLOCK_JUMP,
          Fault.CLOCK_SKEW);

  /** The faults whose traces are gone when they end: what they do not excuse is seen. */
  private static final Set<Fault> MILD = EnumSet.of(Fault.SLOW_LINK, Fault.PAUSE);

  /**
   * @param nodes 0 to draw them
   * @param steps 0 for as many as usual
   */
  static Plan draw(long seed, int nodes, int steps) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x51ab_0c7e_55aa_1234L);
    int drawnNodes = SIZES.get(random.nextInt(SIZES.size()));
    int size = nodes == 0 ? drawnNodes : nodes;
    Set<Fault> faults = EnumSet.noneOf(Fault.class);
    boolean calm = random.nextInt(CALM_ONE_IN) == 0;
    int kinds = 1 + random.nextInt(8);
    for (int i = 0; i < kinds && !calm; i++) {
      faults.add(DRAWN.get(random.nextInt(DRAWN.size())));
    }
    // From a stream of its own: what a seed draws else is as it was.
    SplittableRandom stalling = new SplittableRandom(seed ^ 0x11f0_5e2d_93b8_6a47L);
    if (!calm && stalling.nextInt(STALLS_ONE_IN) == 0) {
      faults.add(Fault.STALLED_ENGINE);
    }
    SplittableRandom drawing = new SplittableRandom(seed ^ 0x6a09_e667_f3bc_c908L);
    if (!calm && drawing.nextInt(SLOW_LINKS_ONE_IN) == 0) {
      faults.add(Fault.SLOW_LINK);
      // A message is late by a clock, and the clock that the others follow may go.
      if (drawing.nextBoolean()) {
        faults.add(drawing.nextBoolean() ? Fault.CLOCK_SKEW : Fault.CLOCK_JUMP);
        faults.add(drawing.nextBoolean() ? Fault.KILL : Fault.CUT);
      }
    }
    SplittableRandom slowing = new SplittableRandom(seed ^ 0x1f83_d9ab_fb41_bd6bL);
    boolean mild = !calm && slowing.nextInt(MILD_ONE_IN) == 0;
    if (mild) {
      faults.clear();
      faults.add(slowing.nextInt(3) == 0 ? Fault.PAUSE : Fault.SLOW_LINK);
      if (slowing.nextInt(3) == 0) {
        faults.add(Fault.PAUSE);
      }
    }
    int vector = random.nextInt(3) == 0 ? 2 : 10;
    boolean noGrace = random.nextInt(2) == 0;
    SplittableRandom reaping = new SplittableRandom(seed ^ 0x3d1e_77a0_0e4f_9b15L);
    boolean reaps = reaping.nextInt(3) == 0;
    long graceMillis = reaps ? reaping.nextLong(100, 3_000) : DAY_MILLIS;
    // Where nothing is ever synced a crash brings back what a tombstone hid, if it was not
    // confirmed.
    boolean neverSyncs = reaps && !calm && !mild && reaping.nextInt(NEVER_SYNCS_ONE_IN) == 0;
    if (neverSyncs) {
      faults.add(Fault.CRASH);
    }
    int siblings = random.nextInt(4) == 0 ? 6 : 100;
    long cacheBytes = random.nextBoolean() ? 0 : random.nextLong(20_000);
    NodeSettings.Limits limits =
        new NodeSettings.Limits(
            1 << 20,
            // What is no longer young may be cut, and then something comes back: not in most runs.
            reaps && vector > 2 ? UNCUT_ENTRIES : vector,
            siblings,
            vector == 2 && noGrace ? 0 : graceMillis,
            reaps && clocksAreRight(faults) ? SMALL_TOLERANCE_MILLIS : 5_000,
            cacheBytes);
    return new Plan(
        seed,
        size,
        1 + random.nextInt(2),
        8,
        steps == 0 ? Math.min(DEFAULT_STEPS, DEFAULT_STEPS * LARGE / size) : steps,
        keyspaces(random, Math.min(3, size), neverSyncs),
        limits,
        faults,
        1 + random.nextInt(3),
        random.nextInt(6) == 0,
        reaps ? reaping.nextLong(4_000, 6_000) : NodeSettings.Repair.DEFAULTS.reapFloorMillis(),
        random.nextInt(500, 20_000),
        drawing.nextInt(TIGHT_ONE_IN) == 0 ? tight(drawing) : Bounds.USUAL,
        drawing.nextInt(EDGES_ONE_IN) == 0
            ? EDGES.get(drawing.nextInt(EDGES.size()))
            : NodeSettings.Timeouts.DEFAULTS,
        layout(drawing, size));
  }

  private static Bounds tight(SplittableRandom random) {
    return new Bounds(
        random.nextBoolean() ? random.nextLong(4_000) : Bounds.USUAL.hintsMaxBytes,
        random.nextBoolean()
            ? random.nextLong(SHORT_AGE_MILLIS, 5_000)
            : Bounds.USUAL.hintsMaxAgeMillis);
  }

  private static Layout layout(SplittableRandom random, int nodes) {
    int racks = random.nextInt(RACKS_ONE_IN) == 0 ? 2 + random.nextInt(2) : 0;
    boolean weighted = random.nextInt(WEIGHTS_ONE_IN) == 0;
    List<Integer> weights = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      weights.add(weighted ? 1 + random.nextInt(MAX_WEIGHT) : 1);
    }
    return new Layout(racks, List.copyOf(weights));
  }

  /** Whether tombstones are reaped while it lasts. */
  boolean reaps() {
    return limits.tombstoneGraceMillis() < DAY_MILLIS
        && reapFloorMillis < NodeSettings.Repair.DEFAULTS.reapFloorMillis();
  }

  /**
   * Whether a value may come once more, by a doubled message, when its tombstone has been reaped.
   */
  boolean mayReviveTheReaped() {
    return reaps() && has(Fault.DOUBLED);
  }

  /** Whether a context may lose an entry, and an old value come back for it. */
  boolean cutsContexts() {
    return limits.vectorEntries() == 2 && limits.tombstoneGraceMillis() < DAY_MILLIS;
  }

  private static Keyspaces keyspaces(SplittableRandom random, int copies, boolean neverSyncs) {
    List<Keyspace> all = new ArrayList<>();
    int w = Math.min(2, copies);
    boolean writesToAll = random.nextInt(4) == 0;
    all.add(
        new Keyspace(
            "",
            copies,
            writesToAll ? 1 : w,
            writesToAll ? copies : w,
            Conflicts.SIBLINGS,
            0,
            fsync(random, neverSyncs)));
    // Reads and writes of every strength, also too weak to meet.
    int n = 1 + random.nextInt(copies);
    all.add(
        new Keyspace(
            "q:",
            n,
            1 + random.nextInt(n),
            1 + random.nextInt(n),
            Conflicts.SIBLINGS,
            0,
            fsync(random, neverSyncs)));
    all.add(new Keyspace("w:", copies, w, w, Conflicts.NEWEST, 0, fsync(random, neverSyncs)));
    return new Keyspaces(all);
  }

  private static Fsync fsync(SplittableRandom random, boolean never) {
    Fsync drawn = List.of(Fsync.ALWAYS, Fsync.EVERYSEC, Fsync.NO).get(random.nextInt(3));
    return never ? Fsync.NO : drawn;
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** Whether nothing is lost, and nothing is wrong but for links that are slow and pauses. */
  boolean isMild() {
    return !faults.isEmpty() && MILD.containsAll(faults);
  }

  /** Whether all clocks are right and run alike. */
  boolean clocksAreRight() {
    return clocksAreRight(faults);
  }

  private static boolean clocksAreRight(Set<Fault> faults) {
    return !faults.contains(Fault.CLOCK_JUMP) && !faults.contains(Fault.CLOCK_SKEW);
  }
}
