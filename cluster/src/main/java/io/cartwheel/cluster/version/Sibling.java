package io.cartwheel.cluster.version;

import java.util.Arrays;

/**
 * One value (or tombstone) of a row, under the dot that names it. Immutable; the array is not
 * copied and must not be changed. Two siblings of one dot are the same write and may differ in
 * their {@link Form} only.
 *
 * @param dot the write's name
 * @param time hybrid time of the write, see {@link HybridClock}
 * @param expiryMillis milliseconds since 1970 from which it is dead, or {@link #NO_EXPIRY}
 * @param type what the value is; {@link #STRING} today
 * @param form how much of the value is here
 * @param value the bytes for {@link Form#VALUE}, else null
 * @param request the request that wrote it
 * @param readModifyWrite whether it was computed from what its coordinator read
 */
public record Sibling(
    Dot dot,
    long time,
    long expiryMillis,
    byte type,
    Form form,
    byte[] value,
    RequestId request,
    boolean readModifyWrite) {

  public static final long NO_EXPIRY = 0;
  public static final byte STRING = 1;

  public Sibling {
    if (time < 0 || (form == Form.VALUE) != (value != null)) {
      throw new IllegalArgumentException(dot + " at " + time + ": " + form);
    }
  }

  /** How much of the value a copy holds. In a merge of one dot the later form here wins. */
  public enum Form {
    /** The value exists but was left out of this copy, which tells versions only; never stored. */
    OMITTED,
    /** The value is here. */
    VALUE,
    /** The write expired and its bytes are gone. */
    STRIPPED,
    /** The write deleted. */
    TOMBSTONE
  }

  /** Whether it shows a value to readers at this time. */
  public boolean isLive(long nowMillis) {
    return (form == Form.VALUE || form == Form.OMITTED)
        && (expiryMillis == NO_EXPIRY || nowMillis < expiryMillis);
  }

  /** The same write without its value's bytes. */
  public Sibling versionOnly() {
    return form == Form.VALUE
        ? new Sibling(dot, time, expiryMillis, type, Form.OMITTED, null, request, readModifyWrite)
        : this;
  }

  /** The same write after its expiry, without its value's bytes. */
  public Sibling stripped() {
    return new Sibling(
        dot, time, expiryMillis, type, Form.STRIPPED, null, request, readModifyWrite);
  }

  /** By content, the value's bytes included. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Sibling that
        && dot.equals(that.dot)
        && time == that.time
        && expiryMillis == that.expiryMillis
        && type == that.type
        && form == that.form
        && Arrays.equals(value, that.value)
        && request.equals(that.request)
        && readModifyWrite == that.readModifyWrite;
  }

  @Override
  public int hashCode() {
    return dot.hashCode();
  }

  @Override
  public String toString() {
    return dot + "=" + (value == null ? form : form + "(" + value.length + " B)");
  }
}
