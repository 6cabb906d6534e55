package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.version.Dot;
import java.util.BitSet;
import java.util.List;

/**
 * One execution of a write for one key: what its coordinator decided, and what the write saw. Seen
 * is what is seen directly and all that those saw; the sets hold numbers of decisions.
 */
final class Decision {
  /**
   * Where it was decided.
   *
   * @param process which start of the node's process it was
   */
  record Place(int node, long process) {}

  final int number;
  final Write write;
  final int node;
  final Place place;
  final long atNanos;

  /** By the clock of the node that decided. */
  final long nowMillis;

  final boolean deletes;

  /** What the write saw at most, itself included; of it is asked whether a loss is excused. */
  final BitSet seen;

  /** What the write certainly saw, itself included; of it is asked whether something comes back. */
  final BitSet surelySeen;

  /** Seen, but perhaps kept beside it. */
  final List<Decision> doubtful;

  /** Once it is stored. */
  Dot dot;

  boolean isStoredAtItsCoordinator;

  /** Whether it deletes where nothing is known: that leaves no trace. */
  boolean deletesNothing;

  Decision(
      int number,
      Write write,
      Place place,
      long atNanos,
      long nowMillis,
      boolean deletes,
      List<Decision> saw,
      List<Decision> doubtful) {
    this.number = number;
    this.write = write;
    this.node = place.node();
    this.place = place;
    this.atNanos = atNanos;
    this.nowMillis = nowMillis;
    this.deletes = deletes;
    this.doubtful = doubtful;
    this.seen = new BitSet();
    this.surelySeen = new BitSet();
    seen.set(number);
    surelySeen.set(number);
    for (Decision other : saw) {
      seen.or(other.seen);
      surelySeen.or(other.surelySeen);
    }
    for (Decision other : doubtful) {
      seen.or(other.seen);
    }
  }

  @Override
  public String toString() {
    String stored = deletesNothing ? ", of nothing" : dot == null ? ", not stored" : "";
    return String.format(
        "%s (decision %d at n%d at %.3f s%s)", write, number, node, atNanos / 1e9, stored);
  }
}
