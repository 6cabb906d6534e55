package io.cartwheel.resp.server;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.protocol.Reply;
import io.cartwheel.resp.protocol.ReplySink;
import io.cartwheel.resp.protocol.RespEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The replies on their way to one client: gathered through a turn, flushed once at its end. Counts
 * what the client has not taken. On its loop, but for {@link #waitingBytes}.
 */
final class SessionOutput {
  /** A longer bulk is sent as it lies, not copied. */
  private static final int OWN_BUFFER_BYTES = 64 * 1024;

  /** So much memory an idle connection keeps. */
  private static final int KEPT_BYTES = 1024;

  /** One large reply is forgotten after some dozens of small ones. */
  private static final int FORGET_SHARE = 8;

  private final Channel channel;
  private final EventLoop loop;
  private final FrontMetrics metrics;
  private final Runnable onSent;
  private final ReplySink sink = new ReplySink();
  private final Runnable flush = this::flush;
  private boolean flushComes;
  private boolean closeComes;
  private long recentReplyBytes;
  private final AtomicLong unsent = new AtomicLong();

  /**
   * @param onSent called on the loop whenever bytes have left
   */
  SessionOutput(Channel channel, EventLoop loop, FrontMetrics metrics, Runnable onSent) {
    this.channel = channel;
    this.loop = loop;
    this.metrics = metrics;
    this.onSent = onSent;
  }

  /** What the client has not taken yet. */
  long waitingBytes() {
    return unsent.get() + sink.size();
  }

  /** Whether bytes wait that the socket does not take. */
  boolean isStuck() {
    return unsent.get() > 0;
  }

  /** About how large the larger of the latest replies were. */
  long recentReplyBytes() {
    return recentReplyBytes;
  }

  /** About the bytes that a reply takes. */
  static long sizeOf(Reply reply) {
    if (reply instanceof Reply.Bulk bulk) {
      return bulk.bytes().length + 16L;
    }
    if (reply instanceof Reply.Array array) {
      return sizeOf(array.items());
    }
    if (reply instanceof Reply.Map map) {
      return sizeOf(map.keysAndValues());
    }
    return 64;
  }

  private static long sizeOf(List<Reply> items) {
    long size = 16;
    for (Reply item : items) {
      size += sizeOf(item);
    }
    return size;
  }

  void write(Reply reply, int version) {
    long before = waitingBytes();
    if (reply instanceof Reply.Bulk bulk && bulk.bytes().length > OWN_BUFFER_BYTES) {
      RespEncoder.beginBulk(bulk.bytes().length, sink);
      handOver();
      send(Unpooled.wrappedBuffer(bulk.bytes()));
      RespEncoder.endBulk(sink);
    } else {
      RespEncoder.write(reply, version, sink);
    }
    long size = waitingBytes() - before;
    recentReplyBytes = Math.max(size, recentReplyBytes - recentReplyBytes / FORGET_SHARE);
    flushLater();
  }

  /** Closes the connection when all that was written has left. */
  void closeWhenSent() {
    if (!closeComes) {
      closeComes = true;
      flushLater();
    }
  }

  private void flushLater() {
    if (!flushComes) {
      flushComes = true;
      loop.atTurnEnd(Phase.FLUSH, flush);
    }
  }

  private void flush() {
    flushComes = false;
    handOver();
    if (closeComes) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    } else {
      channel.flush();
    }
  }

  /** Gives what was gathered to the socket's queue. */
  private void handOver() {
    if (sink.size() > 0) {
      ByteBuf buffer = channel.alloc().ioBuffer(sink.size());
      buffer.writeBytes(sink.array(), 0, sink.size());
      sink.clear(KEPT_BYTES);
      send(buffer);
    }
  }

  private void send(ByteBuf buffer) {
    int size = buffer.readableBytes();
    unsent.addAndGet(size);
    metrics.outputBytes().inc(size);
    channel
        .write(buffer)
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                // Without this the session would go on answering into nothing.
                Future<?> unused = channel.close();
              }
              unsent.addAndGet(-size);
              onSent.run();
            });
  }
}
