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
    for (int i = 0; i < entries.length; i += STRIDE) {
      if (entries[i] == actor) {
        return entries[i + 1];
      }
    }
    return 0;
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

  /** What either knows. */
  public VersionVector join(VersionVector other) {
    if (other.isEmpty() || this == other) {
      return this;
    }
    if (isEmpty()) {
      return other;
    }
    long[] joined = new long[entries.length + other.entries.length];
    int mine = 0;
    int theirs = 0;
    int length = 0;
    while (mine < entries.length || theirs < other.entries.length) {
      int order =
          mine == entries.length
              ? 1
              : theirs == other.entries.length
                  ? -1
                  : Long.compareUnsigned(entries[mine], other.entries[theirs]);
      boolean takeMine =
          order < 0 || (order == 0 && entries[mine + 1] >= other.entries[theirs + 1]);
      System.arraycopy(
          takeMine ? entries : other.entries, takeMine ? mine : theirs, joined, length, STRIDE);
      length += STRIDE;
      mine += order <= 0 ? STRIDE : 0;
      theirs += order >= 0 ? STRIDE : 0;
    }
    return new VersionVector(Arrays.copyOf(joined, length));
  }

  /** What is known here without the entry at {@code index}. */
  public VersionVector without(int index) {
    long[] rest = new long[entries.length - STRIDE];
    System.arraycopy(entries, 0, rest, 0, index * STRIDE);
    System.arraycopy(
        entries, (index + 1) * STRIDE, rest, index * STRIDE, rest.length - index * STRIDE);
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
