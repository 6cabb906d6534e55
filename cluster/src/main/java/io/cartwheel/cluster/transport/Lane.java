package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.message.Refusal;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.MalformedException;
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
    /** A message has come; the owner says when it has been taken. */
    void onMessage(Arrival arrival);

    /** Something has come. */
    void onHeard();

    /**
     * The lane is of no use any more.
     *
     * @param reason for the log
     */
    void onLaneLost(String reason);

    /** What all lanes of the link have of the room for what is received; from any thread. */
    ReceivedRoom.Share share();
  }

  /**
   * A message that has come, and the room that it takes until the loop that it is for has taken it.
   * The room of a long one is taken already; a short one takes some where it has to wait for
   * another loop. Where there is none the lane reads no further until it has been taken.
   */
  final class Arrival {
    private final Message message;
    private final int bytes;
    private final boolean isLong;
    private boolean hasRoom;
    private boolean waits;

    private Arrival(Message message, int bytes, boolean isLong) {
      this.message = message;
      this.bytes = bytes;
      this.isLong = isLong;
      this.hasRoom = isLong;
    }

    Message message() {
      return message;
    }

    /** On whose loop it has come. */
    NettyEventLoop loop() {
      return loop;
    }

    /** It will wait for another loop. */
    void onHandedOver() {
      waits = true;
      hasRoom = hasRoom || rooms.received().takeShort(bytes);
      if (!hasRoom) {
        heldUp++;
        channel.pause();
      }
    }

    /** It has been taken; from any thread. */
    void onTaken() {
      if (isLong) {
        rooms.received().giveBack(owner.share(), bytes);
      } else if (hasRoom) {
        rooms.received().giveBackShort(bytes);
      } else if (waits) {
        loop.execute(Lane.this::onRoom);
      }
    }
  }

  /**
   * Room for what waits on all lanes of a node.
   *
   * @param sent to leave
   * @param received for its rest, or for its loop
   */
  record Rooms(ByteBudget sent, ReceivedRoom received) {}

  /** Longer than it takes to read what a socket holds. */
  private static final long DRAIN_MILLIS = 1_000;

  private final PeerChannel channel;
  private final NettyEventLoop loop;
  private final Owner owner;
  private final HybridClock clock;
  private final TransportMetrics metrics;
  private final Rooms rooms;
  private final Outbox outbox;
  private final Reassembly reassembly;
  private boolean open;
  private boolean dirty;
  private boolean pumping;
  private boolean lost;
  private boolean draining;

  /** Messages without room that wait for another loop. */
  private int heldUp;

  private long latestTime;

  /** Takes over a channel whose handshake is done; only on its loop. Nothing flows before open. */
  Lane(
      PeerChannel channel,
      Owner owner,
      HybridClock clock,
      TransportMetrics metrics,
      TransportSettings settings,
      Rooms rooms) {
    this.channel = channel;
    this.loop = channel.loop();
    this.owner = owner;
    this.clock = clock;
    this.metrics = metrics;
    this.rooms = rooms;
    this.outbox =
        new Outbox(
            channel.channel().alloc(),
            new ByteBudget(settings.maxQueueBytes()),
            rooms.sent(),
            clock::now);
    this.reassembly =
        new Reassembly(
            settings.maxMessageBytes(), rooms.received(), owner.share(), loop::execute, new Told());
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
   * @param isKept whether it is kept until the peer has room for it, where it is long
   * @return false where the queue is full
   */
  boolean send(NettyEventLoop from, byte[] bytes, int size, boolean isKept) {
    if (!outbox.reserve(size)) {
      metrics.queueRefused();
      return false;
    }
    metrics.messageSent();
    if (from == loop) {
      add(bytes, size, isKept);
    } else {
      byte[] copy = Arrays.copyOf(bytes, size);
      loop.execute(() -> add(copy, size, isKept));
    }
    return true;
  }

  private void add(byte[] bytes, int size, boolean isKept) {
    outbox.add(bytes, size, isKept);
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
        Outbox.Piece piece = outbox.poll();
        if (piece == null) {
          break;
        }
        metrics.sent(piece.buffer().readableBytes());
        netty.write(piece.buffer()).addListener(done -> outbox.onLeft(piece.room()));
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
    Arrival arrival;
    try {
      arrival = read(type, body);
    } catch (MalformedException e) {
      fail("it sent " + e.getMessage());
      return;
    }
    if (arrival != null) {
      metrics.messageReceived();
      owner.onMessage(arrival);
    }
  }

  /** The message that is complete with this frame, or null. */
  private Arrival read(int type, byte[] body) {
    if (type == Frames.MESSAGE) {
      return new Arrival(MessageCodec.read(new ByteReader(body)), body.length, false);
    }
    if (type == Frames.CHUNK || type == Frames.KEPT_CHUNK) {
      byte[] whole = reassembly.add(body, type == Frames.KEPT_CHUNK);
      return whole == null ? null : readLong(whole);
    }
    int stream = new ByteReader(body).readInt();
    if (type == Frames.TAKEN) {
      outbox.onTaken(stream);
    } else if (type == Frames.AGAIN) {
      outbox.onAgain(stream);
    } else {
      throw new MalformedException("a frame of type " + type);
    }
    pump();
    return null;
  }

  private Arrival readLong(byte[] whole) {
    boolean isRead = false;
    try {
      Message message = MessageCodec.read(new ByteReader(whole));
      isRead = true;
      return new Arrival(message, whole.length, true);
    } finally {
      if (!isRead) {
        rooms.received().giveBack(owner.share(), whole.length);
      }
    }
  }

  /** What becomes of long messages. */
  private final class Told implements Reassembly.Verdicts {
    /** Who waits for the message, or for an answer, is told. */
    @Override
    public void onRefused(ByteReader head) {
      metrics.refusedForRoom();
      Refusal refusal = Refusal.of(head);
      if (refusal == null) {
        return;
      }
      if (refusal.isForSender()) {
        ByteWriter out = new ByteWriter();
        MessageCodec.write(out, refusal.answer());
        send(loop, out.buffer(), out.size(), false);
      } else {
        owner.onMessage(new Arrival(refusal.answer(), 0, false));
      }
    }

    @Override
    public void onTaken(int stream) {
      channel.send(Frames.TAKEN, clock.now(), new ByteWriter().writeInt(stream).toByteArray());
    }

    @Override
    public void onAgain(int stream) {
      channel.send(Frames.AGAIN, clock.now(), new ByteWriter().writeInt(stream).toByteArray());
    }
  }

  /** A message for which there was no room has been taken. */
  private void onRoom() {
    heldUp--;
    if (heldUp == 0) {
      channel.resume();
    }
  }

  @Override
  public void onGarbage(String what) {
    fail("it sent " + what);
  }

  @Override
  public void onClosed() {
    reassembly.close();
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
