package io.cartwheel.resp.command.update;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.RedisNumbers;
import io.cartwheel.resp.protocol.Reply;
import java.util.OptionalLong;

/**
 * INCR, DECR, INCRBY, DECRBY: answers the sum.
 *
 * @param newExpiryMillis of a key that does not exist yet
 */
public record IncrementUpdate(long delta, long newExpiryMillis) implements KeyUpdate {
  private static final Reply OVERFLOW = Reply.err("increment or decrement would overflow");

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    Reply wrongType = KeyUpdate.wrongType(current);
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    OptionalLong before =
        current == null ? OptionalLong.of(0) : RedisNumbers.parseLong(current.value());
    if (before.isEmpty()) {
      return Outcome.reply(Values.NOT_AN_INTEGER);
    }
    long a = before.getAsLong();
    long sum = a + delta;
    if (((a ^ sum) & (delta ^ sum)) < 0) {
      return Outcome.reply(OVERFLOW);
    }
    byte[] after = Long.toString(sum).getBytes(US_ASCII);
    long expiry = Values.keptExpiry(current, newExpiryMillis);
    return new Outcome(Values.put(after, expiry, nowMillis), Reply.integer(sum));
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.INCREMENT, 16).i64(delta).i64(newExpiryMillis).toBytes();
  }

  static IncrementUpdate read(FieldReader in) {
    return new IncrementUpdate(in.i64(), in.i64());
  }
}
