package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node knew of its ring when it last wrote it down.
 *
 * @param clusterName to which the ring belongs
 * @param seeds as they were configured when the node got its table
 * @param answeredBy who was met at which seed
 * @param members in order of their names, this node among them
 * @param table never null
 */
record Recollection(
    String clusterName,
    List<String> seeds,
    SortedMap<String, NodeName> answeredBy,
    List<Member> members,
    PartitionTable table) {

  private static final int FORMAT = 1;

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeUTF(clusterName);
      out.writeInt(seeds.size());
      for (String seed : seeds) {
        out.writeUTF(seed);
      }
      out.writeInt(answeredBy.size());
      for (Map.Entry<String, NodeName> answer : answeredBy.entrySet()) {
        out.writeUTF(answer.getKey());
        out.writeUTF(answer.getValue().value());
      }
      writeMembers(out, members);
      writeTable(out, table);
    } catch (IOException e) {
      throw new UncheckedIOException("into memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws StartRefusedException where a later version of Cartwheel wrote it
   */
  static Recollection decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new StartRefusedException(
            "the data directory's ring has format " + format + ", this version knows " + FORMAT);
      }
      String clusterName = in.readUTF();
      List<String> seeds = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        seeds.add(in.readUTF());
      }
      SortedMap<String, NodeName> answeredBy = new TreeMap<>();
      for (int n = in.readInt(); n > 0; n--) {
        answeredBy.put(in.readUTF(), new NodeName(in.readUTF()));
      }
      return new Recollection(clusterName, seeds, answeredBy, readMembers(in), readTable(in));
    } catch (IOException e) {
      throw new UncheckedIOException("the ring in the data directory is cut short", e);
    }
  }

  static void writeMembers(DataOutputStream out, List<Member> members) throws IOException {
    out.writeInt(members.size());
    for (Member member : members) {
      out.writeUTF(member.name().value());
      out.writeLong(member.dataId());
      out.writeUTF(member.peerAddress());
      out.writeUTF(member.respAddress());
      out.writeUTF(member.rack());
      out.writeInt(member.weight());
    }
  }

  static List<Member> readMembers(DataInputStream in) throws IOException {
    List<Member> members = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      members.add(
          new Member(
              new NodeName(in.readUTF()),
              in.readLong(),
              in.readUTF(),
              in.readUTF(),
              in.readUTF(),
              in.readInt()));
    }
    return members;
  }

  private static void writeTable(DataOutputStream out, PartitionTable table) throws IOException {
    out.writeInt(table.partitions());
    for (PartitionTable.Entry entry : table.entries()) {
      out.writeLong(entry.epoch());
      out.writeUTF(entry.holder().value());
      writeNames(out, entry.committed());
      writeNames(out, entry.target());
    }
  }

  private static PartitionTable readTable(DataInputStream in) throws IOException {
    List<PartitionTable.Entry> entries = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      entries.add(
          new PartitionTable.Entry(
              in.readLong(), new NodeName(in.readUTF()), readNames(in), readNames(in)));
    }
    return new PartitionTable(entries);
  }

  private static void writeNames(DataOutputStream out, List<NodeName> names) throws IOException {
    out.writeShort(names.size());
    for (NodeName name : names) {
      out.writeUTF(name.value());
    }
  }

  private static List<NodeName> readNames(DataInputStream in) throws IOException {
    List<NodeName> names = new ArrayList<>();
    for (int n = in.readShort(); n > 0; n--) {
      names.add(new NodeName(in.readUTF()));
    }
    return List.copyOf(names);
  }
}
