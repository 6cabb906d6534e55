package io.cartwheel.cluster.antientropy;

/**
 * How one shard stands with one peer. Immutable.
 *
 * @param due whether an exchange of all shared partitions is to begin as soon as it can
 * @param running whether an exchange is under way
 * @param completedMillis wall-clock time at which the last exchange of all shared partitions was
 *     completed; 0 for never
 * @param exchanges completed since the start
 * @param failed that ended early since the start
 * @param rowsTaken rows that exchanges have brought here
 * @param rowsGiven rows that exchanges have brought to the peer
 */
public record PeerSync(
    boolean due,
    boolean running,
    long completedMillis,
    long exchanges,
    long failed,
    long rowsTaken,
    long rowsGiven) {
  public static final PeerSync NONE = new PeerSync(false, false, 0, 0, 0, 0, 0);

  /** The peer as two shards see it: complete as of the earlier. */
  public PeerSync and(PeerSync other) {
    return new PeerSync(
        due || other.due,
        running || other.running,
        Math.min(completedMillis, other.completedMillis),
        exchanges + other.exchanges,
        failed + other.failed,
        rowsTaken + other.rowsTaken,
        rowsGiven + other.rowsGiven);
  }

  PeerSync withDue(boolean now) {
    return new PeerSync(now, running, completedMillis, exchanges, failed, rowsTaken, rowsGiven);
  }

  PeerSync withRunning(boolean now) {
    return new PeerSync(due, now, completedMillis, exchanges, failed, rowsTaken, rowsGiven);
  }

  PeerSync withCompleted(long nowMillis) {
    return new PeerSync(due, running, nowMillis, exchanges, failed, rowsTaken, rowsGiven);
  }

  PeerSync withExchange(boolean complete) {
    return new PeerSync(
        due,
        running,
        completedMillis,
        exchanges + (complete ? 1 : 0),
        failed + (complete ? 0 : 1),
        rowsTaken,
        rowsGiven);
  }

  PeerSync withRows(long taken, long given) {
    return new PeerSync(
        due, running, completedMillis, exchanges, failed, rowsTaken + taken, rowsGiven + given);
  }
}
