package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/**
 * INCRBYFLOAT: answers the sum.
 *
 * @param delta as the client wrote it; whether it is a number is judged after the value, as in
 *     Redis
 * @param newExpiryMillis of a key that does not exist yet
 */
public record IncrementFloatUpdate(byte[] delta, long newExpiryMillis) implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    Reply wrongType = KeyUpdate.wrongType(current);
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    ExtendedFloat before =
        current == null ? ExtendedFloat.ZERO : ExtendedFloat.parse(current.value());
    ExtendedFloat increment = ExtendedFloat.parse(delta);
    if (before == null || increment == null) {
      return Outcome.reply(Values.NOT_A_FLOAT);
    }
    ExtendedFloat sum = before.plus(increment);
    if (!sum.isFinite()) {
      return Outcome.reply(Reply.err("increment would produce NaN or Infinity"));
    }
    byte[] after = sum.toBytes();
    long expiry = Values.keptExpiry(current, newExpiryMillis);
    return new Outcome(Values.put(after, expiry, nowMillis), new Reply.Bulk(after));
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.INCREMENT_FLOAT, 12 + delta.length)
        .bytes(delta)
        .i64(newExpiryMillis)
        .toBytes();
  }

  static IncrementFloatUpdate read(FieldReader in) {
    return new IncrementFloatUpdate(in.bytes(), in.i64());
  }
}
