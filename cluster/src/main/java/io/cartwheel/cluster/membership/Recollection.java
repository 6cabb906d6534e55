package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.message.RingCodec;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node knew of its ring when it last wrote it down.
 *
 * @param seeds as they were configured when the node got its table
 * @param answeredBy who was met at which seed
 * @param members in order of their names, this node among them
 * @param table never null
 */
record Recollection(
    List<String> seeds,
    SortedMap<String, NodeName> answeredBy,
    List<Member> members,
    PartitionTable table) {

  private static final int FORMAT = 1;

  byte[] encode() {
    ByteWriter out = new ByteWriter();
    out.writeByte(FORMAT);
    out.writeVarint(seeds.size());
    seeds.forEach(out::writeString);
    out.writeVarint(answeredBy.size());
    answeredBy.forEach(
        (seed, name) -> {
          out.writeString(seed);
          RingCodec.writeName(out, name);
        });
    RingCodec.writeMembers(out, members);
    RingCodec.writeTable(out, table);
    return out.toByteArray();
  }

  /**
   * @throws StartRefusedException where a later version of Cartwheel wrote it
   */
  static Recollection decode(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    int format = in.readByte();
    if (format != FORMAT) {
      throw new StartRefusedException(
          "the data directory's ring has format " + format + "; this version knows " + FORMAT);
    }
    List<String> seeds = new ArrayList<>();
    for (int n = in.readCount(1); n > 0; n--) {
      seeds.add(in.readString());
    }
    SortedMap<String, NodeName> answeredBy = new TreeMap<>();
    for (int n = in.readCount(2); n > 0; n--) {
      answeredBy.put(in.readString(), RingCodec.readName(in));
    }
    return new Recollection(seeds, answeredBy, RingCodec.readMembers(in), RingCodec.readTable(in));
  }
}
