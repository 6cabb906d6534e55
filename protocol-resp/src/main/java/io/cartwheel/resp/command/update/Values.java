package io.cartwheel.resp.command.update;

import io.cartwheel.cluster.coordinate.Update.Change;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.resp.protocol.Reply;

/** Errors and changes that several updates have in common. */
final class Values {
  static final Reply WRONG_TYPE =
      new Reply.Error("WRONGTYPE Operation against a key holding the wrong kind of value");
  static final Reply TOO_LARGE =
      Reply.err("string exceeds maximum allowed size (proto-max-bulk-len)");
  static final Reply NOT_AN_INTEGER = Reply.err("value is not an integer or out of range");
  static final Reply NOT_A_FLOAT = Reply.err("value is not a valid float");

  private static final byte[] EMPTY = {};

  private Values() {}

  /** A string; a deletion where its expiry has passed already. */
  static Change put(byte[] value, long expiryMillis, long nowMillis) {
    return expiryMillis != Sibling.NO_EXPIRY && expiryMillis <= nowMillis
        ? Change.DELETE
        : new Change.Put(value, Sibling.STRING, expiryMillis);
  }

  /** The bytes of the value, none where there is no value. */
  static byte[] bytes(Sibling currentOrNull) {
    return currentOrNull == null ? EMPTY : currentOrNull.value();
  }

  /** The expiry of a value that is changed in place: what it had, else that of a new value. */
  static long keptExpiry(Sibling currentOrNull, long newExpiryMillis) {
    return currentOrNull == null ? newExpiryMillis : currentOrNull.expiryMillis();
  }
}
