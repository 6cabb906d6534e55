package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/**
 * An update of one key that is computed from the key's one value. A key with several live values is
 * refused: which of them to count on is for the client to say.
 */
public interface KeyUpdate extends EncodableUpdate {

  /** What is to be done. */
  record Outcome(Change change, Reply reply) {
    /** Nothing changes. */
    static Outcome reply(Reply reply) {
      return new Outcome(Change.NONE, reply);
    }

    Decision toDecision() {
      return new Decision(List.of(change), ReplyBytes.encode(reply));
    }
  }

  /**
   * @param current the live value, or null
   */
  Outcome decide(Sibling current, long nowMillis);

  @Override
  default Decision decide(List<Reading> current, long nowMillis) {
    Reading reading = current.get(0);
    return (reading.isConflict()
            ? Outcome.reply(conflict(reading.live().size()))
            : decide(reading.single(), nowMillis))
        .toDecision();
  }

  /** The error for a key that has several live values. */
  static Reply conflict(int values) {
    return new Reply.Error(
        "CONFLICT key has " + values + " concurrent values; GET it, then SET with CONTEXT");
  }

  /** The error where the value is no string; null where it is, or where there is none. */
  static Reply wrongType(Sibling currentOrNull) {
    return currentOrNull == null || currentOrNull.type() == Sibling.STRING
        ? null
        : Values.WRONG_TYPE;
  }
}
