package io.cartwheel.cluster.transport;

/**
 * The limits of the transport.
 *
 * @param bindHost address to listen on
 * @param bindPort port to listen on
 * @param maxMessageBytes larger messages are not sent, and not received: the largest value times
 *     the siblings that a row may well have, and slack
 * @param maxQueueBytes what may wait to leave on one connection; past it {@code send} says no
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
    int connectTimeoutMillis,
    int handshakeTimeoutMillis,
    int minBackoffMillis,
    int maxBackoffMillis,
    int warnIntervalMillis) {

  private static final int MEGABYTE = 1 << 20;

  public TransportSettings {
    if (maxMessageBytes < 1 || maxQueueBytes < maxMessageBytes) {
      throw new IllegalArgumentException(
          "messages of " + maxMessageBytes + " bytes in a queue of " + maxQueueBytes);
    }
    if (minBackoffMillis < 1 || maxBackoffMillis < minBackoffMillis) {
      throw new IllegalArgumentException(
          "back-off from " + minBackoffMillis + " to " + maxBackoffMillis + " ms");
    }
  }

  /**
   * @param maxValueBytes the largest value of a client; a row with four of them still travels
   */
  public static TransportSettings of(String bindHost, int bindPort, int maxValueBytes) {
    int maxMessageBytes = (int) Math.min(Integer.MAX_VALUE / 2, 4L * maxValueBytes + MEGABYTE);
    return new TransportSettings(
        bindHost,
        bindPort,
        maxMessageBytes,
        Math.max(64L * MEGABYTE, 2L * maxMessageBytes),
        2_000,
        5_000,
        50,
        1_000,
        10_000);
  }
}
