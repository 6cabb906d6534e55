package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/**
 * EXPIRE and its relatives: 1 where the expiry was set, or had passed and the key is gone; else 0.
 *
 * @param flags a sum of the constants here
 * @param expiryMillis absolute; may be in the past, also before 1970
 */
public record ExpireUpdate(int flags, long expiryMillis) implements KeyUpdate {
  /** Only where there is no expiry. */
  public static final int IF_NONE = 1;

  /** Only where there is one. */
  public static final int IF_EXISTS = 2;

  /** Only where it is later than before; no expiry is the latest. */
  public static final int IF_LATER = 4;

  /** Only where it is earlier than before; no expiry is the latest. */
  public static final int IF_EARLIER = 8;

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    if (current == null || !holds(current.expiryMillis())) {
      return Outcome.reply(Reply.ZERO);
    }
    return expiryMillis <= nowMillis
        ? new Outcome(Change.DELETE, Reply.ONE)
        : new Outcome(new Change.Put(current.value(), current.type(), expiryMillis), Reply.ONE);
  }

  private boolean holds(long before) {
    boolean none = before == Sibling.NO_EXPIRY;
    return ((flags & IF_NONE) == 0 || none)
        && ((flags & IF_EXISTS) == 0 || !none)
        && ((flags & IF_LATER) == 0 || (!none && expiryMillis > before))
        && ((flags & IF_EARLIER) == 0 || none || expiryMillis < before);
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.EXPIRE, 9).u8(flags).i64(expiryMillis).toBytes();
  }

  static ExpireUpdate read(FieldReader in) {
    return new ExpireUpdate(in.u8(), in.i64());
  }
}
