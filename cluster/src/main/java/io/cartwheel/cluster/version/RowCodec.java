package io.cartwheel.cluster.version;

import java.util.ArrayList;
import java.util.List;

/**
 * The binary form of rows, the same on disk and between nodes. What it reads is a row in every
 * respect (entries and siblings in order, the context covers every sibling) or malformed.
 *
 * <pre>
 * vector  = count, then for each entry: actor (8 bytes), counter (varint), time (8 bytes)
 * row     = vector, count, then for each sibling:
 *           index of its actor in the vector (varint), flags (1 byte), type (1 byte),
 *           [LAST unset: counter (varint), time (8 bytes)] [EXPIRES: ms (8 bytes)],
 *           request (8 bytes, varint), [form VALUE: length (varint), bytes]
 * stored  = format (1 byte), local flags (1 byte),
 *           [MINT: actor (8 bytes), counter (varint), process (8 bytes)], row
 * </pre>
 */
public final class RowCodec {
  /** The first byte of a stored row. */
  public static final int STORED_FORMAT = 1;

  private static final int FORM_MASK = 0x03;
  private static final int EXPIRES = 0x04;
  private static final int READ_MODIFY_WRITE = 0x08;

  /** The sibling is the last dot that the context knows of its actor, at the time it names. */
  private static final int LAST = 0x10;

  private static final int SIBLING_FLAGS = FORM_MASK | EXPIRES | READ_MODIFY_WRITE | LAST;

  private static final int LOCAL_MINT = 0x01;
  private static final int LOCAL_FLAGS = LOCAL_MINT;

  private static final int LEAST_ENTRY_BYTES = 17;
  private static final int LEAST_SIBLING_BYTES = 12;

  /** Forms by the number under which they are stored: never to be reordered. */
  private static final List<Sibling.Form> FORMS =
      List.of(
          Sibling.Form.OMITTED, Sibling.Form.VALUE, Sibling.Form.STRIPPED, Sibling.Form.TOMBSTONE);

  private RowCodec() {}

  /**
   * A row with this node's own fields, for the disk.
   *
   * @throws IllegalArgumentException where a value was left out of the row: it must not be stored
   */
  public static byte[] encode(StoredRow stored) {
    ByteWriter out = new ByteWriter(sizeHint(stored.row()));
    out.writeByte(STORED_FORMAT).writeByte(stored.mint() == null ? 0 : LOCAL_MINT);
    if (stored.mint() != null) {
      StoredRow.Mint mint = stored.mint();
      out.writeLong(mint.actor()).writeVarint(mint.counter()).writeLong(mint.process());
    }
    for (Sibling sibling : stored.row().siblings()) {
      if (sibling.form() == Sibling.Form.OMITTED) {
        throw new IllegalArgumentException("a row to be stored without the value of " + sibling);
      }
    }
    write(out, stored.row());
    return out.toByteArray();
  }

  /**
   * @throws MalformedException where the bytes are not a stored row of a known format
   */
  public static StoredRow decode(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    int format = in.readByte();
    if (format != STORED_FORMAT) {
      throw new MalformedException("a stored row of format " + format);
    }
    int flags = in.readByte();
    if ((flags & ~LOCAL_FLAGS) != 0) {
      throw new MalformedException("local flags " + flags);
    }
    StoredRow.Mint mint = null;
    if ((flags & LOCAL_MINT) != 0) {
      mint = new StoredRow.Mint(in.readLong(), counter(in), in.readLong());
    }
    Row row = read(in);
    in.expectEnd();
    for (Sibling sibling : row.siblings()) {
      if (sibling.form() == Sibling.Form.OMITTED) {
        throw new MalformedException("a stored row without the value of " + sibling);
      }
    }
    return new StoredRow(row, mint);
  }

  public static void write(ByteWriter out, Row row) {
    VersionVector context = row.context();
    writeVector(out, context);
    out.writeVarint(row.siblings().size());
    for (Sibling sibling : row.siblings()) {
      writeSibling(out, sibling, context);
    }
  }

  /**
   * @throws MalformedException where the bytes are not a row
   */
  public static Row read(ByteReader in) {
    VersionVector context = readVector(in);
    int count = in.readCount(LEAST_SIBLING_BYTES);
    List<Sibling> siblings = new ArrayList<>(count);
    Sibling previous = null;
    for (int i = 0; i < count; i++) {
      Sibling sibling = readSibling(in, context);
      if (previous != null && previous.dot().compareTo(sibling.dot()) >= 0) {
        throw new MalformedException("siblings out of order");
      }
      siblings.add(sibling);
      previous = sibling;
    }
    return context.isEmpty() ? Row.EMPTY : new Row(context, List.copyOf(siblings));
  }

