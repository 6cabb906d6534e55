package io.cartwheel.cluster.transport;

/**
 * The limits of the transport.
 *
 * @param bindHost address to listen on
 * @param bindPort port to listen on
 * @param maxMessageBytes larger messages are not sent, and not received: no row has more
 * @param maxQueueBytes what may wait to leave on one connection, so that one slow peer does not use
 *     all the room; past it {@code send} says no
 * @param maxSentBytes what may wait to leave on all connections; past it {@code send} says no
 * @param maxReceivedBytes what may have come on all connections and wait for its rest, or for the
 *     loop that it is for; past it long messages are refused, and short ones wait in the socket
 * @param connectTimeoutMillis after which a dial has failed
 * @param handshakeTimeoutMillis within which both sides must have shown who they are
 * @param minBackoffMillis before the first further dial
 * @param maxBackoffMillis before any further dial; each waits twice as long as the one before, less
 *     a random part of up to half
 * @param warnIntervalMillis in which the same warning is logged once
 */
public record TransportSettings(
    String bindHost,
    int bindPort,
    int maxMessageBytes,
    long maxQueueBytes,
    long maxSentBytes,
    long maxReceivedBytes,
    int connectTimeoutMillis,
    int handshakeTimeoutMillis,
    int minBackoffMillis,
    int maxBackoffMillis,
    int warnIntervalMillis) {

  private static final int MEGABYTE = 1 << 20;

  /** A message is put together in one array. */
  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 64;

  /** So many full queues use all the room. */
  private static final int QUEUES_FILL_ROOM = 4;

  public TransportSettings {
    if (maxMessageBytes < 1 || maxQueueBytes < 1 || maxSentBytes < 1 || maxReceivedBytes < 1) {
      throw new IllegalArgumentException("limits of messages and queues: 1 or more");
    }
    if (minBackoffMillis < 1 || maxBackoffMillis < minBackoffMillis) {
      throw new IllegalArgumentException(
          "back-off from " + minBackoffMillis + " to " + maxBackoffMillis + " ms");
    }
  }

  /**
   * @param maxValueBytes the largest value of a client; a row with four of them travels however
   *     little room there is
   * @param roomBytes for the messages of all connections, half for each direction; a row of one and
   *     a half times as much is the largest that travels
   */
  public static TransportSettings of(
      String bindHost, int bindPort, int maxValueBytes, long roomBytes) {
    long maxMessageBytes = Math.max(roomBytes + roomBytes / 2, 4L * maxValueBytes + MEGABYTE);
    long oneWay = Math.max(MEGABYTE, roomBytes / 2);
    return new TransportSettings(
        bindHost,
        bindPort,
        (int) Math.min(LONGEST_ARRAY, maxMessageBytes),
        oneWay / QUEUES_FILL_ROOM,
        oneWay,
        oneWay,
        2_000,
        5_000,
        50,
        1_000,
        10_000);
  }
}
