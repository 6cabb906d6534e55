package io.cartwheel.cluster.message;

import static io.cartwheel.cluster.message.Fields.partition;
import static io.cartwheel.cluster.message.Fields.partitions;

import io.cartwheel.cluster.message.Message.AskTable;
import io.cartwheel.cluster.message.Message.Count;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.message.Message.NotServing;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.RandomKey;
import io.cartwheel.cluster.message.Message.RandomKeyFound;
import io.cartwheel.cluster.message.Message.StaleEpoch;
import io.cartwheel.cluster.message.Message.TellTable;
import java.util.List;

/** The binary forms of what nodes say about themselves and the ring. */
final class NodeFormats {
  /** Tags stay what they are; those of types that are gone are not used again. */
  static final List<Format<?>> ALL =
      List.of(
          new Format<>(
              9,
              Count.class,
              (out, m) -> {
                out.writeLong(m.id());
                partitions(out, m.partitions());
              },
              in -> new Count(in.readLong(), partitions(in))),
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
              (out, m) -> {
                RingCodec.writeName(out, m.from());
                out.writeLong(m.losses()).writeBytes(m.hintsForYou()).writeBytes(m.handingOn());
              },
              in ->
                  new Heartbeat(
                      RingCodec.readName(in), in.readLong(), in.readBytes(), in.readBytes())));

  private NodeFormats() {}
}
