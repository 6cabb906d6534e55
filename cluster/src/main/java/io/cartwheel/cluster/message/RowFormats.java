package io.cartwheel.cluster.message;

import static io.cartwheel.cluster.message.Fields.nullableName;
import static io.cartwheel.cluster.message.Fields.partition;
import static io.cartwheel.cluster.message.Fields.request;
import static io.cartwheel.cluster.message.Fields.rows;

import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.PassedOver;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.RowCodec;
import java.util.ArrayList;
import java.util.List;

/** The binary forms of what is said about rows: reads, merges, writes and pages. */
final class RowFormats {
  /** A constant is written as its place here, which it keeps. */
  private static final List<Outcome> OUTCOMES =
      List.of(
          Outcome.DONE,
          Outcome.NO_QUORUM,
          Outcome.LATE,
          Outcome.BUSY,
          Outcome.NOT_SERVING,
          Outcome.TOO_MANY_SIBLINGS,
          Outcome.STALLED,
          Outcome.UNREAD);

  private static final List<Write.Kind> KINDS =
      List.of(Write.Kind.PLAIN, Write.Kind.READ_MODIFY_WRITE, Write.Kind.CONTEXT);

  /** Tags stay what they are; those of types that are gone are not used again. */
  static final List<Format<?>> ALL =
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
                out.writeLong(m.readTime()).writeBoolean(m.passesOver());
                nullableName(out, m.hintFor());
                out.writeBoolean(m.toDisk());
              },
              in ->
                  new Merge(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      in.readBytes(),
                      RowCodec.read(in),
                      in.readLong(),
                      in.readBoolean(),
                      nullableName(in),
                      in.readBoolean())),
          new Format<>(
              28,
              PassedOver.class,
              Fields::request,
              in -> new PassedOver(in.readLong(), partition(in), in.readVarint())),
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
                out.writeLong(m.id()).writeBoolean(m.current());
                rows(out, m.rows());
                out.writeBoolean(m.complete());
              },
              in -> new Scanned(in.readLong(), in.readBoolean(), rows(in), in.readBoolean())));

  private RowFormats() {}

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
