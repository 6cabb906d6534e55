package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;

/**
 * Which replicas of one shard are current. On its loop only.
 *
 * <p>Begins with none; what ends a replica's currency is counted as it comes, and an exchange that
 * began earlier does not bring it back. A shard that did not run for longer than a coordinator
 * waits for a replica may have been passed over: it finds that at its next step, before it says of
 * any replica that it is current.
 */
public final class ShardCurrency {
  /** The shard shows so often that it runs. */
  static final int TICK_MILLIS = 50;

  private final int shard;
  private final int shards;
  private final NodeName self;
  private final Membership membership;
  private final Keyspaces keyspaces;
  private final Clock clock;
  private final long pauseNanos;
  private final Exchanged[] exchanged;

  /** By partition / shards, recomputed at every event: a look is on the path of every write. */
  private final boolean[] current;

  /** Replicas of a directory that has never held all they should. */
  private final boolean[] empty;

  private PartitionTable table;
  private boolean ticked;
  private long lastTickNanos;
  private long changes;

  /** Own replicas that are counted in {@link #notCurrent}. */
  private final boolean[] counted;

  /** Written here only; for other threads to read. */
  private volatile int notCurrent;

  /**
   * @param partitions of the ring
   * @param replicaTimeoutMillis a replica silent for longer may be passed over
   * @param missedMillis a node that stands still for so long may be taken for dead
   * @param isEmptied whether the directory is fresh, so that its replicas need all rows of others
   */
  public ShardCurrency(
      int shard,
      int shards,
      NodeName self,
      Membership membership,
      Keyspaces keyspaces,
      int partitions,
      Clock clock,
      int replicaTimeoutMillis,
      int missedMillis,
      boolean isEmptied) {
    this.shard = shard;
    this.shards = shards;
    this.self = self;
    this.membership = membership;
    this.keyspaces = keyspaces;
    this.clock = clock;
    int passedOverMillis = Math.min(TICK_MILLIS + replicaTimeoutMillis, missedMillis);
    this.pauseNanos = Math.max(2 * TICK_MILLIS, passedOverMillis) * 1_000_000L;
    int count = shard < partitions ? (partitions - shard - 1) / shards + 1 : 0;
    this.exchanged = new Exchanged[count];
    this.current = new boolean[count];
    this.empty = new boolean[count];
    this.counted = new boolean[count];
    for (int i = 0; i < count; i++) {
      exchanged[i] = new Exchanged();
      empty[i] = isEmptied;
    }
  }

  /** Whether this node's replica has missed nothing that was acknowledged. */
  public boolean isCurrent(int partition) {
    return current[partition / shards]
        && !wasPaused()
        && !membership.tidings().areHintsForUs(partition);
  }

  /** The replica may have missed a write. */
  public void end(int partition) {
    int i = partition / shards;
    exchanged[i].end();
    recompute(i);
  }

  /** A peer has come or gone, or has done without this node. */
  void endAllWith(NodeName peer) {
    for (int i = 0; i < current.length; i++) {
      if (table != null && table.entry(partition(i)).committed().contains(peer)) {
        exchanged[i].end();
        recompute(i);
      }
    }
  }

  /** At least every {@link #TICK_MILLIS}. */
  void onTick() {
    wasPaused();
    ticked = true;
    lastTickNanos = clock.monotonicNanos();
    for (int i = 0; i < current.length; i++) {
      if (membership.tidings().areHintsForUs(partition(i))) {
        // What it has missed is on its way, or may yet be given up.
        end(partition(i));
      }
    }
  }

  private boolean wasPaused() {
    if (!ticked || clock.monotonicNanos() - lastTickNanos <= pauseNanos) {
      return false;
    }
    ticked = false;
    for (int i = 0; i < current.length; i++) {
      exchanged[i].end();
      recompute(i);
    }
    return true;
  }

  /** Members or table are others now: a partition that moves begins anew. */
  void onRing() {
    PartitionTable now = membership.view().table();
    for (int i = 0; i < current.length; i++) {
      int partition = partition(i);
      if (now != null && (table == null || !now.entry(partition).equals(table.entry(partition)))) {
        exchanged[i].end();
      }
    }
    table = now;
    for (int i = 0; i < current.length; i++) {
      recompute(i);
    }
  }

  /** To be told at the completion of an exchange that begins now. */
  long generation(int partition) {
    return exchanged[partition / shards].generation();
  }

  void onExchanged(int partition, NodeName peer, long generation) {
    int i = partition / shards;
    if (exchanged[i].onCompleted(peer, generation)) {
      recompute(i);
    }
  }

  /** Whether an exchange with this owner is missing, and would not be in vain. */
  boolean lacks(int partition, NodeName peer) {
    return !exchanged[partition / shards].isWith(peer)
        && !membership.tidings().areHintsForUs(partition);
  }

  /** Whether the replica has never held all it should: it needs dead rows, too. */
  boolean isEmpty(int partition) {
    return empty[partition / shards];
  }

  /** Whether no replica is empty that this node is to have; false without a table. */
  boolean isFilled() {
    for (int i = 0; i < current.length; i++) {
      if (table == null || (empty[i] && isOwn(i))) {
        return false;
      }
    }
    return true;
  }

  /** Rises with everything that may make an exchange necessary. */
  long changes() {
    return changes;
  }

  /** How many of this shard's own replicas are not current; from any thread. */
  public int notCurrent() {
    return notCurrent;
  }

  private boolean isOwn(int i) {
    return table.entry(partition(i)).committed().contains(self);
  }

  private int partition(int i) {
    return i * shards + shard;
  }

  private void recompute(int i) {
    changes++;
    MembershipView view = membership.view();
    current[i] =
        table != null
            && CurrencyRule.isCurrent(
                table.entry(partition(i)).committed(),
                self,
                keyspaces.all(),
                name -> view.reachable().contains(name),
                exchanged[i]::isWith);
    empty[i] &= !current[i];
    count(i, table != null && isOwn(i) && !current[i]);
  }

  // Only this loop writes it.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void count(int i, boolean isToCount) {
    if (counted[i] != isToCount) {
      counted[i] = isToCount;
      notCurrent += isToCount ? 1 : -1;
    }
  }
}
