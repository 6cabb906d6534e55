package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.MalformedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.util.Arrays;

/**
 * One of the connections of a link, after the handshake. It lives on one loop; what other loops
 * want to send is handed over to it. Messages that are sent in one turn leave with one flush.
 */
final class Lane implements PeerChannel.Conversation {

  /** What a lane tells its link; called on the lane's loop. */
  interface Owner {
    void onMessage(NettyEventLoop at, Message message);

    /** Something has come. */
    void onHeard();

    /**
     * The lane is of no use any more.
     *
     * @param reason for the log
     */
    void onLaneLost(String reason);
  }

  /** Longer than it takes to read what a socket holds. */
  private static final long DRAIN_MILLIS = 1_000;

  private final PeerChannel channel;
  private final NettyEventLoop loop;
  private final Owner owner;
  private final HybridClock clock;
  private final TransportMetrics metrics;
  private final Outbox outbox;
  private final Reassembly reassembly;
  private boolean open;
  private boolean dirty;
  private boolean pumping;
  private boolean lost;
  private boolean draining;
  private long latestTime;

  /** Takes over a channel whose handshake is done; only on its loop. Nothing flows before open. */
  Lane(
      PeerChannel channel,
      Owner owner,
      HybridClock clock,
      TransportMetrics metrics,
      TransportSettings settings) {
    this.channel = channel;
    this.loop = channel.loop();
    this.owner = owner;
    this.clock = clock;
    this.metrics = metrics;
    this.outbox = new Outbox(channel.channel().alloc(), settings.maxQueueBytes(), clock::now);
    this.reassembly = new Reassembly(settings.maxMessageBytes());
    channel.settle();
    channel.pause();
    channel.converse(this);
  }

  NettyEventLoop loop() {
    return loop;
  }

  /** Lets messages flow both ways; only on the loop. */
  void open() {
    if (!lost) {
      open = true;
      channel.resume();
      pump();
    }
  }

  /**
   * Queues an encoded message.
   *
   * @param from the loop that the caller runs on
   * @return false where the queue is full
   */
  boolean send(NettyEventLoop from, byte[] bytes, int size) {
    if (!outbox.reserve(size)) {
      metrics.queueRefused();
      return false;
    }
    metrics.messageSent();
    if (from == loop) {
      add(bytes, size);
    } else {
      byte[] copy = Arrays.copyOf(bytes, size);
      loop.execute(() -> add(copy, size));
    }
    return true;
  }

  private void add(byte[] bytes, int size) {
    outbox.add(bytes, size);
    if (!dirty) {
      dirty = true;
      loop.atTurnEnd(phaseOfFlush(), this::flush);
    }
  }

  /** The earliest phase that still comes in this turn, and suits. */
  private Phase phaseOfFlush() {
    Phase running = loop.running();
    return running == null || running == Phase.FLUSH ? Phase.SEND : Phase.FLUSH;
  }

  private void flush() {
    dirty = false;
    pump();
  }

  /** Writes as much as the socket takes now; the rest waits here, where short messages pass. */
  private void pump() {
    if (!open || pumping || lost) {
      return;
    }
    pumping = true;
    Channel netty = channel.channel();
    boolean more = true;
    while (more && netty.isWritable()) {
      more = false;
      while (netty.isWritable()) {
        ByteBuf buffer = outbox.poll();
        if (buffer == null) {
          break;
        }
        int bytes = buffer.readableBytes();
        metrics.sent(bytes);
        netty.write(buffer).addListener(done -> outbox.left(bytes));
        more = true;
      }
      if (more) {
        netty.flush();
      }
    }
    pumping = false;
  }

  /** Closes the connection without a word to the owner; from any thread. */
  void close() {
    loop.execute(this::end);
  }

  /**
   * Sends no more, takes what has been received until the peer's end of it, and closes then or
   * after a while; without a word to the owner, from any thread.
   */
  void drain() {
    loop.execute(
        () -> {
          if (lost || !open) {
            end();
            return;
          }
          lost = true;
          draining = true;
          outbox.close();
          if (channel.channel() instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
          }
          loop.schedule(DRAIN_MILLIS, channel::close);
        });
  }

  /** Closes once what the socket takes now has been written; from any thread. */
  void closeGracefully() {
    loop.execute(
        () -> {
          pump();
          lost = true;
          outbox.close();
          channel
              .channel()
              .writeAndFlush(Unpooled.EMPTY_BUFFER)
              .addListener(ChannelFutureListener.CLOSE);
        });
  }

  private void end() {
    lost = true;
    outbox.close();
    channel.close();
  }

  private void fail(String reason) {
    if (!lost) {
      end();
      owner.onLaneLost(reason);
    }
  }

  @Override
  public void onFrame(int type, long hybridTime, byte[] body) {
    if (lost && !draining) {
      return;
    }
    if (hybridTime > latestTime) {
      latestTime = hybridTime;
      if (!clock.observe(hybridTime)) {
        fail("its clock is more than " + HybridClock.MAX_AHEAD_MILLIS / 1000 + " s ahead");
        return;
      }
    }
    Message message;
    try {
      message = read(type, body);
    } catch (MalformedException e) {
      fail("it sent " + e.getMessage());
      return;
    }
    if (message != null) {
      metrics.messageReceived();
      owner.onMessage(loop, message);
    }
  }

  /** The message that is complete with this frame, or null. */
  private Message read(int type, byte[] body) {
    if (type == Frames.MESSAGE) {
      return MessageCodec.read(new ByteReader(body));
    }
    if (type == Frames.CHUNK) {
      byte[] whole = reassembly.add(body);
      return whole == null ? null : MessageCodec.read(new ByteReader(whole));
    }
    throw new MalformedException("a frame of type " + type);
  }

  @Override
  public void onGarbage(String what) {
    fail("it sent " + what);
  }

  @Override
  public void onClosed() {
    fail("the connection was closed");
  }

  @Override
  public void onBytes(int count) {
    owner.onHeard();
  }

  @Override
  public void onWritable() {
    pump();
  }
}
