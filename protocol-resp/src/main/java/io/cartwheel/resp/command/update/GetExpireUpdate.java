package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/**
 * GETEX with an option: answers the value and gives it an expiry.
 *
 * @param expiryMillis absolute, or {@link Sibling#NO_EXPIRY} to take the expiry away
 */
public record GetExpireUpdate(long expiryMillis) implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    if (current == null) {
      return Outcome.reply(Reply.NULL);
    }
    Reply wrongType = KeyUpdate.wrongType(current);
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    Reply value = new Reply.Bulk(current.value());
    return current.expiryMillis() == expiryMillis
        ? Outcome.reply(value)
        : new Outcome(Values.put(current.value(), expiryMillis, nowMillis), value);
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.GET_EXPIRE, 8).i64(expiryMillis).toBytes();
  }

  static GetExpireUpdate read(FieldReader in) {
    return new GetExpireUpdate(in.i64());
  }
}
