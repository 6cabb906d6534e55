package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.message.RingCodec;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;

/**
 * Whose a data directory is; it never changes its owner, because its rows and its place on the ring
 * belong to the name.
 */
public record DirectoryOwner(String clusterName, NodeName name) {
  private static final String MEMORY_NAME = "owner";
  private static final int FORMAT = 1;

  /**
   * Makes sure that the directory is this node's; an empty one becomes so.
   *
   * @throws StartRefusedException where it belongs to another name or cluster
   */
  public void claim(Memory memory) {
    byte[] remembered = memory.get(MEMORY_NAME);
    if (remembered == null) {
      memory.put(MEMORY_NAME, encode());
      return;
    }
    DirectoryOwner owner = decode(remembered);
    if (!owner.name.equals(name)) {
      throw new StartRefusedException(
          "node.name is '"
              + name
              + "', but the data directory belongs to node '"
              + owner.name
              + "'; give that name or another directory");
    }
    if (!owner.clusterName.equals(clusterName)) {
      throw new StartRefusedException(
          "cluster.name is '"
              + clusterName
              + "', but the data directory belongs to cluster '"
              + owner.clusterName
              + "'; give that name or another directory");
    }
  }

  private byte[] encode() {
    ByteWriter out = new ByteWriter();
    out.writeByte(FORMAT);
    out.writeString(clusterName);
    RingCodec.writeName(out, name);
    return out.toByteArray();
  }

  private static DirectoryOwner decode(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    int format = in.readByte();
    if (format != FORMAT) {
      throw new StartRefusedException(
          "the data directory's owner is written in format "
              + format
              + "; this version knows "
              + FORMAT);
    }
    return new DirectoryOwner(in.readString(), RingCodec.readName(in));
  }
}
