package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * What waits to leave on one connection: short messages gather in batches, long ones are cut into
 * chunks. Batches and chunks take turns, and so do the long messages among themselves, so that
 * neither holds up the other.
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
    private int sent;

    Stream(int id, byte[] message) {
      this.id = id;
      this.message = message;
    }
  }

  private final ByteBufAllocator allocator;
  private final ByteBudget own;
  private final ByteBudget all;
  private final LongSupplier hybridTime;
  private final ArrayDeque<ByteBuf> batches = new ArrayDeque<>();
  private final Queue<Stream> underWay = new ArrayDeque<>();
  private final Queue<Stream> waiting = new ArrayDeque<>();
  private int lastStream;
  private boolean chunkNext;
  private boolean closed;

  /**
   * What is to be written next.
   *
   * @param room of the messages that have left with it, to be given back then; the room of a long
   *     one with its last chunk
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

  /** Appends a message for which room was made; the array may change afterwards. */
  void add(byte[] bytes, int size) {
    if (closed) {
      onLeft(wireBytes(size));
      return;
    }
    if (size > Frames.CHUNK_BYTES) {
      waiting.add(new Stream(++lastStream, Arrays.copyOf(bytes, size)));
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
    while (underWay.size() < Frames.MAX_STREAMS && !waiting.isEmpty()) {
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
    }
    ByteBuf header = allocator.directBuffer(LENGTH + HEADER + Frames.CHUNK_HEADER_BYTES);
    header.writeInt(HEADER + Frames.CHUNK_HEADER_BYTES + size);
    header.writeByte(Frames.CHUNK);
    header.writeLong(hybridTime.getAsLong());
    header.writeInt(stream.id);
    header.writeInt(rest);
    ByteBuf chunk =
        Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(stream.message, from, size));
    return new Piece(chunk, rest > 0 ? 0 : wireBytes(stream.message.length));
  }

  boolean isEmpty() {
    return batches.isEmpty() && underWay.isEmpty() && waiting.isEmpty();
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
    underWay.forEach(stream -> onLeft(wireBytes(stream.message.length)));
    underWay.clear();
    waiting.forEach(stream -> onLeft(wireBytes(stream.message.length)));
    waiting.clear();
  }
}
