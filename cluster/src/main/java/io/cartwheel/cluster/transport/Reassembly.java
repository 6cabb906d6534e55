package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.MalformedException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Puts the chunks of long messages together again. At most {@link Frames#MAX_STREAMS} messages are
 * under way on a connection; memory grows with what has arrived, not with what was announced. The
 * room for a message is taken when its first chunk comes; where there is none, what comes of it is
 * dropped, and somebody told. What its sender keeps is dropped likewise, but asked for again once
 * there is room.
 */
final class Reassembly {
  /** Who is told what becomes of messages; called on the connection's loop. */
  interface Verdicts {
    /** There is no room for the message that begins so, and it is lost. */
    void onRefused(ByteReader head);

    /** There is room for a message that its sender keeps. */
    void onTaken(int stream);

    /** There is room for a message that its sender keeps, and what came of it was dropped. */
    void onAgain(int stream);
  }

  /** A message of which not all has come; {@code chunks} is null while what comes is dropped. */
  private static final class Partial {
    private final long total;
    private final boolean isKept;
    private long rest;
    private Queue<byte[]> chunks;

    /** Whether it was asked for again, and its start is to come. */
    private boolean beginsAgain;

    Partial(long total, boolean isKept) {
      this.total = total;
      this.isKept = isKept;
      this.rest = total;
    }

    boolean hasRoom() {
      return chunks != null || beginsAgain;
    }
  }

  private final int maxMessageBytes;
  private final ReceivedRoom room;
  private final ReceivedRoom.Share share;
  private final Executor loop;
  private final Verdicts verdicts;
  private final Map<Integer, Partial> partials = new HashMap<>();

  /**
   * @param maxMessageBytes there is never room for a longer message, as one of a peer that has more
   * @param room for the messages of all connections
   * @param share in it of the link that this connection belongs to
   * @param loop of this connection
   */
  Reassembly(
      int maxMessageBytes,
      ReceivedRoom room,
      ReceivedRoom.Share share,
      Executor loop,
      Verdicts verdicts) {
    this.maxMessageBytes = maxMessageBytes;
    this.room = room;
    this.share = share;
    this.loop = loop;
    this.verdicts = verdicts;
  }

  /**
   * Takes the body of a chunk frame.
   *
   * @param isKept whether the sender keeps the message until it hears that there is room
   * @return the message where this was its last chunk, else null; the caller gives back the room
   *     for so many bytes
   * @throws MalformedException where it does not go on where the last one of its stream ended, or
   *     there are too many streams; the connection is of no use any more
   */
  byte[] add(byte[] body, boolean isKept) {
    ByteReader in = new ByteReader(body);
    int stream = in.readInt();
    int rest = in.readInt();
    int size = in.remaining();
    Partial partial = partials.get(stream);
    if (partial == null) {
      partial = begin(stream, (long) size + rest, rest, isKept, in);
    } else if (partial.beginsAgain && (long) size + rest == partial.total) {
      partial.beginsAgain = false;
      partial.chunks = new ArrayDeque<>();
    } else if ((long) size + rest != partial.rest || size == 0) {
      throw new MalformedException(
          "a chunk of " + size + " bytes before " + rest + " where " + partial.rest + " were left");
    }
    partial.rest = rest;
    if (partial.chunks != null) {
      partial.chunks.add(body);
    }
    if (rest > 0 || (partial.chunks == null && partial.isKept)) {
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

  private Partial begin(int stream, long total, int rest, boolean isKept, ByteReader in) {
    if (rest < 0) {
      throw new MalformedException("a chunk before " + rest + " bytes");
    }
    if (partials.size() == Frames.MAX_STREAMS) {
      throw new MalformedException("more than " + Frames.MAX_STREAMS + " messages in chunks");
    }
    boolean mayFit = total <= maxMessageBytes;
    boolean isTaken = mayFit && room.take(share, total);
    Partial partial = new Partial(total, isKept && mayFit);
    partials.put(stream, partial);
    if (isTaken) {
      partial.chunks = new ArrayDeque<>();
    } else if (partial.isKept) {
      room.await(share, total, () -> loop.execute(() -> onRoom(stream, partial)));
    } else {
      verdicts.onRefused(in);
    }
    if (isKept && (isTaken || !mayFit)) {
      verdicts.onTaken(stream);
    }
    return partial;
  }

  private void onRoom(int stream, Partial partial) {
    if (partials.get(stream) != partial) {
      room.giveBack(share, partial.total);
      return;
    }
    partial.beginsAgain = true;
    verdicts.onAgain(stream);
  }

  /** Forgets what has come of messages whose rest will not come. */
  void close() {
    for (Partial partial : partials.values()) {
      if (partial.hasRoom()) {
        room.giveBack(share, partial.total);
      }
    }
    partials.clear();
  }
}
