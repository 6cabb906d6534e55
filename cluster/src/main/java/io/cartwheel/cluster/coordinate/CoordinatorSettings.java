package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.ByteBudget;

/**
 * What a coordinator is told at its start. Times are in milliseconds.
 *
 * @param requestTimeoutMillis within it every request is answered
 * @param attemptTimeoutMillis after it an attempt of a write is refused by its coordinator
 * @param replicaTimeoutMillis a replica that is silent for longer is replaced by the next
 * @param siblingLimit live siblings of a key; a write that would exceed it is refused
 * @param rowLimitBytes a write that would make a row of several siblings longer is refused: at most
 *     half of what a message may carry, so that what two coordinators have stamped still travels
 * @param clockToleranceMillis within which the nodes agree on the time
 * @param maxRowAgeMillis what peers have told longer ago is not stored: it may hold what has been
 *     deleted since, and the tombstone reaped
 * @param limits of the queues and maps
 */
public record CoordinatorSettings(
    long requestTimeoutMillis,
    long attemptTimeoutMillis,
    long replicaTimeoutMillis,
    int siblingLimit,
    long rowLimitBytes,
    long clockToleranceMillis,
    long maxRowAgeMillis,
    Limits limits) {

  /** Up to this a message is as quick as any. */
  private static final int SMALL_BYTES = 64 << 10;

  /**
   * What a network and a disk that others use as well still do: a megabyte in a tenth of a second.
   */
  private static final int BYTES_PER_MILLI = 10_000;

  public static final CoordinatorSettings DEFAULTS =
      new CoordinatorSettings(1_000, 300, 150, 100, 32L << 20, 5_000, 30_000, Limits.DEFAULTS);

  public CoordinatorSettings {
    if (requestTimeoutMillis < 1 || replicaTimeoutMillis < 1 || siblingLimit < 1) {
      throw new IllegalArgumentException("timeouts and limits: 1 or more");
    }
    if (attemptTimeoutMillis < 1 || attemptTimeoutMillis * 2 >= requestTimeoutMillis) {
      throw new IllegalArgumentException(
          "attempt timeout "
              + attemptTimeoutMillis
              + " ms: below half of the request timeout "
              + requestTimeoutMillis);
    }
  }

  /**
   * By so much longer than a small message a long one may take to its receiver and onto its disk:
   * the timeouts of who waits for that grow by it. Else what is long is sent again while it is
   * still on its way, and takes twice as long.
   */
  static long transferMillis(long bytes) {
    return bytes <= SMALL_BYTES ? 0 : bytes / BYTES_PER_MILLI;
  }

  /** For an attempt of a write: its value travels to its coordinator, and from there. */
  long attemptTimeoutMillis(long valueBytes) {
    return attemptTimeoutMillis + 2 * transferMillis(valueBytes);
  }

  /** For two attempts of a write with such a value. */
  long requestTimeoutMillis(long valueBytes) {
    return requestTimeoutMillis + 4 * transferMillis(valueBytes);
  }

  /**
   * Bounds of one shard; what goes past them is answered as busy. The nodes that clients speak to
   * take no more from them than is answered in time, so a cluster that is only busy stays below.
   *
   * @param requestsInFlight requests of clients and writes of peers under way
   * @param writesPerKey writes of one key that wait for their turn
   * @param lingeringWrites answered writes that still wait for the last owners; past it those
   *     owners are left to repair
   * @param rooms for their bytes
   */
  public record Limits(int requestsInFlight, int writesPerKey, int lingeringWrites, Rooms rooms) {
    /**
     * What dozens of loops of clients have under way at the most, and all of it may be of one key.
     */
    public static final Limits DEFAULTS = new Limits(65_536, 65_536, 16_384);

    /** Without a bound on bytes. */
    public Limits(int requestsInFlight, int writesPerKey, int lingeringWrites) {
      this(
          requestsInFlight,
          writesPerKey,
          lingeringWrites,
          new Rooms(
              ByteBudget.unlimited(),
              ByteBudget.unlimited(),
              ByteBudget.unlimited(),
              ByteBudget.unlimited()));
    }

    /** The same with these rooms. */
    public Limits with(Rooms others) {
      return new Limits(requestsInFlight, writesPerKey, lingeringWrites, others);
    }
  }

  /**
   * Room for bytes, shared by all shards.
   *
   * @param writes that wait to be stamped or stored; past it busy
   * @param lingering answered writes; past it their last owners are left to repair
   * @param answers that a doubled message is to get again; past it that one hears that its write
   *     may have taken effect
   * @param replies of peers' writes until they have left; past it busy, and nothing was executed
   */
  public record Rooms(
      ByteBudget writes, ByteBudget lingering, ByteBudget answers, ByteBudget replies) {}
}
