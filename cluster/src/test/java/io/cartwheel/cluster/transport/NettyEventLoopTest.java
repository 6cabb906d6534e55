package io.cartwheel.cluster.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NettyEventLoopTest {
  private final AtomicReference<Throwable> broken = new AtomicReference<>();
  private NettyLoops loops;

  @AfterEach
  void stop() {
    if (loops != null) {
      loops.close();
    }
  }

  private NettyEventLoop loop(NettyLoops.Io io) {
    loops = new NettyLoops(1, io, e -> assertTrue(broken.compareAndSet(null, e)));
    return loops.loop(0);
  }

  private NettyEventLoop loop() {
    return loop(NettyLoops.Io.best());
  }

  private static void await(NettyEventLoop loop, Runnable onLoop) throws Exception {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.netty()
        .execute(
            () -> {
              onLoop.run();
              // A timer comes after the end of this turn, and of one that follows at once.
              loop.netty().schedule(() -> done.complete(null), 5, TimeUnit.MILLISECONDS);
            });
    done.get(5, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void phases_runInOrderAfterAllTasksThatWait(NettyLoops.Io io) throws Exception {
    NettyEventLoop loop = loop(io);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    await(
        loop,
        () -> {
          loop.atTurnEnd(Phase.FLUSH, () -> order.add("flush"));
          loop.atTurnEnd(Phase.RELEASE, () -> order.add("release"));
          loop.atTurnEnd(Phase.SEND, () -> order.add("send 1"));
          loop.atTurnEnd(Phase.COMMIT, () -> order.add("commit"));
          loop.atTurnEnd(Phase.SEND, () -> order.add("send 2"));
          loop.execute(() -> order.add("task"));
        });
    assertEquals(
        List.of("task", "send 1", "send 2", "commit", "release", "flush"), List.copyOf(order));
  }

  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void lateTimer_letsWhatHasArrivedRunFirst(NettyLoops.Io io) throws Exception {
    NettyEventLoop loop = loop(io);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch sent = new CountDownLatch(1);
    CompletableFuture<Void> timed = new CompletableFuture<>();
    Channel listening =
        listen(
            text -> {
              order.add(text);
              if (text.equals("first")) {
                loop.schedule(
                    1,
                    () -> {
                      order.add("timer");
                      timed.complete(null);
                    });
                begun.countDown();
                // Held up while it reads, and for longer than the timer wanted.
                waitFor(sent);
                long since = System.nanoTime();
                while (System.nanoTime() - since < 20_000_000) {
                  Thread.onSpinWait();
                }
              }
            });
    InetSocketAddress address = (InetSocketAddress) listening.localAddress();
    try (Socket one = new Socket(address.getAddress(), address.getPort());
        Socket two = new Socket(address.getAddress(), address.getPort())) {
      two.getOutputStream().write("hello".getBytes(US_ASCII));
      await(loop, () -> {});
      one.getOutputStream().write("first".getBytes(US_ASCII));
      assertTrue(begun.await(5, TimeUnit.SECONDS));
      two.getOutputStream().write("second".getBytes(US_ASCII));
      sent.countDown();
      timed.get(5, TimeUnit.SECONDS);
    } finally {
      listening.close().syncUninterruptibly();
    }
    assertEquals(List.of("hello", "first", "second", "timer"), List.copyOf(order));
  }

  private Channel listen(Consumer<String> onText) {
    return new ServerBootstrap()
        .group(loops.group())
        .channel(loops.serverChannel())
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new SimpleChannelInboundHandler<ByteBuf>() {
                          @Override
                          protected void channelRead0(ChannelHandlerContext c, ByteBuf bytes) {
                            onText.accept(bytes.toString(US_ASCII));
                          }
                        });
              }
            })
        .bind(InetAddress.getLoopbackAddress(), 0)
        .syncUninterruptibly()
        .channel();
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void task_thatRegistersForALaterPhaseRunsInTheSameTurn() throws Exception {
    NettyEventLoop loop = loop();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    await(
        loop,
        () -> {
          loop.atTurnEnd(
              Phase.COMMIT,
              () -> {
                order.add("commit");
                loop.execute(() -> order.add("next turn's task"));
                loop.atTurnEnd(Phase.RELEASE, () -> order.add("release"));
              });
          loop.atTurnEnd(Phase.FLUSH, () -> order.add("flush"));
        });
    assertEquals(List.of("commit", "release", "flush", "next turn's task"), List.copyOf(order));
  }

  @Test
  void task_thatRegistersForItsOwnOrAnEarlierPhaseRunsInAFurtherTurn() throws Exception {
    NettyEventLoop loop = loop();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(2);
    await(
        loop,
        () -> {
          loop.atTurnEnd(
              Phase.COMMIT,
              () -> {
                loop.atTurnEnd(
                    Phase.COMMIT,
                    () -> {
                      order.add("commit 2");
                      done.countDown();
                    });
                loop.atTurnEnd(
                    Phase.SEND,
                    () -> {
                      order.add("send 2");
                      done.countDown();
                    });
                order.add("commit 1");
              });
          loop.atTurnEnd(Phase.FLUSH, () -> order.add("flush 1"));
        });
    assertTrue(done.await(5, TimeUnit.SECONDS), "no further turn followed by itself");
    assertEquals(List.of("commit 1", "flush 1", "send 2", "commit 2"), List.copyOf(order));
  }

  @Test
  void furtherTurns_leaveRoomForOtherTasks() throws Exception {
    NettyEventLoop loop = loop();
    CompletableFuture<Integer> turns = new CompletableFuture<>();
    int[] count = new int[1];
    boolean[] stop = new boolean[1];
    Runnable again =
        new Runnable() {
          @Override
          public void run() {
            count[0]++;
            if (stop[0]) {
              turns.complete(count[0]);
            } else {
              loop.atTurnEnd(Phase.COMMIT, this);
            }
          }
        };
    loop.execute(() -> loop.atTurnEnd(Phase.COMMIT, again));
    CountDownLatch later = new CountDownLatch(1);
    loop.schedule(
        20,
        () -> {
          stop[0] = true;
          later.countDown();
        });
    assertTrue(later.await(5, TimeUnit.SECONDS), "turns starve the timers");
    assertTrue(turns.get(5, TimeUnit.SECONDS) > 1);
  }

  @ParameterizedTest
  @EnumSource(NettyLoops.Io.class)
  void inputOfSeveralSockets_endsUpInOneCommit(NettyLoops.Io io) throws Exception {
    NettyEventLoop loop = loop(io);
    int sockets = 20;
    List<Integer> commits = Collections.synchronizedList(new ArrayList<>());
    int[] staged = new int[1];
    CountDownLatch accepted = new CountDownLatch(sockets);
    CountDownLatch stored = new CountDownLatch(sockets);
    Channel server =
        new ServerBootstrap()
            .group(loops.group())
            .channel(loops.serverChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new SimpleChannelInboundHandler<ByteBuf>() {
                              @Override
                              protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
                                if (staged[0]++ == 0) {
                                  loop.atTurnEnd(
                                      Phase.COMMIT,
                                      () -> {
                                        commits.add(staged[0]);
                                        for (; staged[0] > 0; staged[0]--) {
                                          stored.countDown();
                                        }
                                      });
                                }
                              }
                            });
                    accepted.countDown();
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < sockets; i++) {
        clients.add(
            new Socket(
                InetAddress.getLoopbackAddress(),
                ((InetSocketAddress) server.localAddress()).getPort()));
      }
      assertTrue(accepted.await(5, TimeUnit.SECONDS));
      // While the loop is busy all of them write.
      CountDownLatch busy = new CountDownLatch(1);
      CountDownLatch written = new CountDownLatch(1);
      loop.execute(
          () -> {
            busy.countDown();
            awaitUnchecked(written);
          });
      assertTrue(busy.await(5, TimeUnit.SECONDS));
      for (Socket client : clients) {
        client.getOutputStream().write(1);
      }
      written.countDown();
      assertTrue(stored.await(5, TimeUnit.SECONDS));
      assertEquals(List.of(sockets), List.copyOf(commits));
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      assertTrue(latch.await(5, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void escapedException_stopsTheTurnAndTheLoopAndIsReportedOnce() throws Exception {
    NettyEventLoop loop = loop();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    IllegalStateException fault = new IllegalStateException("the disk is gone");
    await(
        loop,
        () -> {
          loop.atTurnEnd(
              Phase.COMMIT,
              () -> {
                throw fault;
              });
          loop.atTurnEnd(Phase.RELEASE, () -> order.add("released what was not stored"));
        });
    await(loop, () -> loop.execute(() -> order.add("went on")));
    assertSame(fault, broken.get());
    assertEquals(List.of(), List.copyOf(order));
  }

  @Test
  void error_inATaskIsReportedToo() throws Exception {
    NettyEventLoop loop = loop();
    AssertionError fault = new AssertionError("never");
    loop.execute(
        () -> {
          throw fault;
        });
    await(loop, () -> {});
    assertSame(fault, broken.get());
  }

  @Test
  void timer_runsAfterItsDelayUnlessCancelled() throws Exception {
    NettyEventLoop loop = loop();
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        () -> {
          EventLoop.Timer cancelled = loop.schedule(5, () -> order.add("cancelled"));
          loop.schedule(30, done::countDown);
          loop.schedule(10, () -> order.add("ran"));
          cancelled.cancel();
        });
    assertTrue(done.await(5, TimeUnit.SECONDS));
    assertEquals(List.of("ran"), List.copyOf(order));
  }

  @Test
  void atTurnEnd_fromAnotherThreadIsABug() {
    NettyEventLoop loop = loop();
    assertFalse(loop.inLoop());
    assertThrows(IllegalStateException.class, () -> loop.atTurnEnd(Phase.SEND, () -> {}));
  }

  @Test
  void execute_afterCloseDropsTheTask() {
    NettyEventLoop loop = loop();
    loops.close();
    loop.execute(() -> broken.set(new AssertionError("ran")));
    loop.schedule(1, () -> broken.set(new AssertionError("ran"))).cancel();
    assertEquals(null, broken.get());
  }

  @Test
  void loops_areFoundByTheirNettyLoop() {
    loops = new NettyLoops(3, e -> {});
    for (NettyEventLoop loop : loops.all()) {
      assertSame(loop, loops.of(loop.netty()));
      assertSame(loop, loops.loop(loop.index()));
    }
  }
}
