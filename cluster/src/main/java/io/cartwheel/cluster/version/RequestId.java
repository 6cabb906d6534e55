package io.cartwheel.cluster.version;

/**
 * Names one write request of a client through all its attempts, so that a coordinator which finds
 * it in a row answers from there instead of writing twice.
 *
 * @param process random bits of the process that took the request from the client
 * @param sequence its number there, 0 or more
 */
public record RequestId(long process, long sequence) {
  public RequestId {
    if (sequence < 0) {
      throw new IllegalArgumentException("request sequence " + sequence);
    }
  }

  @Override
  public String toString() {
    return Long.toHexString(process) + "-" + sequence;
  }
}
