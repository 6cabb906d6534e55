package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.version.Row;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where writes lie. From its acknowledgement on a write is held by as many nodes as it was to be
 * acknowledged by, less those whose disks have lost it since: synced, where its keyspace says so.
 * Who lets go of a row leaves it to so many others; who drops a hint has brought its row to the
 * disk of the node that it was for.
 */
final class Copies {
  /** For so long who hands a row on may act upon an answer, or wait for its own disk meanwhile. */
  private static final long ANSWER_COUNTS_NANOS = 5_000_000_000L;

  private final SimulatedTime time;
  private final History history;
  private final Disks disks;
  private final Forgotten forgotten;
  private final Excuse.Counts excuses;

  /** What a node's row of a key stands for, as it is written; by key. */
  private final Map<String, BitSet[]> seen = new TreeMap<>();

  /** What it stood for before its last change. */
  private final Map<String, BitSet[]> seenBefore = new TreeMap<>();

  /** Batches that each node has written, and in which of them it last changed a key's row. */
  private final int[] batches;

  private final Map<String, int[]> changedIn = new TreeMap<>();

  /** When each node last lost its disk, or an older copy of it was put back. */
  private final long[] diskLostNanos;

  /** When each node last lost rows. */
  private final long[] lostNanos;

  Copies(
      SimulatedTime time,
      History history,
      Disks disks,
      Forgotten forgotten,
      Excuse.Counts excuses) {
    this.time = time;
    this.history = history;
    this.disks = disks;
    this.forgotten = forgotten;
    this.excuses = excuses;
    this.batches = new int[disks.nodes()];
    this.diskLostNanos = new long[disks.nodes()];
    this.lostNanos = new long[disks.nodes()];
    Arrays.fill(diskLostNanos, Long.MIN_VALUE);
    Arrays.fill(lostNanos, Long.MIN_VALUE);
  }

  private BitSet[] of(Map<String, BitSet[]> sets, String key) {
    return sets.computeIfAbsent(
        key,
        k -> {
          BitSet[] none = new BitSet[disks.nodes()];
          Arrays.fill(none, new BitSet());
          return none;
        });
  }

  private BitSet seenBy(Row row) {
    BitSet all = new BitSet();
    history.decisionsOf(row).forEach(decision -> all.or(decision.seen));
    return all;
  }

  /** A disk is about to take a batch. */
  void onBatch(int node) {
    batches[node]++;
  }

  /**
   * A disk is about to store a row, and all of it has its names. What disks have lost is made good
   * once owners hold as many copies as there are to be: others let go of theirs.
   */
  void onStored(int node, String key, Row after) {
    BitSet[] now = of(seen, key);
    of(seenBefore, key)[node] = now[node];
    now[node] = seenBy(after);
    changedIn.computeIfAbsent(key, k -> new int[disks.nodes()])[node] = batches[node];
    for (Write write : history.writesOf(key)) {
      boolean isDamaged = write.losses > 0 || !write.forgetfulHolders.isEmpty();
      if (isDamaged && owners(write).cardinality() >= wanted(write)) {
        write.losses = 0;
        write.forgetfulHolders.clear();
      }
    }
    if (after.isEmpty() && !disks.ownersOf(key).contains(node)) {
      onLetGo(node, key);
    }
  }

  /** A node drops a row because others have it. */
  private void onLetGo(int node, String key) {
    for (Write write : history.writesOf(key)) {
      if (write.request.isAcknowledged()
          && !write.isTraceless()
          && write.isIn(of(seenBefore, key)[node])
          && !forgotten.covers(write)) {
        if (write.forgetfulHolders.get(node)) {
          write.forgetfulHolders.clear(node);
          write.losses++;
        }
        int holders = holders(write);
        boolean enough = holders > 0 || hasAnOwnerJustLostItsDisk(key);
        if (holders < wanted(write) - write.losses || !enough) {
          throw new Violation(
              "n" + node + " lets go of " + write + ", which " + holders + " others hold");
        }
        write.lastCopyLost |= holders == 0;
      }
    }
  }

