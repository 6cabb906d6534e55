package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;
import java.util.Arrays;

/**
 * APPEND: answers the new length.
 *
 * @param newExpiryMillis of a key that does not exist yet
 * @param maxSizeBytes of the result
 */
public record AppendUpdate(byte[] suffix, long newExpiryMillis, long maxSizeBytes)
    implements KeyUpdate {

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    Reply wrongType = KeyUpdate.wrongType(current);
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    byte[] before = Values.bytes(current);
    if ((long) before.length + suffix.length > maxSizeBytes) {
      return Outcome.reply(Values.TOO_LARGE);
    }
    byte[] after = Arrays.copyOf(before, before.length + suffix.length);
    System.arraycopy(suffix, 0, after, before.length, suffix.length);
    long expiry = Values.keptExpiry(current, newExpiryMillis);
    return new Outcome(Values.put(after, expiry, nowMillis), Reply.integer(after.length));
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.APPEND, 20 + suffix.length)
        .bytes(suffix)
        .i64(newExpiryMillis)
        .i64(maxSizeBytes)
        .toBytes();
  }

  static AppendUpdate read(FieldReader in) {
    return new AppendUpdate(in.bytes(), in.i64(), in.i64());
  }
}
