package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;
import java.util.Arrays;

/**
 * SETRANGE: overwrites a part, zeros before it where the value is shorter; answers the new length.
 *
 * @param offset where the part begins, 0 or more
 * @param newExpiryMillis of a key that does not exist yet
 * @param maxSizeBytes of the result
 */
public record SetRangeUpdate(long offset, byte[] part, long newExpiryMillis, long maxSizeBytes)
    implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    Reply wrongType = KeyUpdate.wrongType(current);
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    byte[] before = Values.bytes(current);
    if (part.length == 0) {
      return Outcome.reply(Reply.integer(before.length));
    }
    if (offset > maxSizeBytes - part.length) {
      return Outcome.reply(Values.TOO_LARGE);
    }
    int end = (int) offset + part.length;
    byte[] after = Arrays.copyOf(before, Math.max(before.length, end));
    System.arraycopy(part, 0, after, (int) offset, part.length);
    long expiry = Values.keptExpiry(current, newExpiryMillis);
    return new Outcome(Values.put(after, expiry, nowMillis), Reply.integer(after.length));
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.SET_RANGE, 28 + part.length)
        .i64(offset)
        .bytes(part)
        .i64(newExpiryMillis)
        .i64(maxSizeBytes)
        .toBytes();
  }

  static SetRangeUpdate read(FieldReader in) {
    return new SetRangeUpdate(in.i64(), in.bytes(), in.i64(), in.i64());
  }
}
