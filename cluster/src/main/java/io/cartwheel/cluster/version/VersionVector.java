package io.cartwheel.cluster.version;

import java.util.Arrays;

/**
 * The context of a row: for each actor the number of its last dot that is known, and that dot's
 * hybrid time. Immutable; entries in unsigned order of actors.
 */
public final class VersionVector {
  public static final VersionVector EMPTY = new VersionVector(new long[0]);

  private static final int STRIDE = 3;

  /** actor, counter, time; actor, counter, time; ... */
  private final long[] entries;

  private VersionVector(long[] entries) {
    this.entries = entries;
  }

  /** The vector of one dot. */
  public static VersionVector of(Dot dot, long time) {
    return new VersionVector(new long[] {dot.actor(), dot.counter(), time});
  }

  public int size() {
    return entries.length / STRIDE;
  }

  public boolean isEmpty() {
    return entries.length == 0;
  }

  /** The actor of entry {@code index}, 0 to {@link #size}. */
  public long actorAt(int index) {
    return entries[index * STRIDE];
  }

  public long counterAt(int index) {
    return entries[index * STRIDE + 1];
  }

  public long timeAt(int index) {
    return entries[index * STRIDE + 2];
  }

  /** The last known counter of the actor, 0 where it is unknown. */
  public long counterOf(long actor) {
    int index = indexOf(actor);
    return index < 0 ? 0 : counterAt(index);
  }

  /** The index of the actor's entry, -1 where it is unknown. */
  int indexOf(long actor) {
    // A vector has ten entries or so: searching by halves gains nothing.
    for (int i = 0; i < entries.length; i += STRIDE) {
      if (entries[i] == actor) {
        return i / STRIDE;
      }
    }
    return -1;
  }

  /** The latest hybrid time of an entry, 0 where there is none. */
  public long latestTime() {
    long latest = 0;
    for (int i = 0; i < size(); i++) {
      latest = Math.max(latest, timeAt(i));
    }
    return latest;
  }

  /** The same counters, no time later than {@code bound}. */
  public VersionVector timesUpTo(long bound) {
    if (latestTime() <= bound) {
      return this;
    }
    long[] bounded = entries.clone();
    for (int i = 2; i < bounded.length; i += STRIDE) {
      bounded[i] = Math.min(bounded[i], bound);
    }
    return new VersionVector(bounded);
  }

  /** The index of the entry with the oldest time, the first of several; -1 where there is none. */
  int oldest() {
    int oldest = -1;
    for (int i = 0; i < size(); i++) {
      if (oldest < 0 || timeAt(i) < timeAt(oldest)) {
        oldest = i;
      }
    }
    return oldest;
  }

  /** Whether the write of this name is known here. */
  public boolean covers(Dot dot) {
    return counterOf(dot.actor()) >= dot.counter();
  }

  /** Whether everything that {@code other} knows is known here. */
  public boolean covers(VersionVector other) {
    for (int i = 0; i < other.entries.length; i += STRIDE) {
      if (counterOf(other.entries[i]) < other.entries[i + 1]) {
        return false;
      }
    }
    return true;
  }

  /**
   * What either knows. This very object where {@code other} brings nothing, so callers may ask for
   * change by identity. Idempotent, commutative, associative.
   */
  public VersionVector join(VersionVector other) {
    if (other.isEmpty()) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    long[] joined = new long[entries.length + other.entries.length];
    int mine = 0;
    int theirs = 0;
    int length = 0;
    boolean changed = false;
    while (mine < entries.length || theirs < other.entries.length) {
      int order = order(mine, other, theirs);
      int take = order == 0 ? orderOfVersions(mine, other, theirs) : -order;
      System.arraycopy(
          take >= 0 ? entries : other.entries, take >= 0 ? mine : theirs, joined, length, STRIDE);
      changed |= take < 0;
      length += STRIDE;
      mine += order <= 0 ? STRIDE : 0;
      theirs += order >= 0 ? STRIDE : 0;
    }
    return changed ? new VersionVector(Arrays.copyOf(joined, length)) : this;
  }

  /** The order of the actors at two offsets; the end of a vector is after every actor. */
  private int order(int mine, VersionVector other, int theirs) {
    if (mine == entries.length) {
      return 1;
    }
    return theirs == other.entries.length
        ? -1
        : Long.compareUnsigned(entries[mine], other.entries[theirs]);
  }

  /** One dot has one time, but a forged token may name another: then the later, on every node. */
  private int orderOfVersions(int mine, VersionVector other, int theirs) {
    int byCounter = Long.compare(entries[mine + 1], other.entries[theirs + 1]);
    return byCounter != 0 ? byCounter : Long.compare(entries[mine + 2], other.entries[theirs + 2]);
  }

  /** What is known here without the entry at {@code index}. */
  public VersionVector without(int index) {
    long[] rest = new long[entries.length - STRIDE];
    System.arraycopy(entries, 0, rest, 0, index * STRIDE);
    System.arraycopy(
        entries, (index + 1) * STRIDE, rest, index * STRIDE, rest.length - index * STRIDE);
    return new VersionVector(rest);
  }

  /** Collects entries in unsigned order of their actors. */
  static final class Builder {
    private final long[] entries;
    private int length;

    Builder(int size) {
      this.entries = new long[size * STRIDE];
    }

    /** The actor of the last entry; there must be one. */
    long lastActor() {
      return entries[length - STRIDE];
    }

    void add(long actor, long counter, long time) {
      if (length > 0 && Long.compareUnsigned(lastActor(), actor) >= 0) {
        throw new IllegalArgumentException("actors out of order");
      }
      entries[length] = actor;
      entries[length + 1] = counter;
      entries[length + 2] = time;
      length += STRIDE;
    }

    VersionVector build() {
      return length == 0 ? EMPTY : new VersionVector(Arrays.copyOf(entries, length));
    }
  }

  /** What is known here without this dot and the later ones of its actor. */
  public VersionVector before(Dot dot) {
    int index = indexOf(dot.actor());
    if (index < 0 || counterAt(index) < dot.counter()) {
      return this;
    }
    if (dot.counter() == 1) {
      return without(index);
    }
    long[] rest = entries.clone();
    rest[index * STRIDE + 1] = dot.counter() - 1;
    return new VersionVector(rest);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector that && Arrays.equals(entries, that.entries);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(entries);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < size(); i++) {
      text.append(i == 0 ? "" : ", ")
          .append(Long.toHexString(actorAt(i)))
          .append(':')
          .append(counterAt(i));
    }
    return text.append('}').toString();
  }
}
