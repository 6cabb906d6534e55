package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.message.RingCodec;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import java.util.SplittableRandom;

/**
 * Whose a data directory is: a node's name, its cluster, and the random id of the directory, drawn
 * when it was first used. A directory never changes its owner.
 *
 * @param dataId random
 */
public record Identity(String clusterName, NodeName name, long dataId) {
  private static final String MEMORY_NAME = "identity";
  private static final int FORMAT = 1;

  /**
   * The identity that the directory remembers, a fresh one where it is empty.
   *
   * @throws StartRefusedException where the directory belongs to another name or cluster
   */
  public static Identity establish(
      Memory memory, String clusterName, NodeName name, SplittableRandom random) {
    byte[] remembered = memory.get(MEMORY_NAME);
    if (remembered == null) {
      Identity fresh = new Identity(clusterName, name, random.nextLong());
      memory.put(MEMORY_NAME, fresh.encode());
      return fresh;
    }
    Identity identity = decode(remembered);
    if (!identity.name.equals(name)) {
      throw new StartRefusedException(
          "node.name is '"
              + name
              + "', but the data directory belongs to node '"
              + identity.name
              + "'; give that name or another directory");
    }
    if (!identity.clusterName.equals(clusterName)) {
      throw new StartRefusedException(
          "cluster.name is '"
              + clusterName
              + "', but the data directory belongs to cluster '"
              + identity.clusterName
              + "'; give that name or another directory");
    }
    return identity;
  }

  private byte[] encode() {
    ByteWriter out = new ByteWriter();
    out.writeByte(FORMAT);
    out.writeString(clusterName);
    RingCodec.writeName(out, name);
    out.writeLong(dataId);
    return out.toByteArray();
  }

  private static Identity decode(byte[] bytes) {
    ByteReader in = new ByteReader(bytes);
    int format = in.readByte();
    if (format != FORMAT) {
      throw new StartRefusedException(
          "the data directory's identity has format " + format + "; this version knows " + FORMAT);
    }
    return new Identity(in.readString(), RingCodec.readName(in), in.readLong());
  }
}
