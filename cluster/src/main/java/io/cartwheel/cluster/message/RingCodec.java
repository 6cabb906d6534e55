package io.cartwheel.cluster.message;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.PartitionTable.Entry;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.MalformedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The binary form of members and of the partition table, between nodes and on disk. A table names
 * each node once; its entries refer to that list.
 */
public final class RingCodec {
  private static final int LEAST_MEMBER_BYTES = 14;
  private static final int LEAST_ENTRY_BYTES = 4;

  private RingCodec() {}

  public static void writeName(ByteWriter out, NodeName name) {
    out.writeString(name.value());
  }

  /**
   * @throws MalformedException where the bytes are not a name that a node may bear
   */
  public static NodeName readName(ByteReader in) {
    String name = in.readString();
    try {
      return new NodeName(name);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a node name of " + name.length() + " characters, or strange");
    }
  }

  public static void writeMember(ByteWriter out, Member member) {
    writeName(out, member.name());
    out.writeLong(member.dataId())
        .writeString(member.peerAddress())
        .writeString(member.respAddress())
        .writeString(member.rack())
        .writeVarint(member.weight());
  }

  /**
   * @throws MalformedException where the bytes are not a member
   */
  public static Member readMember(ByteReader in) {
    Member member =
        new Member(
            readName(in),
            in.readLong(),
            in.readString(),
            in.readString(),
            in.readString(),
            in.readVarint(Integer.MAX_VALUE));
    if (member.weight() < 1) {
      throw new MalformedException("a weight of " + member.weight());
    }
    return member;
  }

  public static void writeMembers(ByteWriter out, List<Member> members) {
    out.writeVarint(members.size());
    members.forEach(member -> writeMember(out, member));
  }

  /**
   * @throws MalformedException where the bytes are not members
   */
  public static List<Member> readMembers(ByteReader in) {
    int count = in.readCount(LEAST_MEMBER_BYTES);
    List<Member> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      members.add(readMember(in));
    }
    return List.copyOf(members);
  }

  public static void writeEntry(ByteWriter out, Entry entry) {
    writeTable(out, List.of(entry));
  }

  /**
   * @throws MalformedException where the bytes are not an entry
   */
  public static Entry readEntry(ByteReader in) {
    List<Entry> entries = readEntries(in);
    if (entries.size() != 1) {
      throw new MalformedException(entries.size() + " entries for one partition");
    }
    return entries.get(0);
  }

  public static void writeTable(ByteWriter out, PartitionTable table) {
    writeTable(out, table.entries());
  }

  /**
   * @throws MalformedException where the bytes are not a table
   */
  public static PartitionTable readTable(ByteReader in) {
    List<Entry> entries = readEntries(in);
    if (Integer.bitCount(entries.size()) != 1) {
      throw new MalformedException("a table of " + entries.size() + " partitions");
    }
    return new PartitionTable(entries);
  }

  private static void writeTable(ByteWriter out, List<Entry> entries) {
    Map<NodeName, Integer> numbers = new LinkedHashMap<>();
    for (Entry entry : entries) {
      number(numbers, entry.holder());
      entry.committed().forEach(name -> number(numbers, name));
      entry.target().forEach(name -> number(numbers, name));
    }
    out.writeVarint(numbers.size());
    numbers.keySet().forEach(name -> writeName(out, name));
    out.writeVarint(entries.size());
    for (Entry entry : entries) {
      out.writeVarint(entry.epoch()).writeVarint(numbers.get(entry.holder()));
      writeNumbers(out, entry.committed(), numbers);
      writeNumbers(out, entry.target(), numbers);
    }
  }

  private static void number(Map<NodeName, Integer> numbers, NodeName name) {
    numbers.putIfAbsent(name, numbers.size());
  }

  private static void writeNumbers(
      ByteWriter out, List<NodeName> names, Map<NodeName, Integer> numbers) {
    out.writeVarint(names.size());
    names.forEach(name -> out.writeVarint(numbers.get(name)));
  }

  private static List<Entry> readEntries(ByteReader in) {
    int nodes = in.readCount(2);
    List<NodeName> names = new ArrayList<>(nodes);
    for (int i = 0; i < nodes; i++) {
      names.add(readName(in));
    }
    int count = in.readCount(LEAST_ENTRY_BYTES);
    if (count > Position.SLOTS) {
      throw new MalformedException("a table of " + count + " partitions");
    }
    List<Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(readEntry(in, names));
    }
    return entries;
  }

  private static Entry readEntry(ByteReader in, List<NodeName> names) {
    long epoch = in.readVarint();
    NodeName holder = readName(in, names);
    List<NodeName> committed = readNames(in, names);
    List<NodeName> target = readNames(in, names);
    try {
      return new Entry(epoch, holder, committed, target);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("an entry that cannot be: " + e.getMessage());
    }
  }

  private static List<NodeName> readNames(ByteReader in, List<NodeName> names) {
    int count = in.readCount(1);
    List<NodeName> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(readName(in, names));
    }
    return List.copyOf(list);
  }

  private static NodeName readName(ByteReader in, List<NodeName> names) {
    return names.get(in.readVarint(names.size() - 1));
  }
}
