package io.cartwheel.conformance.powerloss;

import java.util.HashMap;
import java.util.Map;

/**
 * A tree of files and directories on a disk whose power can be cut. Of a disk without power what it
 * held can still be read, as from a cache, but nothing is written to it any more; when the power is
 * back there is what has survived, and nothing that was open before is known.
 *
 * <p>One thread serves, another may cut the power: all is done holding this object's lock.
 */
final class FileSystem {
  static final long ROOT_ID = 1;
  static final int DIRECTORY = 040_000;
  static final int FILE = 0100_000;

  /** All that the kernel may ask for, by id. */
  private final Map<Long, ForgetfulNode> known = new HashMap<>();

  /** A sync takes so long, as on a disk; or it ends with the power, and then is none. */
  private final long syncMillis;

  /** Whether the power goes at the end of a sync, and one has come to it. */
  private boolean cutComes;

  private boolean syncEnds;
  private long lastId = ROOT_ID;
  private ForgetfulDirectory root;
  private ForgetfulDirectory afterCut;

  FileSystem(long syncMillis) {
    this.syncMillis = syncMillis;
    this.root = new ForgetfulDirectory(ROOT_ID, DIRECTORY | 0700);
    known.put(ROOT_ID, root);
  }

  /** Null where it is not there, or not since the last cut. */
  ForgetfulNode get(long id) {
    return known.get(id);
  }

  /** The kernel has been told of a node. */
  void lookUp(ForgetfulNode node) {
    node.lookUp();
    known.put(node.id(), node);
  }

  void forget(long id, long times) {
    ForgetfulNode node = known.get(id);
    if (node != null && id != ROOT_ID && node.forget(times)) {
      known.remove(id);
    }
  }

  long nextId() {
    return ++lastId;
  }

  boolean isCut() {
    return afterCut != null;
  }

  /** Waits as a disk makes one wait; returns whether what the node holds will survive. */
  boolean sync(ForgetfulNode node) throws InterruptedException {
    long end = System.nanoTime() + syncMillis * 1_000_000;
    for (long left = end - System.nanoTime();
        left > 0 && !isCut();
        left = end - System.nanoTime()) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    if (cutComes) {
      syncEnds = true;
      notifyAll();
      while (!isCut()) {
        wait();
      }
    }
    if (isCut()) {
      return false;
    }
    node.sync();
    return true;
  }

  /**
   * The power goes, in the middle of whatever is done.
   *
   * @param seed decides what survives beyond what was synced; 0 for nothing
   * @param syncWithinMillis waits so long for a sync, and cuts in the moment it was to end: whoever
   *     does not wait for it has answered by then
   * @return when it was, as of {@link System#nanoTime}, which on Linux all processes share, and
   *     what was lost, in words
   */
  synchronized String cut(long seed, long syncWithinMillis) throws InterruptedException {
    if (isCut()) {
      throw new IllegalStateException("there is no power already");
    }
    cutComes = syncWithinMillis > 0;
    long end = System.nanoTime() + syncWithinMillis * 1_000_000;
    for (long left = end - System.nanoTime(); left > 0 && !syncEnds; ) {
      wait(left / 1_000_000, (int) (left % 1_000_000));
      left = end - System.nanoTime();
    }
    cutComes = false;
    syncEnds = false;
    long cutNanos = System.nanoTime();
    Cut cut = new Cut(seed, this::nextId);
    ForgetfulDirectory survivor = new ForgetfulDirectory(ROOT_ID, root.mode());
    root.fill(survivor, cut);
    afterCut = survivor;
    notifyAll();
    return cutNanos + " " + cut.report();
  }

  /** The power is back. */
  synchronized void restore() {
    if (!isCut()) {
      throw new IllegalStateException("there is power");
    }
    root = afterCut;
    afterCut = null;
    known.clear();
    known.put(ROOT_ID, root);
  }
}
