package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.MalformedException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Puts the chunks of long messages together again. At most {@link Frames#MAX_STREAMS} messages of
 * the largest size are under way on a connection; memory grows with what has arrived, not with what
 * was announced.
 */
final class Reassembly {
  private static final class Partial {
    private byte[] bytes;
    private int size;
    private int rest;
  }

  private final int maxMessageBytes;
  private final Map<Integer, Partial> partials = new HashMap<>();

  Reassembly(int maxMessageBytes) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /**
   * Takes the body of a chunk frame.
   *
   * @return the message where this was its last chunk, else null
   * @throws MalformedException where it does not go on where the last one of its stream ended, or a
   *     limit is passed; the connection is of no use any more
   */
  byte[] add(byte[] body) {
    ByteReader in = new ByteReader(body);
    int stream = in.readInt();
    int rest = in.readInt();
    int size = in.remaining();
    Partial partial = partials.get(stream);
    if (partial == null) {
      partial = begin(stream, size, rest);
    } else if ((long) size + rest != partial.rest || size == 0) {
      throw new MalformedException(
          "a chunk of " + size + " bytes before " + rest + " where " + partial.rest + " were left");
    }
    int needed = partial.size + size;
    if (needed > partial.bytes.length) {
      long doubled = Math.min(2L * partial.bytes.length, (long) needed + rest);
      partial.bytes = Arrays.copyOf(partial.bytes, (int) Math.max(doubled, needed));
    }
    System.arraycopy(body, Frames.CHUNK_HEADER_BYTES, partial.bytes, partial.size, size);
    partial.size = needed;
    partial.rest = rest;
    if (rest > 0) {
      return null;
    }
    partials.remove(stream);
    return partial.bytes.length == partial.size
        ? partial.bytes
        : Arrays.copyOf(partial.bytes, partial.size);
  }

  private Partial begin(int stream, int size, int rest) {
    if (rest < 0 || (long) size + rest > maxMessageBytes) {
      throw new MalformedException(
          "a message of " + ((long) size + rest) + " bytes, at most " + maxMessageBytes);
    }
    if (partials.size() == Frames.MAX_STREAMS) {
      throw new MalformedException("more than " + Frames.MAX_STREAMS + " messages in chunks");
    }
    Partial partial = new Partial();
    partial.bytes = new byte[size];
    partials.put(stream, partial);
    return partial;
  }
}
