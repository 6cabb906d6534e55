package io.cartwheel.resp.server;

/**
 * What one client, and all clients of a loop together, may keep this node busy with.
 *
 * @param pendingCommands of a connection that have no reply on its way yet; at the limit no more
 *     are read
 * @param pendingBytes of a connection's such commands; past it no more are read
 * @param loopCommands of all connections of a loop that are being carried out; past it {@code
 *     -BUSY}
 * @param loopBytes of the words of these; past it {@code -BUSY}
 * @param pauseOutputBytes of replies that a client has not taken; past it no more of its commands
 *     are read, until half of it is left
 * @param closeOutputBytes of replies that a client has not taken; past it the client is
 *     disconnected, as by Redis's client-output-buffer-limit
 */
public record ServerLimits(
    int pendingCommands,
    long pendingBytes,
    int loopCommands,
    long loopBytes,
    long pauseOutputBytes,
    long closeOutputBytes) {

  /** Fit for a heap of this size and so many loops. */
  public static ServerLimits of(long heapBytes, int loops) {
    return new ServerLimits(
        256, 64L << 20, 16_384, heapBytes / 4 / loops, 1 << 20, Math.max(heapBytes / 4, 64L << 20));
  }
}