  /** Whether an owner may have lost what it had acknowledged to who now lets go of a row. */
  private boolean hasAnOwnerJustLostItsDisk(String key) {
    for (int owner : disks.ownersOf(key)) {
      if (hasJustLostItsDisk(owner)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasJustLostItsDisk(int node) {
    return diskLostNanos[node] >= time.monotonicNanos() - ANSWER_COUNTS_NANOS
        && excuses.excuse(Excuse.LOST_DISK);
  }

  /**
   * A hint goes, and is not given up: what its row held is on the disk of its target. What is
   * stamped in the same turn as the hint goes has been sent on its own.
   */
  void onHintDropped(int node, String key, int target) {
    BitSet there = seenBy(disks.syncedRow(target, key));
    there.or(forgotten.seen(key));
    int[] changed = changedIn.get(key);
    boolean isChangedNow = changed != null && changed[node] == batches[node];
    BitSet here = of(isChangedNow ? seenBefore : seen, key)[node];
    for (Write write : history.writesOf(key)) {
      if (write.isIn(here) && !write.isIn(there) && !hasJustLostItsDisk(target)) {
        throw new Violation(
            "n" + node + " drops a hint, though " + write + " is not on the disk of n" + target);
      }
    }
  }

  /** So many nodes are to hold it. */
  int wanted(Write write) {
    Keyspace keyspace = history.keyspaceOf(write.key);
    int copies = Math.min(keyspace.n(), disks.nodes());
    return Math.min(write.request.w == 0 ? keyspace.w() : write.request.w, copies);
  }

  /** Nodes whose disks hold it, or something that saw it, as safe as its keyspace wants it. */
  int holders(Write write) {
    boolean synced = isSynced(write);
    int holders = 0;
    for (int node = 0; node < disks.nodes(); node++) {
      holders += holds(node, write) && (!synced || holdsSynced(node, write)) ? 1 : 0;
    }
    return holders;
  }

  private boolean isSynced(Write write) {
    return history.keyspaceOf(write.key).fsync() == Keyspace.Fsync.ALWAYS;
  }

  /** Whether the node's disk holds the write, or one that saw it. */
  boolean holds(int node, Write write) {
    return write.isIn(of(seen, write.key)[node]);
  }

  private boolean holdsSynced(int node, Write write) {
    return write.isIn(seenBy(disks.syncedRow(node, write.key)));
  }

  /** Owners that hold it. */
  BitSet owners(Write write) {
    BitSet owners = new BitSet();
    for (int owner : disks.ownersOf(write.key)) {
      owners.set(owner, holds(owner, write));
    }
    return owners;
  }

  /** Of these nodes, those that have lost nothing since then. */
  BitSet unharmed(BitSet nodes, long sinceNanos) {
    BitSet unharmed = new BitSet();
    for (int node = nodes.nextSetBit(0); node >= 0; node = nodes.nextSetBit(node + 1)) {
      unharmed.set(node, lostNanos[node] < sinceNanos);
    }
    return unharmed;
  }

  boolean hasLost(int node, long sinceNanos) {
    return lostNanos[node] >= sinceNanos;
  }

  /**
   * Rows of this node are gone.
   *
   * @param byCrash those that were not synced, else the whole disk, or what came after an old copy
   * @param hinted keys of the hints that are gone
   */
  void onLost(int node, boolean byCrash, Set<String> hinted) {
    lostNanos[node] = time.monotonicNanos();
    if (!byCrash) {
      diskLostNanos[node] = time.monotonicNanos();
    }
    for (String key : history.keys()) {
      BitSet[] now = of(seen, key);
      BitSet before = now[node];
      now[node] = seenBy(disks.row(node, key));
      boolean forgetsForWhom = hinted.contains(key) && !disks.ownersOf(key).contains(node);
      for (Write write : history.writesOf(key)) {
        if (write.isIn(before) && !holds(node, write)) {
          onCopyLost(node, write, byCrash);
        } else if (write.isIn(before) && forgetsForWhom) {
          onStandInLost(node, write, byCrash);
        }
      }
    }
  }

  private void onCopyLost(int node, Write write, boolean byCrash) {
    if (byCrash && isSynced(write)) {
      // What a crash takes had not been synced, and counted for nothing.
      if (write.request.isAcknowledged()
          && !write.isTraceless()
          && !forgotten.covers(write)
          && holders(write) < wanted(write) - write.losses) {
        throw new Violation(
            "a crash of n" + node + " takes " + write + ", acknowledged with fsync=always");
      }
      return;
    }
    excuses.excuse(byCrash ? Excuse.LOST_TAIL : Excuse.LOST_DISK);
    write.losses++;
    boolean last = true;
    for (int other = 0; other < disks.nodes(); other++) {
      last &= !holds(other, write);
    }
    write.lastCopyLost |= last;
  }

  /**
   * Who is no owner still has the row, but has forgotten an owner for whom it keeps it: as soon as
   * those have it of whom it knows, it lets go of this copy, and only then that is lost.
   */
  private void onStandInLost(int node, Write write, boolean byCrash) {
    if (!byCrash || !isSynced(write)) {
      excuses.excuse(byCrash ? Excuse.LOST_TAIL : Excuse.LOST_DISK);
      write.forgetfulHolders.set(node);
    }
  }

  /** A write is acknowledged that has left its trace. */
  void onAcknowledged(Write write) {
    int stored = holders(write);
    int wanted = wanted(write);
    if (stored + write.losses < wanted) {
      throw new Violation(
          write
              + " is acknowledged, but "
              + (isSynced(write) ? "synced" : "stored")
              + " by "
              + stored
              + " nodes instead of "
              + wanted
              + ": "
              + write.decisions);
    }
  }
}
