package io.cartwheel.cluster.message;

import static io.cartwheel.cluster.message.Fields.keys;
import static io.cartwheel.cluster.message.Fields.largeRows;
import static io.cartwheel.cluster.message.Fields.longs;
import static io.cartwheel.cluster.message.Fields.partition;
import static io.cartwheel.cluster.message.Fields.partitions;
import static io.cartwheel.cluster.message.Fields.request;
import static io.cartwheel.cluster.message.Fields.rows;

import io.cartwheel.cluster.message.Message.ChildrenCompared;
import io.cartwheel.cluster.message.Message.CompareChildren;
import io.cartwheel.cluster.message.Message.CompareRoots;
import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.ConfirmDead;
import io.cartwheel.cluster.message.Message.DeadConfirmed;
import io.cartwheel.cluster.message.Message.ForgetDead;
import io.cartwheel.cluster.message.Message.RootsCompared;
import io.cartwheel.cluster.message.Message.RowsCompared;
import java.util.List;

/** The binary forms of what nodes say when they compare their rows. */
final class ExchangeFormats {
  /** Tags stay what they are; those of types that are gone are not used again. */
  static final List<Format<?>> ALL =
      List.of(
          new Format<>(
              19,
              CompareRoots.class,
              (out, m) -> {
                out.writeLong(m.id());
                partitions(out, m.partitions());
                longs(out, m.roots());
              },
              in -> new CompareRoots(in.readLong(), partitions(in), longs(in))),
          new Format<>(
              20,
              RootsCompared.class,
              (out, m) -> {
                out.writeLong(m.id());
                partitions(out, m.differing());
                partitions(out, m.unready());
              },
              in -> new RootsCompared(in.readLong(), partitions(in), partitions(in))),
          new Format<>(
              21,
              CompareChildren.class,
              (out, m) -> {
                request(out, m);
                longs(out, m.hashes());
              },
              in -> new CompareChildren(in.readLong(), partition(in), in.readVarint(), longs(in))),
          new Format<>(
              22,
              ChildrenCompared.class,
              (out, m) -> {
                out.writeLong(m.id());
                partitions(out, m.children());
                longs(out, m.leaves());
              },
              in -> new ChildrenCompared(in.readLong(), partitions(in), longs(in))),
          new Format<>(
              23,
              CompareRows.class,
              (out, m) -> {
                request(out, m);
                out.writeLong(m.from()).writeLong(m.to());
                rows(out, m.rows());
                out.writeBoolean(m.full());
              },
              in ->
                  new CompareRows(
                      in.readLong(),
                      partition(in),
                      in.readVarint(),
                      in.readLong(),
                      in.readLong(),
                      rows(in),
                      in.readBoolean())),
          new Format<>(
              24,
              RowsCompared.class,
              (out, m) -> {
                out.writeLong(m.id()).writeLong(m.readTime()).writeLong(m.until());
                rows(out, m.rows());
                largeRows(out, m.large());
                keys(out, m.wanted());
              },
              in ->
                  new RowsCompared(
                      in.readLong(),
                      in.readLong(),
                      in.readLong(),
                      rows(in),
                      largeRows(in),
                      keys(in))),
          new Format<>(
              25,
              ConfirmDead.class,
              (out, m) -> {
                request(out, m);
                rows(out, m.rows());
              },
              in -> new ConfirmDead(in.readLong(), partition(in), in.readVarint(), rows(in))),
          new Format<>(
              26,
              DeadConfirmed.class,
              (out, m) -> {
                out.writeLong(m.id());
                keys(out, m.keys());
              },
              in -> new DeadConfirmed(in.readLong(), keys(in))),
          new Format<>(
              27,
              ForgetDead.class,
              (out, m) -> {
                request(out, m);
                rows(out, m.rows());
              },
              in -> new ForgetDead(in.readLong(), partition(in), in.readVarint(), rows(in))));

  private ExchangeFormats() {}
}
