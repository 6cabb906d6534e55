package io.cartwheel.cluster.ring;

/**
 * How the keys of one prefix are kept; equal on all nodes but for {@code fsync}.
 *
 * @param prefix of the keys, empty for the default keyspace
 * @param n copies
 * @param r replicas that a read asks
 * @param w replicas that have stored a write when it is acknowledged
 * @param conflicts what readers see of concurrent writes
 * @param defaultTtlMillis expiry of a value set without one, 0 for none
 * @param fsync when a write is on the disk
 */
public record Keyspace(
    String prefix, int n, int r, int w, Conflicts conflicts, long defaultTtlMillis, Fsync fsync) {

  public Keyspace {
    if (n < 1 || r < 1 || r > n || w < 1 || w > n || defaultTtlMillis < 0) {
      throw new IllegalArgumentException(
          "keyspace '" + prefix + "': n " + n + ", r " + r + ", w " + w + ", " + defaultTtlMillis);
    }
  }

  /** What readers see of concurrent writes. */
  public enum Conflicts {
    /** All of them, with a token to resolve them. */
    SIBLINGS,
    /** The one with the latest hybrid time. */
    NEWEST
  }

  /** When a write is on the disk; Redis's words. */
  public enum Fsync {
    /** Before it is acknowledged. */
    ALWAYS,
    /** Within a second. */
    EVERYSEC,
    /** When the system pleases. */
    NO
  }

  /** Copies that a partition with so many committed owners really has. */
  public int effectiveN(int committedOwners) {
    return Math.min(n, committedOwners);
  }

  public int effectiveR(int committedOwners) {
    return Math.min(r, effectiveN(committedOwners));
  }

  public int effectiveW(int committedOwners) {
    return Math.min(w, effectiveN(committedOwners));
  }
}
