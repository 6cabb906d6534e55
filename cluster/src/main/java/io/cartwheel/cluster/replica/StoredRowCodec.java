package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.storage.StorageException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows as they lie on the disk. {@code n} is a varint (7 bits a byte, low ones first), {@code u64}
 * eight bytes, big-endian:
 *
 * <pre>
 * row     = u8 format, u8 has mint, [mint], n entries, entry..., n siblings, sibling...
 * mint    = u64 actor, n counter, u64 process
 * entry   = u64 actor, n counter, u64 hybrid time
 * sibling = u64 actor, n counter, u64 hybrid time, u8 flags, u8 type, [u64 expiry],
 *           u64 request's process, n its sequence, [n length, value]
 * flags   = form (2 bits), read-modify-write (bit 2), has expiry (bit 3)
 * </pre>
 */
final class StoredRowCodec {
  /** The first byte of every stored row; part of the data directory's format version. */
  static final int FORMAT = 1;

  private static final int READ_MODIFY_WRITE = 4;
  private static final int HAS_EXPIRY = 8;
  private static final Sibling.Form[] FORMS = Sibling.Form.values();

  private StoredRowCodec() {}

  static byte[] encode(StoredRow stored) {
    Output out = new Output(sizeBound(stored));
    out.u8(FORMAT);
    out.u8(stored.mint() == null ? 0 : 1);
    if (stored.mint() != null) {
      out.u64(stored.mint().actor());
      out.varint(stored.mint().counter());
      out.u64(stored.mint().process());
    }
    VersionVector context = stored.row().context();
    out.varint(context.size());
    for (int i = 0; i < context.size(); i++) {
      out.u64(context.actorAt(i));
      out.varint(context.counterAt(i));
      out.u64(context.timeAt(i));
    }
    out.varint(stored.row().siblings().size());
    for (Sibling sibling : stored.row().siblings()) {
      encode(out, sibling);
    }
    return out.toBytes();
  }

  private static void encode(Output out, Sibling s) {
    if (s.form() == Sibling.Form.OMITTED) {
      throw new IllegalStateException("a sibling without its value is never stored: " + s);
    }
    boolean hasExpiry = s.expiryMillis() != Sibling.NO_EXPIRY;
    out.u64(s.dot().actor());
    out.varint(s.dot().counter());
    out.u64(s.time());
    out.u8(
        s.form().ordinal()
            | (s.readModifyWrite() ? READ_MODIFY_WRITE : 0)
            | (hasExpiry ? HAS_EXPIRY : 0));
    out.u8(s.type());
    if (hasExpiry) {
      out.u64(s.expiryMillis());
    }
    out.u64(s.request().process());
    out.varint(s.request().sequence());
    if (s.form() == Sibling.Form.VALUE) {
      out.varint(s.value().length);
      out.bytes(s.value());
    }
  }

  /**
   * @throws StorageException where the bytes are not a row of this format
   */
  static StoredRow decode(byte[] bytes) {
    return decode(bytes, false);
  }

  /** As {@link #decode(byte[])}, without the bytes of any value. */
  static Row decodeVersions(byte[] bytes) {
    return decode(bytes, true).row();
  }

  private static StoredRow decode(byte[] bytes, boolean versionsOnly) {
    Input in = new Input(bytes);
    try {
      int format = in.u8();
      if (format != FORMAT) {
        throw new StorageException(
            "a stored row has format " + format + ", this version reads " + FORMAT);
      }
      StoredRow.Mint mint =
          in.u8() == 0 ? null : new StoredRow.Mint(in.u64(), in.varint(), in.u64());
      VersionVector context = VersionVector.EMPTY;
      for (long entries = in.varint(); entries > 0; entries--) {
        Dot dot = new Dot(in.u64(), in.varint());
        context = context.join(VersionVector.of(dot, in.u64()));
      }
      int count = in.count();
      List<Sibling> siblings = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        siblings.add(sibling(in, versionsOnly));
      }
      return new StoredRow(new Row(context, List.copyOf(siblings)), mint);
    } catch (IndexOutOfBoundsException | IllegalArgumentException damaged) {
      throw new StorageException(
          "a stored row of " + bytes.length + " bytes is damaged: " + damaged.getMessage(),
          damaged);
    }
  }

  private static Sibling sibling(Input in, boolean versionsOnly) {
    Dot dot = new Dot(in.u64(), in.varint());
    long time = in.u64();
    int flags = in.u8();
    byte type = (byte) in.u8();
    long expiryMillis = (flags & HAS_EXPIRY) != 0 ? in.u64() : Sibling.NO_EXPIRY;
    RequestId request = new RequestId(in.u64(), in.varint());
    Sibling.Form form = FORMS[flags & 3];
    byte[] value = null;
    if (form == Sibling.Form.VALUE) {
      int length = in.count();
      if (versionsOnly) {
        form = Sibling.Form.OMITTED;
        in.skip(length);
      } else {
        value = in.bytes(length);
      }
    }
    boolean readModifyWrite = (flags & READ_MODIFY_WRITE) != 0;
    return new Sibling(dot, time, expiryMillis, type, form, value, request, readModifyWrite);
  }

  private static int sizeBound(StoredRow stored) {
    int entryBytes = 8 + 10 + 8;
    int siblingBytes = 8 + 10 + 8 + 2 + 8 + 8 + 10 + 5;
    int size = 2 + entryBytes + 10 + 10 + stored.row().context().size() * entryBytes;
    for (Sibling s : stored.row().siblings()) {
      size = Math.addExact(size, siblingBytes + (s.value() == null ? 0 : s.value().length));
    }
    return size;
  }

  private static final class Output {
    private final byte[] bytes;
    private int at;

    Output(int sizeBound) {
      bytes = new byte[sizeBound];
    }

    void u8(int value) {
      bytes[at++] = (byte) value;
    }

    void u64(long value) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        bytes[at++] = (byte) (value >>> shift);
      }
    }

    void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        bytes[at++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      bytes[at++] = (byte) rest;
    }

    void bytes(byte[] value) {
      System.arraycopy(value, 0, bytes, at, value.length);
      at += value.length;
    }

    byte[] toBytes() {
      return java.util.Arrays.copyOf(bytes, at);
    }
  }

  private static final class Input {
    private final byte[] bytes;
    private int at;

    Input(byte[] bytes) {
      this.bytes = bytes;
    }

    int u8() {
      return bytes[at++] & 0xff;
    }

    long u64() {
      long value = 0;
      for (int i = 0; i < 8; i++) {
        value = value << 8 | (bytes[at++] & 0xff);
      }
      return value;
    }

    long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        int b = u8();
        value |= (long) (b & 0x7f) << shift;
        if ((b & 0x80) == 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("varint of more than ten bytes at " + at);
    }

    /** A number of things that follow, of a byte or more each. */
    int count() {
      long count = varint();
      if (count < 0 || count > bytes.length - at) {
        throw new IllegalArgumentException(count + " to follow in " + (bytes.length - at));
      }
      return (int) count;
    }

    byte[] bytes(int length) {
      skip(length);
      return java.util.Arrays.copyOfRange(bytes, at - length, at);
    }

    void skip(int length) {
      at += length;
    }
  }
}
