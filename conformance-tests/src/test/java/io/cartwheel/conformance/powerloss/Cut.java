package io.cartwheel.conformance.powerloss;

import java.util.SplittableRandom;

/** What one loss of power spares beyond what was synced, and counts of what it took. */
final class Cut {
  private final SplittableRandom random;
  private final NodeIds ids;
  private int changes;
  private int lost;

  /** Numbers the files and directories of a file system. */
  interface NodeIds {
    long next();
  }

  /**
   * @param seed decides what is spared; 0 for nothing
   */
  Cut(long seed, NodeIds ids) {
    this.random = seed == 0 ? null : new SplittableRandom(seed);
    this.ids = ids;
  }

  long nextId() {
    return ids.next();
  }

  /** How many of a file's or directory's changes since its last sync are spared, in their order. */
  int spared(int unsynced) {
    int spared = random == null ? 0 : random.nextInt(unsynced + 1);
    changes += unsynced;
    lost += unsynced - spared;
    return spared;
  }

  /** How much is spared of the write after these. */
  int torn(int lengthBytes) {
    return random == null ? 0 : random.nextInt(lengthBytes + 1);
  }

  /** For the one who cut the power. */
  String report() {
    return lost + " of " + changes + " unsynced changes lost";
  }
}
