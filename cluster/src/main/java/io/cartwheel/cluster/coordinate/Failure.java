package io.cartwheel.cluster.coordinate;

/** Why a request has no result. */
public sealed interface Failure {
  /**
   * Too few replicas answered in time.
   *
   * @param waitedMillis by the machine's clock, from the request to this answer
   */
  record NoQuorum(int answered, int needed, long waitedMillis, boolean mayTakeEffect)
      implements Failure {}

  /** This node or the coordinator has too much to do; nothing was executed. */
  record Busy(String reason) implements Failure {}

  /** This node does not serve yet; nothing was executed. */
  record NotReady(String reason) implements Failure {}

  /** The key has as many live siblings as the limit allows; nothing was executed. */
  record TooManySiblings(int count) implements Failure {}
}
