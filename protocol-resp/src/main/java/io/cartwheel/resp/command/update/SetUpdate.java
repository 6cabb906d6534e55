package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;
import java.util.List;

/**
 * SET and its relatives. Without conditions it overwrites whatever is there; with one of them it is
 * computed from the key's one value.
 *
 * @param flags a sum of the constants here
 * @param expiryMillis absolute, or {@link Sibling#NO_EXPIRY}; with {@link #KEEP_TTL} that of a key
 *     that does not exist yet
 */
public record SetUpdate(int flags, long expiryMillis, byte[] value) implements KeyUpdate {
  /** Only where nothing lives. */
  public static final int IF_NONE = 1;

  /** Only where something lives. */
  public static final int IF_EXISTS = 2;

  /** Answers the value before. */
  public static final int GET = 4;

  /** Keeps the expiry of the value before. */
  public static final int KEEP_TTL = 8;

  /** Answers 1 or 0, as SETNX. */
  public static final int INTEGER_REPLY = 16;

  private static final int CONDITIONS = IF_NONE | IF_EXISTS | GET | KEEP_TTL;

  /** Whether it overwrites whatever is there. */
  public boolean isPlain() {
    return (flags & CONDITIONS) == 0;
  }

  @Override
  public Update.Decision decide(List<Reading> current, long nowMillis) {
    return isPlain()
        ? new Outcome(Values.put(value, expiryMillis, nowMillis), Reply.OK).toDecision()
        : KeyUpdate.super.decide(current, nowMillis);
  }

  @Override
  public Outcome decide(Sibling current, long nowMillis) {
    Reply wrongType = has(GET) ? KeyUpdate.wrongType(current) : null;
    if (wrongType != null) {
      return Outcome.reply(wrongType);
    }
    boolean refused = current == null ? has(IF_EXISTS) : has(IF_NONE);
    Reply reply;
    if (has(GET)) {
      reply = current == null ? Reply.NULL : new Reply.Bulk(current.value());
    } else if (has(INTEGER_REPLY)) {
      reply = refused ? Reply.ZERO : Reply.ONE;
    } else {
      reply = refused ? Reply.NULL : Reply.OK;
    }
    if (refused) {
      return Outcome.reply(reply);
    }
    long expiry = has(KEEP_TTL) ? Values.keptExpiry(current, expiryMillis) : expiryMillis;
    return new Outcome(Values.put(value, expiry, nowMillis), reply);
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  @Override
  public byte[] encode() {
    return Updates.begin(Opcode.SET, 13 + value.length)
        .u8(flags)
        .i64(expiryMillis)
        .bytes(value)
        .toBytes();
  }

  static SetUpdate read(FieldReader in) {
    return new SetUpdate(in.u8(), in.i64(), in.bytes());
  }
}
