package io.cartwheel.cluster.message;

import io.cartwheel.cluster.message.Message.AskTable;
import io.cartwheel.cluster.message.Message.Count;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.NotServing;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.RandomKey;
import io.cartwheel.cluster.message.Message.RandomKeyFound;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.message.Message.StaleEpoch;
import io.cartwheel.cluster.message.Message.TellTable;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.RowCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The binary form of messages: a byte that names the type, then the components of the record in
 * their order. Ids and hybrid times take 8 bytes, other numbers are varints, bytes and lists come
 * after their length. Messages do not bear their version each: peers that speak another {@link
 * #VERSION} refuse each other when they meet.
 *
 * <p>Immutable, safe for use by all threads.
 */
public final class MessageCodec {
  /** Raised by every change of what is written here, in {@link RingCodec} or in a row. */
  public static final int VERSION = 1;

  /** The binary form of one type of message. */
  private record Format<M extends Message>(
      int tag, Class<M> type, BiConsumer<ByteWriter, M> write, Function<ByteReader, M> read) {
    void write(ByteWriter out, Message message) {
      out.writeByte(tag);
      write.accept(out, type.cast(message));
    }
  }

  /** A constant is written as its place here, which it keeps. */
  private static final List<Outcome> OUTCOMES =
      List.of(
          Outcome.DONE,
          Outcome.NO_QUORUM,
          Outcome.LATE,
          Outcome.BUSY,
          Outcome.NOT_SERVING,
          Outcome.TOO_MANY_SIBLINGS);

  private static final List<Write.Kind> KINDS =
      List.of(Write.Kind.PLAIN, Write.Kind.READ_MODIFY_WRITE, Write.Kind.CONTEXT);

  /** Tags stay what they are; those of types that are gone are not used again. */
  private static final List<Format<?>> FORMATS =
      List.of(
          new Format<>(
              1,
              ReadRow.class,
              (out, m) -> {
                request(out, m);
                out.writeBytes(m.key()).writeBoolean(m.versionsOnly());
              },
              in ->
                  new ReadRow(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      in.readBytes(),
                      in.readBoolean())),
          new Format<>(
              2,
              RowRead.class,
              (out, m) -> {
                out.writeLong(m.id()).writeBoolean(m.current());
                RowCodec.write(out, m.row());
              },
              in -> new RowRead(in.readLong(), in.readBoolean(), RowCodec.read(in))),
          new Format<>(
              3,
              Merge.class,
              (out, m) -> {
                request(out, m);
                out.writeBytes(m.key());
                RowCodec.write(out, m.row());
                out.writeLong(m.readTime()).writeBoolean(m.endsCurrency());
              },
              in ->
                  new Merge(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      in.readBytes(),
                      RowCodec.read(in),
                      in.readLong(),
                      in.readBoolean())),
          new Format<>(
              4,
              Merged.class,
              (out, m) -> {
                out.writeLong(m.id()).writeBoolean(m.current()).writeBoolean(m.owner());
                RowCodec.write(out, m.held());
              },
              in ->
                  new Merged(in.readLong(), in.readBoolean(), in.readBoolean(), RowCodec.read(in))),
          new Format<>(
              5,
              Forward.class,
              (out, m) -> {
                request(out, m);
                write(out, m.write());
                out.writeBoolean(m.relayed());
              },
              in ->
                  new Forward(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      readWrite(in),
                      in.readBoolean())),
          new Format<>(
              6,
              Forwarded.class,
              (out, m) ->
                  out.writeLong(m.id())
                      .writeByte(placeOf(m.outcome(), OUTCOMES))
                      .writeBytes(m.reply())
                      .writeVarint(m.answered())
                      .writeVarint(m.needed())
                      .writeLong(m.clock()),
              in ->
                  new Forwarded(
                      in.readLong(),
                      oneOf(in, OUTCOMES),
                      in.readBytes(),
                      in.readVarint(Integer.MAX_VALUE),
                      in.readVarint(Integer.MAX_VALUE),
                      in.readLong())),
          new Format<>(
              7,
              Scan.class,
              (out, m) -> {
                request(out, m);
                out.writeLong(m.from()).writeLong(m.to()).writeVarint(m.limit());
              },
              in ->
                  new Scan(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      in.readLong(),
                      in.readLong(),
                      in.readVarint(Integer.MAX_VALUE))),
          new Format<>(
              8,
              Scanned.class,
              (out, m) -> {
                out.writeLong(m.id()).writeBoolean(m.current()).writeVarint(m.rows().size());
                for (KeyedRow row : m.rows()) {
                  out.writeBytes(row.key());
                  RowCodec.write(out, row.row());
                }
                out.writeBoolean(m.complete());
              },
              in -> new Scanned(in.readLong(), in.readBoolean(), readRows(in), in.readBoolean())),
          new Format<>(
              9,
              Count.class,
              (out, m) -> {
                out.writeLong(m.id()).writeVarint(m.partitions().size());
                m.partitions().forEach(out::writeVarint);
              },
              in -> new Count(in.readLong(), readPartitions(in))),
          new Format<>(
              10,
              Counted.class,
              (out, m) -> out.writeLong(m.id()).writeLong(m.live()),
              in -> new Counted(in.readLong(), in.readLong())),
          new Format<>(
              11,
              RandomKey.class,
              (out, m) -> out.writeLong(m.id()),
              in -> new RandomKey(in.readLong())),
          new Format<>(
              12,
              RandomKeyFound.class,
              (out, m) -> {
                out.writeLong(m.id()).writeBoolean(m.key() != null);
                if (m.key() != null) {
                  out.writeBytes(m.key());
                }
              },
              in -> new RandomKeyFound(in.readLong(), in.readBoolean() ? in.readBytes() : null)),
          new Format<>(
              13,
              StaleEpoch.class,
              (out, m) -> {
                out.writeLong(m.id()).writeVarint(m.partition());
                RingCodec.writeEntry(out, m.entry());
              },
              in -> new StaleEpoch(in.readLong(), partition(in), RingCodec.readEntry(in))),
          new Format<>(
              14,
              NotServing.class,
              (out, m) -> out.writeLong(m.id()).writeVarint(m.partition()),
              in -> new NotServing(in.readLong(), partition(in))),
          new Format<>(
              15,
              Overloaded.class,
              (out, m) -> out.writeLong(m.id()),
              in -> new Overloaded(in.readLong())),
          new Format<>(16, AskTable.class, (out, m) -> {}, in -> new AskTable()),
          new Format<>(
              17,
              TellTable.class,
              (out, m) -> {
                RingCodec.writeMembers(out, m.members());
                out.writeBoolean(m.table() != null);
                if (m.table() != null) {
                  RingCodec.writeTable(out, m.table());
                }
              },
              in ->
                  new TellTable(
                      RingCodec.readMembers(in),
                      in.readBoolean() ? RingCodec.readTable(in) : null)),
          new Format<>(
              18,
              Heartbeat.class,
              (out, m) -> RingCodec.writeName(out, m.from()),
              in -> new Heartbeat(RingCodec.readName(in))));

  private static final int LEAST_KEYED_ROW_BYTES = 3;

  private static final Map<Class<?>, Format<?>> BY_TYPE =
      FORMATS.stream().collect(Collectors.toUnmodifiableMap(Format::type, Function.identity()));
  private static final Map<Integer, Format<?>> BY_TAG =
      FORMATS.stream().collect(Collectors.toUnmodifiableMap(Format::tag, Function.identity()));

  private MessageCodec() {}

  /** Appends the message to what the writer holds. */
  public static void write(ByteWriter out, Message message) {
    Format<?> format = BY_TYPE.get(message.getClass());
    if (format == null) {
      throw new IllegalArgumentException("no binary form of " + message.getClass().getName());
    }
    format.write(out, message);
  }

  /**
   * Reads a message that takes all the bytes there are.
   *
   * @throws MalformedException where they are not one
   */
  public static Message read(ByteReader in) {
    int tag = in.readByte();
    Format<?> format = BY_TAG.get(tag);
    if (format == null) {
      throw new MalformedException("a message of type " + tag);
    }
    Message message = format.read().apply(in);
    in.expectEnd();
    return message;
  }

  private static void request(ByteWriter out, Message.Request request) {
    out.writeLong(request.id()).writeVarint(request.partition()).writeVarint(request.epoch());
  }

  private static int partition(ByteReader in) {
    return in.readVarint(Position.SLOTS - 1);
  }

  private static void write(ByteWriter out, Write write) {
    out.writeVarint(write.keys().size());
    write.keys().forEach(out::writeBytes);
    out.writeByte(placeOf(write.kind(), KINDS)).writeBytes(write.update());
    RowCodec.writeVector(out, write.past());
    out.writeVarint(write.w());
    out.writeLong(write.request().process()).writeVarint(write.request().sequence());
    out.writeLong(write.firstSent()).writeLong(write.deadline()).writeBoolean(write.retry());
  }

  private static Write readWrite(ByteReader in) {
    int count = in.readCount(1);
    List<byte[]> keys = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      keys.add(in.readBytes());
    }
    return new Write(
        List.copyOf(keys),
        oneOf(in, KINDS),
        in.readBytes(),
        RowCodec.readVector(in),
        in.readVarint(Integer.MAX_VALUE),
        new RequestId(in.readLong(), in.readVarint()),
        in.readLong(),
        in.readLong(),
        in.readBoolean());
  }

  private static List<KeyedRow> readRows(ByteReader in) {
    int count = in.readCount(LEAST_KEYED_ROW_BYTES);
    List<KeyedRow> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rows.add(new KeyedRow(in.readBytes(), RowCodec.read(in)));
    }
    return List.copyOf(rows);
  }

  private static List<Integer> readPartitions(ByteReader in) {
    int count = in.readCount(1);
    List<Integer> partitions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      partitions.add(partition(in));
    }
    return List.copyOf(partitions);
  }

  private static <E> int placeOf(E value, List<E> places) {
    int place = places.indexOf(value);
    if (place < 0) {
      throw new IllegalArgumentException("no binary form of " + value);
    }
    return place;
  }

  private static <E> E oneOf(ByteReader in, List<E> places) {
    return places.get(in.readVarint(places.size() - 1));
  }
}
