package io.cartwheel.cluster.version;

/**
 * The name of one write: the {@code counter}th dot of {@code actor}. No two values ever bear the
 * same dot.
 *
 * @param actor 32 random bits of a shard's start, 32 bits of that shard's counter; ordered as
 *     unsigned
 * @param counter 1, 2, 3...
 */
public record Dot(long actor, long counter) implements Comparable<Dot> {
  public Dot {
    if (counter < 1) {
      throw new IllegalArgumentException("dot counter " + counter);
    }
  }

  @Override
  public int compareTo(Dot other) {
    int byActor = Long.compareUnsigned(actor, other.actor);
    return byActor != 0 ? byActor : Long.compare(counter, other.counter);
  }

  @Override
  public String toString() {
    return Long.toHexString(actor) + ":" + counter;
  }
}