  public static void writeVector(ByteWriter out, VersionVector vector) {
    out.writeVarint(vector.size());
    for (int i = 0; i < vector.size(); i++) {
      out.writeLong(vector.actorAt(i));
      out.writeVarint(vector.counterAt(i));
      out.writeLong(vector.timeAt(i));
    }
  }

  /**
   * @throws MalformedException where the bytes are not a vector
   */
  public static VersionVector readVector(ByteReader in) {
    int count = in.readCount(LEAST_ENTRY_BYTES);
    VersionVector.Builder vector = new VersionVector.Builder(count);
    for (int i = 0; i < count; i++) {
      long actor = in.readLong();
      if (i > 0 && Long.compareUnsigned(vector.lastActor(), actor) >= 0) {
        throw new MalformedException("actors out of order");
      }
      vector.add(actor, counter(in), time(in));
    }
    return vector.build();
  }

  private static void writeSibling(ByteWriter out, Sibling sibling, VersionVector context) {
    int index = context.indexOf(sibling.dot().actor());
    if (index < 0 || context.counterAt(index) < sibling.dot().counter()) {
      throw new IllegalArgumentException(context + " does not cover " + sibling);
    }
    boolean last =
        context.counterAt(index) == sibling.dot().counter()
            && context.timeAt(index) == sibling.time();
    boolean expires = sibling.expiryMillis() != Sibling.NO_EXPIRY;
    out.writeVarint(index);
    out.writeByte(
        FORMS.indexOf(sibling.form())
            | (expires ? EXPIRES : 0)
            | (sibling.readModifyWrite() ? READ_MODIFY_WRITE : 0)
            | (last ? LAST : 0));
    out.writeByte(sibling.type());
    if (!last) {
      out.writeVarint(sibling.dot().counter()).writeLong(sibling.time());
    }
    if (expires) {
      out.writeLong(sibling.expiryMillis());
    }
    out.writeLong(sibling.request().process()).writeVarint(sibling.request().sequence());
    if (sibling.form() == Sibling.Form.VALUE) {
      out.writeBytes(sibling.value());
    }
  }

  private static Sibling readSibling(ByteReader in, VersionVector context) {
    int index = in.readVarint(context.size() - 1);
    int flags = in.readByte();
    if ((flags & ~SIBLING_FLAGS) != 0) {
      throw new MalformedException("sibling flags " + flags);
    }
    byte type = (byte) in.readByte();
    boolean last = (flags & LAST) != 0;
    long counter = last ? context.counterAt(index) : counter(in);
    if (counter > context.counterAt(index)) {
      throw new MalformedException("a sibling that its context does not cover");
    }
    long time = last ? context.timeAt(index) : time(in);
    long expiryMillis = (flags & EXPIRES) != 0 ? in.readLong() : Sibling.NO_EXPIRY;
    if ((flags & EXPIRES) != 0 && expiryMillis == Sibling.NO_EXPIRY) {
      throw new MalformedException("an expiry of none");
    }
    RequestId request = new RequestId(in.readLong(), in.readVarint());
    Sibling.Form form = FORMS.get(flags & FORM_MASK);
    return new Sibling(
        new Dot(context.actorAt(index), counter),
        time,
        expiryMillis,
        type,
        form,
        form == Sibling.Form.VALUE ? in.readBytes() : null,
        request,
        (flags & READ_MODIFY_WRITE) != 0);
  }

  private static long counter(ByteReader in) {
    long counter = in.readVarint();
    if (counter == 0) {
      throw new MalformedException("a counter of 0");
    }
    return counter;
  }

  private static long time(ByteReader in) {
    long time = in.readLong();
    if (time < 0) {
      throw new MalformedException("a hybrid time of " + time);
    }
    return time;
  }

  private static int sizeHint(Row row) {
    long hint = 32 + 20L * row.context().size();
    for (Sibling sibling : row.siblings()) {
      hint += 48 + (sibling.value() == null ? 0 : sibling.value().length);
    }
    return (int) Math.min(hint, Integer.MAX_VALUE - 8);
  }
}
