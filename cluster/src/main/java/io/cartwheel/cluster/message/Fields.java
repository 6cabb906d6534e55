package io.cartwheel.cluster.message;

import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.LargeRow;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.RowCodec;
import java.util.ArrayList;
import java.util.List;

/** The binary form of what several messages bear. */
final class Fields {
  private static final int LEAST_KEYED_ROW_BYTES = 3;
  private static final int LEAST_LARGE_ROW_BYTES = 9;

  private Fields() {}

  static void request(ByteWriter out, Message.Request request) {
    out.writeLong(request.id()).writeVarint(request.partition()).writeVarint(request.epoch());
  }

  static int partition(ByteReader in) {
    return in.readVarint(Position.SLOTS - 1);
  }

  static void partitions(ByteWriter out, List<Integer> partitions) {
    out.writeVarint(partitions.size());
    partitions.forEach(out::writeVarint);
  }

  static List<Integer> partitions(ByteReader in) {
    int count = in.readCount(1);
    List<Integer> partitions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      partitions.add(partition(in));
    }
    return List.copyOf(partitions);
  }

  static void longs(ByteWriter out, List<Long> longs) {
    out.writeVarint(longs.size());
    longs.forEach(out::writeLong);
  }

  static List<Long> longs(ByteReader in) {
    int count = in.readCount(Long.BYTES);
    List<Long> longs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      longs.add(in.readLong());
    }
    return List.copyOf(longs);
  }

  static void keys(ByteWriter out, List<byte[]> keys) {
    out.writeVarint(keys.size());
    keys.forEach(out::writeBytes);
  }

  static List<byte[]> keys(ByteReader in) {
    int count = in.readCount(1);
    List<byte[]> keys = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      keys.add(in.readBytes());
    }
    return List.copyOf(keys);
  }

  static void rows(ByteWriter out, List<KeyedRow> rows) {
    out.writeVarint(rows.size());
    for (KeyedRow row : rows) {
      out.writeBytes(row.key());
      RowCodec.write(out, row.row());
    }
  }

  static List<KeyedRow> rows(ByteReader in) {
    int count = in.readCount(LEAST_KEYED_ROW_BYTES);
    List<KeyedRow> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rows.add(new KeyedRow(in.readBytes(), RowCodec.read(in)));
    }
    return List.copyOf(rows);
  }

  static void largeRows(ByteWriter out, List<LargeRow> rows) {
    out.writeVarint(rows.size());
    rows.forEach(row -> out.writeBytes(row.key()).writeLong(row.bytes()));
  }

  static List<LargeRow> largeRows(ByteReader in) {
    int count = in.readCount(LEAST_LARGE_ROW_BYTES);
    List<LargeRow> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rows.add(new LargeRow(in.readBytes(), in.readLong()));
    }
    return List.copyOf(rows);
  }

  static void nullableName(ByteWriter out, NodeName name) {
    out.writeBoolean(name != null);
    if (name != null) {
      RingCodec.writeName(out, name);
    }
  }

  static NodeName nullableName(ByteReader in) {
    return in.readBoolean() ? RingCodec.readName(in) : null;
  }
}
