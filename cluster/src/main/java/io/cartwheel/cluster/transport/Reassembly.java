package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.MalformedException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Puts the chunks of long messages together again. At most {@link Frames#MAX_STREAMS} messages are
 * under way on a connection; memory grows with what has arrived, not with what was announced. The
 * room for a message is taken when its first chunk comes; where there is none, what comes of it is
 * dropped, and somebody told.
 */
final class Reassembly {
  /** A message of which not all has come; {@code chunks} is null where it was refused. */
  private static final class Partial {
    private final long total;
    private final Queue<byte[]> chunks;
    private long rest;

    Partial(long total, boolean isTaken) {
      this.total = total;
      this.rest = total;
      this.chunks = isTaken ? new ArrayDeque<>() : null;
    }
  }

  private final int maxMessageBytes;
  private final ByteBudget room;
  private final Consumer<ByteReader> onRefused;
  private final Map<Integer, Partial> partials = new HashMap<>();

  /**
   * @param maxMessageBytes there is never room for a longer message, as one of a peer that has more
   * @param room for the messages of all connections
   * @param onRefused given the beginning of a message for which there is no room
   */
  Reassembly(int maxMessageBytes, ByteBudget room, Consumer<ByteReader> onRefused) {
    this.maxMessageBytes = maxMessageBytes;
    this.room = room;
    this.onRefused = onRefused;
  }

  /**
   * Takes the body of a chunk frame.
   *
   * @return the message where this was its last chunk, else null; the caller gives back the room
   *     for so many bytes
   * @throws MalformedException where it does not go on where the last one of its stream ended, or
   *     there are too many streams; the connection is of no use any more
   */
  byte[] add(byte[] body) {
    ByteReader in = new ByteReader(body);
    int stream = in.readInt();
    int rest = in.readInt();
    int size = in.remaining();
    Partial partial = partials.get(stream);
    if (partial == null) {
      partial = begin(stream, size, rest, in);
    } else if ((long) size + rest != partial.rest || size == 0) {
      throw new MalformedException(
          "a chunk of " + size + " bytes before " + rest + " where " + partial.rest + " were left");
    }
    partial.rest = rest;
    if (partial.chunks != null) {
      partial.chunks.add(body);
    }
    if (rest > 0) {
      return null;
    }
    partials.remove(stream);
    return partial.chunks == null ? null : whole(partial);
  }

  /** Each chunk may go as soon as it has been copied. */
  private static byte[] whole(Partial partial) {
    byte[] whole = new byte[(int) partial.total];
    int at = 0;
    for (byte[] body = partial.chunks.poll(); body != null; body = partial.chunks.poll()) {
      int size = body.length - Frames.CHUNK_HEADER_BYTES;
      System.arraycopy(body, Frames.CHUNK_HEADER_BYTES, whole, at, size);
      at += size;
    }
    return whole;
  }

  private Partial begin(int stream, int size, int rest, ByteReader in) {
    if (rest < 0) {
      throw new MalformedException("a chunk before " + rest + " bytes");
    }
    if (partials.size() == Frames.MAX_STREAMS) {
      throw new MalformedException("more than " + Frames.MAX_STREAMS + " messages in chunks");
    }
    long total = (long) size + rest;
    boolean taken = total <= maxMessageBytes && room.take(total);
    if (!taken) {
      onRefused.accept(in);
    }
    Partial partial = new Partial(total, taken);
    partials.put(stream, partial);
    return partial;
  }

  /** Forgets what has come of messages whose rest will not come. */
  void close() {
    for (Partial partial : partials.values()) {
      if (partial.chunks != null) {
        room.giveBack(partial.total);
      }
    }
    partials.clear();
  }
}
