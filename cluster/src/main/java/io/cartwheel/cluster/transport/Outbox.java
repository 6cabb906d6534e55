package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * What waits to leave on one connection: short messages gather in batches, long ones are cut into
 * chunks. Batches and chunks take turns, and so do the long messages among themselves, so that
 * neither holds up the other.
 *
 * <p>A long message may be <em>kept</em>: where the receiver has no room, it drops what comes of
 * it, and asks for it again once it has. It counts as under way until the receiver has room.
 *
 * <p>{@link #reserve} may be called from any thread, the rest on the connection's loop.
 */
final class Outbox {
  private static final int LENGTH = Frames.LENGTH_BYTES;
  private static final int HEADER = Frames.HEADER_BYTES;

  /** A batch has at least room for this; most turns need no more. */
  private static final int LEAST_BATCH_BYTES = 4 * 1024;

  private static final class Stream {
    private final int id;
    private final byte[] message;
    private final boolean isKept;
    private int sent;

    /** Whether it may be forgotten once it has been sent. */
    private boolean isTaken;

    Stream(int id, byte[] message, boolean isKept) {
      this.id = id;
      this.message = message;
      this.isKept = isKept;
      this.isTaken = !isKept;
    }
  }

  private final ByteBufAllocator allocator;
  private final ByteBudget own;
  private final ByteBudget all;
  private final LongSupplier hybridTime;
  private final ArrayDeque<ByteBuf> batches = new ArrayDeque<>();
  private final Queue<Stream> underWay = new ArrayDeque<>();
  private final Queue<Stream> waiting = new ArrayDeque<>();

  /** Kept ones that have been sent, for which the receiver had no room as far as is known. */
  private final List<Stream> keptBack = new ArrayList<>(Frames.MAX_STREAMS);

  private int lastStream;
  private boolean chunkNext;
  private boolean closed;

  /**
   * What is to be written next.
   *
   * @param room of the messages that have left with it, to be given back then; the room of a long
   *     one with its last chunk, or where it is kept perhaps only when the receiver has room
   */
  record Piece(ByteBuf buffer, long room) {}

  /**
   * @param own room for what waits here, frames' headers included
   * @param all room for what waits on all connections
   * @param hybridTime read for every frame
   */
  Outbox(ByteBufAllocator allocator, ByteBudget own, ByteBudget all, LongSupplier hybridTime) {
    this.allocator = allocator;
    this.own = own;
    this.all = all;
    this.hybridTime = hybridTime;
  }

  /** Bytes that a message of this size takes in the queue and on the wire. */
  static long wireBytes(int size) {
    int chunks = size <= Frames.CHUNK_BYTES ? 0 : (size - 1) / Frames.CHUNK_BYTES + 1;
    return chunks == 0
        ? LENGTH + HEADER + (long) size
        : size + (long) chunks * (LENGTH + HEADER + Frames.CHUNK_HEADER_BYTES);
  }

  /** Makes room for a message of this size; false where there is none. */
  boolean reserve(int size) {
    long bytes = wireBytes(size);
    if (!own.take(bytes)) {
      return false;
    }
    if (!all.take(bytes)) {
      own.giveBack(bytes);
      return false;
    }
    return true;
  }

  /**
   * Appends a message for which room was made; the array may change afterwards.
   *
   * @param isKept whether it is kept until the receiver has room; of no account for a short one
   */
  void add(byte[] bytes, int size, boolean isKept) {
    if (closed) {
      onLeft(wireBytes(size));
      return;
    }
    if (size > Frames.CHUNK_BYTES) {
      waiting.add(new Stream(++lastStream, Arrays.copyOf(bytes, size), isKept));
      return;
    }
    int frame = LENGTH + HEADER + size;
    ByteBuf batch = batches.peekLast();
    if (batch == null || batch.readableBytes() + frame > Frames.CHUNK_BYTES) {
      batch = allocator.directBuffer(Math.max(frame, LEAST_BATCH_BYTES));
      batches.add(batch);
    }
    batch.writeInt(HEADER + size);
    batch.writeByte(Frames.MESSAGE);
    batch.writeLong(hybridTime.getAsLong());
    batch.writeBytes(bytes, 0, size);
  }

  /** The bytes to write next, null where nothing waits. The caller tells when they have left. */
  Piece poll() {
    while (underWay.size() + keptBack.size() < Frames.MAX_STREAMS && !waiting.isEmpty()) {
      underWay.add(waiting.remove());
    }
    boolean chunk = !underWay.isEmpty() && (chunkNext || batches.isEmpty());
    chunkNext = !chunk;
    if (chunk) {
      return nextChunk();
    }
    ByteBuf batch = batches.poll();
    return batch == null ? null : new Piece(batch, batch.readableBytes());
  }

  private Piece nextChunk() {
    Stream stream = underWay.remove();
    int from = stream.sent;
    int size = Math.min(Frames.CHUNK_BYTES, stream.message.length - from);
    stream.sent += size;
    int rest = stream.message.length - stream.sent;
    if (rest > 0) {
      underWay.add(stream);
    } else if (!stream.isTaken) {
      keptBack.add(stream);
    }
    int type = stream.isKept ? Frames.KEPT_CHUNK : Frames.CHUNK;
    ByteBuf header = allocator.directBuffer(LENGTH + HEADER + Frames.CHUNK_HEADER_BYTES);
    header.writeInt(HEADER + Frames.CHUNK_HEADER_BYTES + size);
    header.writeByte(type);
    header.writeLong(hybridTime.getAsLong());
    header.writeInt(stream.id);
    header.writeInt(rest);
    ByteBuf chunk =
        Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(stream.message, from, size));
    boolean isGone = rest == 0 && stream.isTaken;
    return new Piece(chunk, isGone ? wireBytes(stream.message.length) : 0);
  }

  /** The receiver has room for the message of a stream. */
  void onTaken(int id) {
    Stream sent = removeKeptBack(id);
    if (sent != null) {
      onLeft(wireBytes(sent.message.length));
      return;
    }
    underWay.stream().filter(s -> s.id == id).forEach(s -> s.isTaken = true);
  }

  /** The receiver has room for the message of a stream, and has dropped what was sent of it. */
  void onAgain(int id) {
    Stream sent = removeKeptBack(id);
    if (sent != null) {
      underWay.add(sent);
    }
    for (Stream stream : underWay) {
      if (stream.id == id) {
        stream.sent = 0;
        stream.isTaken = true;
      }
    }
  }

  private Stream removeKeptBack(int id) {
    for (Iterator<Stream> all = keptBack.iterator(); all.hasNext(); ) {
      Stream stream = all.next();
      if (stream.id == id) {
        all.remove();
        return stream;
      }
    }
    return null;
  }

  boolean isEmpty() {
    return batches.isEmpty() && underWay.isEmpty() && waiting.isEmpty() && keptBack.isEmpty();
  }

  /** What was polled has left, or never will: its room is free again; from any thread. */
  void onLeft(long room) {
    if (room > 0) {
      own.giveBack(room);
      all.giveBack(room);
    }
  }

  /** Drops what waits; nothing more comes in. */
  void close() {
    closed = true;
    for (ByteBuf batch : batches) {
      onLeft(batch.readableBytes());
      batch.release();
    }
    batches.clear();
    for (Collection<Stream> streams : List.of(underWay, waiting, keptBack)) {
      streams.forEach(stream -> onLeft(wireBytes(stream.message.length)));
      streams.clear();
    }
  }
}
