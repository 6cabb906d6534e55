package io.cartwheel.resp.server;

/**
 * What one client, and all clients of a loop together, may keep this node busy with.
 *
 * @param pendingCommands of a connection that have no reply on its way yet; at the limit no more
 *     are read
 * @param pendingBytes of a connection's such commands; past it no more are read
 * @param window of commands of all connections of a loop that are carried out at once; the others
 *     wait
 * @param loopBytes of the words of all commands of a loop that are in memory, under way or not;
 *     past it no more are read; a command that is longer, and longer than any with one value may
 *     be, is told {@code -BUSY}
 * @param pauseOutputBytes of replies that a client has not taken; past it no more of its commands
 *     are read, until half of it is left
 * @param closeOutputBytes of replies that a client has not taken; past it the client is
 *     disconnected, as by Redis's client-output-buffer-limit
 */
public record ServerLimits(
    int pendingCommands,
    long pendingBytes,
    Window.Limits window,
    long loopBytes,
    long pauseOutputBytes,
    long closeOutputBytes) {

  /** As many as share what a turn of a loop costs. */
  private static final int LEAST_UNDER_WAY = 16;

  /** What a loop has under way when it does 20,000 commands a second at 50 ms each. */
  private static final int MOST_UNDER_WAY = 1024;

  /** Shares of the request timeout that a command may take on average: see {@link Window}. */
  private static final int LEAST_TARGET = 20;

  private static final int MOST_TARGET = 4;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * Fit for a heap of this size and so many loops.
   *
   * @param requestTimeoutMillis after which a command that was begun fails
   */
  public static ServerLimits of(long heapBytes, int loops, long requestTimeoutMillis) {
    long timeoutNanos = requestTimeoutMillis * NANOS_PER_MILLI;
    return new ServerLimits(
        256,
        64L << 20,
        new Window.Limits(
            LEAST_UNDER_WAY,
            MOST_UNDER_WAY,
            timeoutNanos / LEAST_TARGET,
            timeoutNanos / MOST_TARGET),
        heapBytes / 4 / loops,
        1 << 20,
        Math.max(heapBytes / 4, 64L << 20));
  }
}
