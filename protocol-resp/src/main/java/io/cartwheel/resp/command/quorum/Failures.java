package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.resp.protocol.Reply;

/** What a client is told when a request has no result. */
public final class Failures {
  private Failures() {}

  /**
   * {@code CLUSTERDOWN} where the node does not serve yet: cluster clients take it as passing, wait
   * and try again.
   */
  public static Reply.Error reply(Failure failure) {
    if (failure instanceof Failure.NoQuorum none) {
      return new Reply.Error(
          "NOQUORUM "
              + none.answered()
              + " of "
              + none.needed()
              + " replicas answered in "
              + none.waitedMillis()
              + " ms"
              + (none.mayTakeEffect() ? "; the write may still take effect" : ""));
    } else if (failure instanceof Failure.Busy busy) {
      return new Reply.Error("BUSY " + busy.reason());
    } else if (failure instanceof Failure.NotReady notReady) {
      return notReady(notReady.reason());
    } else if (failure instanceof Failure.TooManySiblings many) {
      return new Reply.Error(
          "ERR key has " + many.count() + " concurrent values; resolve them first");
    }
    throw new AssertionError(failure);
  }

  /**
   * @param reason why this node does not serve yet, in one line; null where it has just begun to
   */
  public static Reply.Error notReady(String reason) {
    return new Reply.Error(
        "CLUSTERDOWN The cluster is down: " + (reason == null ? "try again" : reason));
  }

  /** The failure of some keys of a command: says how many were done all the same. */
  static Reply.Error partly(Reply.Error first, int done, int all, String participle) {
    return new Reply.Error(first.text() + "; " + done + " of " + all + " keys were " + participle);
  }
}
