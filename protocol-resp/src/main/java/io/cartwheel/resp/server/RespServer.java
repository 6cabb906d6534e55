package io.cartwheel.resp.server;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.transport.NettyEventLoop;
import io.cartwheel.cluster.transport.NettyLoops;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.FrontMetrics;
import io.cartwheel.resp.command.Services;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Listens for Redis clients. Their channels live on the loops of the node's shards, each client on
 * one of them. Safe for use by all threads, {@link #close} from any but the loops'.
 */
public final class RespServer implements AutoCloseable {
  private static final int BACKLOG = 511;

  /** As Redis's tcp-keepalive: a dead client is found in about five minutes more. */
  private static final int KEEPALIVE_SECONDS = 300;

  private static final int KEEPALIVE_PROBES = 3;
  private static final long SWEEP_MILLIS = 1000;

  /** A command that has had no answer for so long is logged: each has a deadline far below. */
  private static final long SLOW_MILLIS = 60_000;

  private final NettyLoops loops;
  private final ServerLimits limits;
  private final SessionRegistry registry = new SessionRegistry();
  private final NodeServices services;
  private final List<LoopShare> shares = new ArrayList<>();
  private final List<Channel> listening = new ArrayList<>();
  private volatile boolean closed;

  public RespServer(Backend backend, CommandTable commands, NettyLoops loops, ServerLimits limits) {
    this.loops = loops;
    this.limits = limits;
    this.services =
        new NodeServices(
            backend.coordinator(),
            backend.ring(),
            registry,
            backend.config(),
            backend.metrics(),
            new FrontMetrics(backend.metrics(), backend.reservoirs()),
            commands,
            backend.facts(),
            backend.clock());
    for (NettyEventLoop loop : loops.all()) {
      LoopShare share = new LoopShare(loop, limits, backend.clock().monotonicNanos());
      shares.add(share);
      sweepLater(share);
    }
    measureLater(shares.get(0), backend.clock());
  }

  /** What this server's commands use. */
  public Services services() {
    return services;
  }

  /**
   * Begins to accept clients; may be called for several addresses.
   *
   * @return the address, with the port that was chosen where 0 was given
   * @throws IOException where the address cannot be listened on
   */
  public InetSocketAddress listen(InetSocketAddress address) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            // A client that has said all it wants to say still gets its replies.
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen for clients on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + NettyLoops.whyNotBound(bound.cause()),
          bound.cause());
    }
    synchronized (listening) {
      listening.add(bound.channel());
    }
    return (InetSocketAddress) bound.channel().localAddress();
  }

  private void accept(SocketChannel channel) {
    services.frontMetrics().connectionsReceived().inc();
    if (closed) {
      Future<?> unused = channel.close();
    } else if (isStranger(channel.remoteAddress())) {
      refuse(channel, Refusals.PROTECTED);
    } else if (!registry.enter(services.config().maxClients())) {
      refuse(channel, Refusals.MAX_CLIENTS);
    } else {
      open(channel);
    }
  }

  private void open(SocketChannel channel) {
    if (channel instanceof EpollSocketChannel) {
      channel.config().setOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_SECONDS);
      channel
          .config()
          .setOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_SECONDS / KEEPALIVE_PROBES);
      channel.config().setOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES);
    }
    LoopShare share = shares.get(loops.of(channel.eventLoop()).index());
    Session session =
        new Session(
            channel,
            share,
            services,
            registry,
            limits,
            text(channel.remoteAddress()),
            text(channel.localAddress()));
    session.onOpen();
    channel.pipeline().addLast(new SessionHandler(session, share));
  }

  private boolean isStranger(InetSocketAddress remote) {
    InetAddress address = remote.getAddress();
    return services.config().protectedMode()
        && !services.config().passwordRequired()
        && !address.isLoopbackAddress();
  }

  private void refuse(Channel channel, String error) {
    services.frontMetrics().connectionsRejected().inc();
    channel.config().setAutoRead(false);
    channel
        .writeAndFlush(Unpooled.copiedBuffer(error, StandardCharsets.US_ASCII))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** {@code ip:port}, an IPv6 address in brackets, as Redis writes it. */
  static String text(InetSocketAddress address) {
    String ip = address.getAddress().getHostAddress();
    return (ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip) + ":" + address.getPort();
  }

  private void sweepLater(LoopShare share) {
    share.loop.schedule(
        SWEEP_MILLIS,
        () -> {
          if (!closed) {
            long idleTimeoutMillis = services.config().idleTimeoutMillis();
            for (Session session : List.copyOf(share.sessions)) {
              session.onSecond(idleTimeoutMillis, SLOW_MILLIS);
            }
            sweepLater(share);
          }
        });
  }

  private void measureLater(LoopShare share, Clock clock) {
    share.loop.schedule(
        SWEEP_MILLIS,
        () -> {
          if (!closed) {
            services.frontMetrics().onSecond(clock.monotonicNanos());
            measureLater(share, clock);
          }
        });
  }

  /** As {@link #close(long)} with a few seconds. */
  @Override
  public void close() {
    close(3000);
  }

  /**
   * Accepts no more clients, answers what has been read, and closes all connections, those that are
   * left after the timeout without an answer. Not from a loop.
   */
  public void close(long timeoutMillis) {
    closed = true;
    synchronized (listening) {
      listening.forEach(channel -> channel.close().awaitUninterruptibly());
    }
    List<Session> open = registry.all();
    CountDownLatch left = new CountDownLatch(open.size());
    for (Session session : open) {
      session.onceClosed(left::countDown);
      session.loop().execute(session::finish);
    }
    try {
      if (!left.await(timeoutMillis, TimeUnit.MILLISECONDS)) {
        registry.all().forEach(Session::disconnect);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
