package io.cartwheel.cluster.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection as frames: takes them from the bytes and hands them to whoever converses on it
 * now, first the handshake, then the lane. Lives on the loop of its channel; {@link #close} may be
 * called from any thread.
 */
final class PeerChannel extends ByteToMessageDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(PeerChannel.class);

  /** Of a refusal's reason more is not read. */
  private static final int MAX_REASON_BYTES = 1024;

  /** Who takes the frames. Called on the channel's loop; what it throws breaks the loop. */
  interface Conversation {
    void onFrame(int type, long hybridTime, byte[] body);

    /** What came was no frame; the channel is being closed. */
    void onGarbage(String what);

    /** The connection has ended; called once. */
    void onClosed();

    /** Bytes have come, perhaps not yet a frame. */
    default void onBytes(int count) {}

    /** There is room again for what is to be written. */
    default void onWritable() {}
  }

  private final NettyLoops loops;
  private final TransportMetrics metrics;
  private Conversation conversation;
  private ChannelHandlerContext context;
  private NettyEventLoop loop;
  private int maxFrameBytes = Frames.MAX_HANDSHAKE_FRAME_BYTES;
  private boolean paused;
  private boolean ended;
  private volatile boolean settled;

  PeerChannel(NettyLoops loops, TransportMetrics metrics) {
    this.loops = loops;
    this.metrics = metrics;
  }

  /** Who takes the frames from now on. */
  void converse(Conversation next) {
    conversation = next;
  }

  /** The handshake is done: longer frames may come, as late as they will. */
  void settle() {
    settled = true;
    maxFrameBytes = Frames.MAX_FRAME_BYTES;
  }

  /** Closes the connection where the handshake has not been done by then. */
  void settleWithin(long timeoutMillis, Runnable onTimeout) {
    context
        .executor()
        .schedule(
            () -> {
              if (!settled && context.channel().isOpen()) {
                onTimeout.run();
                close();
              }
            },
            timeoutMillis,
            TimeUnit.MILLISECONDS);
  }

  NettyEventLoop loop() {
    return loop;
  }

  Channel channel() {
    return context.channel();
  }

  /** Writes one frame and flushes it. */
  void send(int type, long hybridTime, byte[] body) {
    ByteBuf frame = frame(type, hybridTime, body);
    metrics.sent(frame.readableBytes());
    context.writeAndFlush(frame);
  }

  /** Tells the peer why it is refused, and closes. */
  void refuse(long hybridTime, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    byte[] body = text.length <= MAX_REASON_BYTES ? text : new byte[0];
    stopReading();
    context
        .writeAndFlush(frame(Frames.REFUSED, hybridTime, body))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** Tells the peer that it will be dialled, and closes. */
  void introduced(long hybridTime) {
    stopReading();
    context
        .writeAndFlush(frame(Frames.INTRODUCED, hybridTime, new byte[0]))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** The reason in a refusal's body, fit for a log. */
  static String reasonOf(byte[] body) {
    String text =
        new String(body, 0, Math.min(body.length, MAX_REASON_BYTES), StandardCharsets.UTF_8);
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private ByteBuf frame(int type, long hybridTime, byte[] body) {
    ByteBuf frame =
        context
            .alloc()
            .directBuffer(Frames.LENGTH_BYTES + Frames.HEADER_BYTES + body.length)
            .writeInt(Frames.HEADER_BYTES + body.length);
    return frame.writeByte(type).writeLong(hybridTime).writeBytes(body);
  }

  void close() {
    context.channel().close();
  }

  /** Holds frames back from the conversation, and bytes in the socket. */
  void pause() {
    paused = true;
    context.channel().config().setAutoRead(false);
  }

  /** Goes on where {@link #pause} stopped. */
  void resume() {
    paused = false;
    context.channel().config().setAutoRead(true);
    // The decoder looks at what it holds only when something comes.
    context.pipeline().fireChannelRead(Unpooled.EMPTY_BUFFER);
  }

  /** Moves the connection to another loop, and runs {@code then} there. */
  void moveTo(NettyEventLoop home, Runnable then) {
    if (loop == home) {
      then.run();
      return;
    }
    pause();
    Channel channel = context.channel();
    channel
        .deregister()
        .addListener(
            gone -> {
              loop = home;
              home.netty()
                  .register(channel)
                  .addListener(
                      there -> {
                        if (!there.isSuccess()) {
                          channel.close();
                          return;
                        }
                        home.run(
                            () -> {
                              then.run();
                              resume();
                            });
                      });
            });
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    if (ctx.channel().isRegistered()) {
      loop = loops.of(ctx.channel().eventLoop());
    }
  }

  @Override
  public void channelRegistered(ChannelHandlerContext ctx) {
    loop = loops.of(ctx.channel().eventLoop());
    ctx.fireChannelRegistered();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    int bytes = ((ByteBuf) message).readableBytes();
    if (bytes > 0) {
      metrics.received(bytes);
      conversation.onBytes(bytes);
    }
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    while (!paused && !ended && in.readableBytes() >= Frames.LENGTH_BYTES) {
      int length = in.getInt(in.readerIndex());
      if (length < Frames.HEADER_BYTES || length > maxFrameBytes) {
        ended = true;
        loop.run(
            () ->
                conversation.onGarbage(
                    "a frame of " + Integer.toUnsignedString(length) + " bytes"));
        ctx.close();
        break;
      }
      if (in.readableBytes() < Frames.LENGTH_BYTES + length) {
        return;
      }
      in.skipBytes(Frames.LENGTH_BYTES);
      int type = in.readUnsignedByte();
      long hybridTime = in.readLong();
      byte[] body = new byte[length - Frames.HEADER_BYTES];
      in.readBytes(body);
      loop.run(() -> conversation.onFrame(type, hybridTime, body));
    }
    if (ended) {
      in.skipBytes(in.readableBytes());
    }
  }

  /** Whatever else comes is of no interest. */
  private void stopReading() {
    ended = true;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    loop.run(conversation::onClosed);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      loop.run(conversation::onWritable);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("{}: {}", ctx.channel(), cause.toString());
      ctx.close();
      return;
    }
    ctx.close();
    loop.run(
        () -> {
          throw new IllegalStateException("in " + ctx.channel(), cause);
        });
  }
}
