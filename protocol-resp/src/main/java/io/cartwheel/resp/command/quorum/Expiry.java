package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.protocol.Reply;

/** Times to live, turned into absolute times where the command arrives, so all replicas agree. */
public final class Expiry {
  private static final long MILLIS = 1000;

  private Expiry() {}

  /** How a client gives a time. */
  public enum Unit {
    EX(true, true),
    PX(false, true),
    EXAT(true, false),
    PXAT(false, false);

    private final boolean seconds;
    private final boolean relative;

    Unit(boolean seconds, boolean relative) {
      this.seconds = seconds;
      this.relative = relative;
    }
  }

  /**
   * The time of a SET, GETEX or SETEX, which must be positive.
   *
   * @throws ReplyException with Redis's errors
   */
  public static long ofValue(Call call, byte[] word, Unit unit) throws ReplyException {
    long time = Options.integer(word);
    if (time <= 0) {
      throw invalid(call);
    }
    return absolute(call, time, unit);
  }

  /**
   * The time of an EXPIRE, which may be in the past.
   *
   * @throws ReplyException with Redis's errors
   */
  public static long ofKey(Call call, byte[] word, Unit unit) throws ReplyException {
    return absolute(call, Options.integer(word), unit);
  }

  private static long absolute(Call call, long time, Unit unit) throws ReplyException {
    long millis = time;
    if (unit.seconds) {
      if (time > Long.MAX_VALUE / MILLIS || time < Long.MIN_VALUE / MILLIS) {
        throw invalid(call);
      }
      millis = time * MILLIS;
    }
    if (!unit.relative) {
      return millis;
    }
    long now = call.services().coordinator().nowMillis();
    if (millis > Long.MAX_VALUE - now) {
      throw invalid(call);
    }
    return now + millis;
  }

  private static ReplyException invalid(Call call) {
    return new ReplyException(
        Reply.err("invalid expire time in '" + call.spec().name() + "' command"));
  }

  /**
   * The expiry of a value that is set without one: that of its keyspace. It is given whenever a
   * command makes a value (SET, MSET, GETSET, SETNX, and APPEND, INCR, SETRANGE on a new key); what
   * is there already keeps its own, and PERSIST takes it away.
   */
  public static long ofKeyspace(Call call, byte[] key) {
    long ttlMillis = call.services().coordinator().keyspaceOf(key).defaultTtlMillis();
    return ttlMillis == 0
        ? Sibling.NO_EXPIRY
        : call.services().coordinator().nowMillis() + ttlMillis;
  }
}
