package io.cartwheel.cluster.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The event loops of a process, one for each shard, on epoll where there is one, else NIO: client
 * and peer channels live on them. One more, the control loop, owns no partitions and serves no
 * client: what tells the peers that this node lives goes on there while a shard is held up.
 */
public final class NettyLoops implements AutoCloseable {
  /** How sockets are watched. */
  public enum Io {
    /** Linux's own, where its native library loads. */
    EPOLL,
    /** The JDK's. */
    NIO;

    /** The better of those that work here. */
    public static Io best() {
      return Epoll.isAvailable() ? EPOLL : NIO;
    }
  }

  /** Longer than this no loop may take to end what it is at. */
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final Io io;
  private final MultiThreadIoEventLoopGroup group;
  private final MultiThreadIoEventLoopGroup controlGroup;
  private final NettyEventLoop control;
  private final List<NettyEventLoop> loops;

  /**
   * @param count of shards, 1 or more
   * @param onBroken told on a loop of the exception that broke it, once for each loop: the process
   *     must stop
   */
  public NettyLoops(int count, Consumer<Throwable> onBroken) {
    this(count, Io.best(), onBroken);
  }

  NettyLoops(int count, Io io, Consumer<Throwable> onBroken) {
    this.io = io;
    IoHandlerFactory factory =
        io == Io.EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group =
        new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory("cartwheel-loop"), factory);
    List<NettyEventLoop> all = new ArrayList<>(count);
    for (EventExecutor loop : group) {
      all.add(new NettyEventLoop(all.size(), (SingleThreadEventLoop) loop, onBroken));
    }
    loops = List.copyOf(all);
    controlGroup =
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("cartwheel-control"), factory);
    control =
        new NettyEventLoop(
            Transport.CONTROL, (SingleThreadEventLoop) controlGroup.next(), onBroken);
  }

  /** How many loops there are, without the control loop. */
  public int count() {
    return loops.size();
  }

  /** The loop of a shard, 0 to {@link #count}. */
  public NettyEventLoop loop(int index) {
    return loops.get(index);
  }

  /** The loop that owns no partitions. */
  public NettyEventLoop control() {
    return control;
  }

  /** The loop of a shard, or for {@link Transport#CONTROL} the control loop. */
  NettyEventLoop home(int shard) {
    return shard == Transport.CONTROL ? control : loops.get(shard);
  }

  /** The loops of all shards, in order of their indices. */
  public List<NettyEventLoop> all() {
    return loops;
  }

  /** The loop on which a channel of this process lives. */
  public NettyEventLoop of(io.netty.channel.EventLoop netty) {
    if (control.netty() == netty) {
      return control;
    }
    for (NettyEventLoop loop : loops) {
      if (loop.netty() == netty) {
        return loop;
      }
    }
    throw new IllegalArgumentException("not one of this process's loops: " + netty);
  }

  /** The control loop for a bootstrap. */
  EventLoopGroup controlGroup() {
    return controlGroup;
  }

  /** The shards' loops for a bootstrap: channels register with each in turn. */
  public EventLoopGroup group() {
    return group;
  }

  /** What listens on these loops. */
  public Class<? extends ServerSocketChannel> serverChannel() {
    return io == Io.EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** What connects on these loops. */
  public Class<? extends SocketChannel> socketChannel() {
    return io == Io.EPOLL ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /**
   * Closes all channels that are left, and ends the threads; returns when they have ended or a few
   * seconds have passed. Not from a loop.
   */
  @Override
  public void close() {
    for (NettyEventLoop loop : loops) {
      requireOutside(loop);
    }
    requireOutside(control);
    controlGroup.shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    group.shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    controlGroup
        .terminationFuture()
        .awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    group.terminationFuture().awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static void requireOutside(NettyEventLoop loop) {
    if (loop.inLoop()) {
      throw new IllegalStateException("a loop cannot wait for its own end");
    }
  }

  /** Why an address could not be listened on, in words for a user. */
  public static String whyNotBound(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("Address already in use")) {
      return "the port is in use; stop what uses it, or set another one";
    } else if (message.contains("Cannot assign requested address")) {
      return "this machine has no such address; set one that it has";
    }
    return message;
  }
}
