package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.message.Refusal;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Handshake.Hello;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.HybridClock;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection for each pair of nodes and loop. Lane 0 lives on the control loops of both: what
 * membership says never waits behind rows, nor for a shard's loop. Lane {@code i + 1} lives on the
 * loop of shard {@code i} of the node that dialled, and on loop {@code i} modulo their number at
 * the other; so there is one lane more than the dialer has shards. Both directions use them; the
 * acceptor's shards beyond these share them, by their numbers modulo the lanes' of shards.
 *
 * <p>Links are made and ended on the control loop, in {@link LinkTable}; {@link Dialer} keeps
 * trying.
 */
final class NettyTransport implements Network.Links {
  private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);

  /** Strangers whose handshake is not done; more are hung up on. */
  private static final int MAX_STRANGERS = 256;

  /** What is under way has so long to leave when the transport closes. */
  private static final long CLOSE_TIMEOUT_MILLIS = 1_000;

  /** An encoder that has grown larger is dropped. */
  private static final int MAX_IDLE_WRITER_BYTES = 1 << 20;

  private final NettyLoops loops;
  private final NettyEventLoop control;
  private final HybridClock clock;
  private final TransportSettings settings;
  private final Lane.Rooms rooms;
  private final TransportMetrics metrics;
  private final RepeatedWarnings warnings;
  private final Handshake handshake;
  private final LinkTable table;
  private final Dialer dialer;
  private final Addresses addresses = new Addresses();
  private final ChannelGroup channels =
      new DefaultChannelGroup("peers", GlobalEventExecutor.INSTANCE, true);
  private final AtomicInteger strangers = new AtomicInteger();
  private final ByteWriter[] writers;
  private volatile boolean closed;

  NettyTransport(
      NettyNetwork.Environment environment,
      Member self,
      HybridClock hybridClock,
      Transport.Listener listener,
      Function<Member, String> refuse) {
    SplittableRandom random = environment.random().split();
    Clock machine = environment.clock();
    this.loops = environment.loops();
    this.control = loops.control();
    this.clock = hybridClock;
    this.settings = environment.settings();
    this.rooms =
        new Lane.Rooms(
            new ByteBudget(settings.maxSentBytes()), new ReceivedRoom(settings.maxReceivedBytes()));
    this.metrics = new TransportMetrics(environment.metrics());
    this.warnings = new RepeatedWarnings(machine, settings.warnIntervalMillis(), LOG::warn);
    this.handshake = new Handshake(environment.facts(), self, random.nextLong(), machine);
    this.table =
        new LinkTable(loops, listener, refuse, metrics, machine, settings.handshakeTimeoutMillis());
    this.dialer =
        new Dialer(
            loops, handshake, table, listener, new DialledSockets(), warnings, settings, random);
    table.watch(dialer);
    writers = new ByteWriter[loops.count() + 1];
    for (int i = 0; i < writers.length; i++) {
      writers[i] = new ByteWriter();
    }
  }

  /**
   * Binds the port.
   *
   * @throws IllegalStateException where that cannot be done; the message names address and reason
   */
  void listen() {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops.controlGroup())
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            // A failed write must not throw away what has been received.
            .childOption(ChannelOption.AUTO_CLOSE, false)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind(settings.bindHost(), settings.bindPort())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      addresses.close();
      throw new IllegalStateException(
          "cannot listen for peers at "
              + settings.bindHost()
              + ":"
              + settings.bindPort()
              + ": "
              + NettyLoops.whyNotBound(bound.cause()));
    }
    channels.add(bound.channel());
  }

  @Override
  public boolean send(int shard, NodeName to, Message message) {
    Link link = table.get(to);
    if (link == null || !link.isUp()) {
      return false;
    }
    ByteWriter out = writers[shard - CONTROL];
    out.clear();
    MessageCodec.write(out, message);
    int size = out.size();
    if (size > settings.maxMessageBytes()) {
      metrics.queueRefused();
      warnings.warn(
          "a message of more than "
              + settings.maxMessageBytes()
              + " bytes to "
              + to
              + " is dropped");
    }
    boolean queued =
        size <= settings.maxMessageBytes()
            && link.laneOf(shard)
                .send(loops.home(shard), out.buffer(), size, Refusal.isNever(message));
    if (out.buffer().length > MAX_IDLE_WRITER_BYTES) {
      writers[shard - CONTROL] = new ByteWriter();
    }
    return queued;
  }

  @Override
  public void dial(String address) {
    control.execute(() -> dialer.add(address));
  }

  @Override
  public boolean isConnected(NodeName peer) {
    Link link = table.get(peer);
    return link != null && link.isUp();
  }

  @Override
  public long silentNanos(NodeName peer) {
    Link link = table.get(peer);
    return link != null && link.isUp() ? link.silentNanos() : Long.MAX_VALUE;
  }

  @Override
  public void disconnect(NodeName peer, String reason) {
    control.execute(
        () -> {
          Link link = table.get(peer);
          if (link != null) {
            table.end(link, reason);
          }
        });
  }

  /** Bytes of messages that wait to leave, or to be complete or taken. */
  long bytesKept() {
    return rooms.sent().bytes() + rooms.received().bytes();
  }

  /** Sockets to peers that are open, in handshake or after it. */
  int connections() {
    int count = 0;
    for (Channel channel : channels) {
      count += channel instanceof ServerChannel ? 0 : 1;
    }
    return count;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    CountDownLatch ended = new CountDownLatch(1);
    control.execute(
        () -> {
          dialer.close();
          table.close();
          ended.countDown();
        });
    try {
      // A loop that is broken runs nothing more: the wait is bounded.
      if (ended.await(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        channels.close(channel -> channel instanceof ServerChannel);
        channels.newCloseFuture().await(CLOSE_TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channels.close().awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
    addresses.close();
  }

  private void accept(Channel channel) {
    if (closed || strangers.incrementAndGet() > MAX_STRANGERS) {
      strangers.decrementAndGet();
      channel.close();
      return;
    }
    PeerChannel frames = new PeerChannel(loops, metrics);
    AcceptorHandshake shake =
        new AcceptorHandshake(frames, handshake, clock, new AcceptedSockets());
    frames.converse(shake);
    channels.add(channel);
    channel.pipeline().addLast(frames);
    frames.settleWithin(
        settings.handshakeTimeoutMillis(), () -> shake.onGarbage("too little, too slowly"));
  }

  /** A handshake with somebody who has dialled; see {@link AcceptorHandshake.Host}. */
  private final class AcceptedSockets implements AcceptorHandshake.Host {
    @Override
    public NettyEventLoop homeOf(Hello hello) {
      return hello.lane() == 0 ? loops.control() : loops.loop((hello.lane() - 1) % loops.count());
    }

    @Override
    public void onProved(Hello hello, AcceptorHandshake shake) {
      control.execute(() -> judge(hello, shake));
    }

    @Override
    public void onRefused(String line) {
      metrics.peerRefused();
      warnings.warn(line);
    }

    @Override
    public void onEnded() {
      strangers.decrementAndGet();
    }

    /** On the control loop. */
    private void judge(Hello hello, AcceptorHandshake shake) {
      PeerChannel channel = shake.channel();
      Member peer = hello.card().member();
      Link link = table.get(peer.name());
      boolean joins =
          link != null
              && link.process() == hello.card().process()
              && link.number() == hello.link()
              && link.laneCount() == hello.lanes();
      String reason = joins ? null : table.refusal(hello.card());
      if (closed) {
        channel.close();
      } else if (reason != null) {
        channel.loop().execute(() -> shake.refuse(reason));
      } else if (handshake.own().member().name().compareTo(peer.name()) < 0) {
        introduce(hello, link);
        channel.loop().execute(() -> channel.introduced(clock.now()));
      } else if (joins) {
        welcome(link, hello, shake);
      } else if (isLate(link, hello)) {
        channel.close();
      } else {
        welcome(table.form(hello.card(), hello.link(), hello.lanes()), hello, shake);
      }
    }

    /** A peer that we are to dial has come up, or has lost us. */
    private void introduce(Hello hello, Link link) {
      if (link != null && link.process() != hello.card().process()) {
        table.end(link, "it has started anew");
      }
      dialer.onIntroduction(hello.card().member());
    }

    /** Whether it belongs to a link that the same dialer has given up since. */
    private boolean isLate(Link link, Hello hello) {
      return link != null
          && link.process() == hello.card().process()
          && link.number() > hello.link();
    }

    private void welcome(Link link, Hello hello, AcceptorHandshake shake) {
      shake
          .channel()
          .loop()
          .execute(
              () -> {
                shake.end();
                if (shake.channel().channel().isActive()) {
                  shake.channel().send(Frames.ACCEPTED, clock.now(), new byte[0]);
                  attach(link, hello.lane(), shake.channel());
                }
              });
    }
  }

  /** On the channel's loop. */
  private void attach(Link link, int index, PeerChannel channel) {
    Lane lane = new Lane(channel, link, clock, metrics, settings, rooms);
    control.execute(() -> table.attach(link, index, lane));
  }

  /** What the dialer does with sockets. */
  private final class DialledSockets implements Dialer.Sockets {
    @Override
    public void find(String address, BiConsumer<InetSocketAddress, String> done) {
      addresses.find(address, control::execute, done);
    }

    @Override
    public void dial(
        InetSocketAddress at, String address, Dialer.Call call, DialerHandshake.Caller caller) {
      NettyEventLoop home = loops.home(call.lane() - 1);
      PeerChannel frames = new PeerChannel(loops, metrics);
      DialerHandshake shake = new DialerHandshake(frames, handshake, clock, address, caller);
      frames.converse(shake);
      new Bootstrap()
          .group(home.netty())
          .channel(loops.socketChannel())
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.AUTO_CLOSE, false)
          .option(ChannelOption.SO_KEEPALIVE, true)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings.connectTimeoutMillis())
          .handler(frames)
          .connect(at)
          .addListener(
              (ChannelFuture dialled) ->
                  home.run(
                      () -> {
                        if (!dialled.isSuccess()) {
                          shake.onClosed();
                          return;
                        }
                        channels.add(dialled.channel());
                        frames.settleWithin(settings.handshakeTimeoutMillis(), () -> {});
                        shake.begin(call.link(), call.lane(), call.lanes());
                      }));
    }

    @Override
    public void attach(Link link, int index, PeerChannel channel) {
      NettyTransport.this.attach(link, index, channel);
    }
  }
}
