package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.version.Reading;
import java.util.List;

/**
 * What a write does, computed at its coordinator at stamping time, on a loop: it must not block.
 */
public interface Update {

  /**
   * Decides from what the coordinator knows.
   *
   * @param current of each key of the request, in its order
   * @param nowMillis by which expiry is judged
   */
  Decision decide(List<Reading> current, long nowMillis);

  /**
   * What it answers where an earlier attempt of the same request has been carried out.
   *
   * @param again what it decides now, from what that attempt has left
   * @return null where that tells of what was there before, and nobody knows it any more
   */
  default byte[] earlierReply(Decision again) {
    return again.reply();
  }

  /**
   * @param changes one for each key, {@link Change#NONE} where it is left as it is
   * @param reply in the front end's encoding; returned to it as it is
   */
  record Decision(List<Change> changes, byte[] reply) {}

  /** What happens to one key. */
  sealed interface Change {
    Change NONE = new None();
    Change DELETE = new Delete();

    /** Nothing. */
    record None() implements Change {}

    /** A tombstone; nothing where there is neither a row nor a token. */
    record Delete() implements Change {}

    /**
     * @param expiryMillis absolute, {@link io.cartwheel.cluster.version.Sibling#NO_EXPIRY} for none
     */
    record Put(byte[] value, byte type, long expiryMillis) implements Change {}
  }

  /** Reads the front end's encoding of updates; the same on all nodes. */
  interface Decoder {
    /**
     * @throws IllegalArgumentException where the bytes are not an update
     */
    Update decode(byte[] update);
  }
}
