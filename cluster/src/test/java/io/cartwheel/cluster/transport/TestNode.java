package io.cartwheel.cluster.transport;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A node that does nothing but listen: what arrives is recorded. */
final class TestNode implements Transport.Listener, AutoCloseable {
  record Arrived(int shard, NodeName from, Message message, boolean onItsLoop) {}

  /** A node to be started, with what most tests leave as it is. */
  static final class Builder {
    private final String name;
    private final int port;
    private int loops = 1;
    private String secret;
    private String cluster = "test";
    private int partitions = 16;
    private List<ClusterFacts.Setting> clusterSettings = List.of();
    private long dataId;
    private long aheadMillis;
    private String announced;
    private int maxMessageBytes = 64 << 20;
    private long maxQueueBytes = 64 << 20;
    private long maxSentBytes = 128 << 20;
    private long maxReceivedBytes = 128 << 20;
    private int handshakeTimeoutMillis = 5_000;
    private NettyLoops.Io io = NettyLoops.Io.best();
    private Function<Member, String> refuse = member -> null;

    Builder(String name) {
      this.name = name;
      this.port = freePort();
      this.dataId = name.hashCode() * 31L + 7;
      this.announced = "127.0.0.1:" + port;
    }

    Builder loops(int count) {
      loops = count;
      return this;
    }

    Builder io(NettyLoops.Io which) {
      io = which;
      return this;
    }

    Builder secret(String text) {
      secret = text;
      return this;
    }

    Builder cluster(String text) {
      cluster = text;
      return this;
    }

    Builder partitions(int count) {
      partitions = count;
      return this;
    }

    Builder setting(String settingName, String value) {
      clusterSettings = new ArrayList<>(clusterSettings);
      clusterSettings.add(new ClusterFacts.Setting(settingName, value));
      return this;
    }

    Builder dataId(long id) {
      dataId = id;
      return this;
    }

    Builder aheadMillis(long millis) {
      aheadMillis = millis;
      return this;
    }

    Builder announced(String address) {
      announced = address;
      return this;
    }

    Builder limits(int messageBytes, long queueBytes) {
      maxMessageBytes = messageBytes;
      maxQueueBytes = queueBytes;
      return this;
    }

    Builder rooms(long sentBytes, long receivedBytes) {
      maxSentBytes = sentBytes;
      maxReceivedBytes = receivedBytes;
      return this;
    }

    Builder handshakeTimeoutMillis(int millis) {
      handshakeTimeoutMillis = millis;
      return this;
    }

    Builder refuse(Function<Member, String> reason) {
      refuse = reason;
      return this;
    }

    int loops() {
      return loops;
    }

    String address() {
      return "127.0.0.1:" + port;
    }

    int port() {
      return port;
    }

    TestNode start() {
      return new TestNode(this);
    }
  }

  final Builder config;
  final NodeName name;
  final Member self;
  final NettyLoops loops;
  final NettyTransport links;
  final HybridClock hybrid;
  final MetricRegistry metrics = new MetricRegistry();
  final List<String> events = new CopyOnWriteArrayList<>();
  final List<Arrived> arrived = new CopyOnWriteArrayList<>();
  final List<Throwable> broken = new CopyOnWriteArrayList<>();
  volatile boolean recording = true;
  volatile Runnable onAnyMessage = () -> {};

  private TestNode(Builder config) {
    this.config = config;
    name = new NodeName(config.name);
    self = new Member(name, config.dataId, config.announced, "127.0.0.1:1", "", 1);
    loops = new NettyLoops(config.loops, config.io, broken::add);
    Clock clock =
        new Clock() {
          @Override
          public long wallMillis() {
            return System.currentTimeMillis() + config.aheadMillis;
          }

          @Override
          public long monotonicNanos() {
            return System.nanoTime();
          }
        };
    TransportSettings settings =
        new TransportSettings(
            "127.0.0.1",
            config.port,
            config.maxMessageBytes,
            config.maxQueueBytes,
            config.maxSentBytes,
            config.maxReceivedBytes,
            2_000,
            config.handshakeTimeoutMillis,
            20,
            200,
            10_000);
    hybrid = new HybridClock(clock);
    links =
        (NettyTransport)
            new NettyNetwork(
                    new NettyNetwork.Environment(
                        loops,
                        new ClusterFacts(
                            config.cluster,
                            config.partitions,
                            config.clusterSettings,
                            config.secret),
                        settings,
                        clock,
                        new SplittableRandom(System.nanoTime()),
                        metrics))
                .open(self, hybrid, this, member -> config.refuse.apply(member));
  }

  @Override
  public void onMessage(int shard, NodeName from, Message message) {
    onAnyMessage.run();
    if (recording) {
      arrived.add(new Arrived(shard, from, message, loops.home(shard).inLoop()));
    }
  }

  @Override
  public void onAnswered(String address, Member who) {
    events.add("answered " + address + " " + who.name() + onControl());
  }

  @Override
  public void onConnected(Member peer) {
    events.add("connected " + peer.name() + onControl());
  }

  @Override
  public void onDisconnected(NodeName peer) {
    events.add("disconnected " + peer + onControl());
  }

  private String onControl() {
    return loops.control().inLoop() ? "" : " on the wrong loop";
  }

  /** Sends on the loop of a shard, and tells what send said. */
  boolean send(int shard, NodeName to, Message message) {
    CompletableFuture<Boolean> sent = new CompletableFuture<>();
    loops.home(shard).execute(() -> sent.complete(links.send(shard, to, message)));
    try {
      return sent.get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  boolean sees(TestNode peer) {
    return links.isConnected(peer.name);
  }

  @Override
  public void close() {
    links.close();
    loops.close();
  }

  static void dial(TestNode... nodes) {
    for (TestNode a : nodes) {
      for (TestNode b : nodes) {
        a.links.dial(b.config.address());
      }
    }
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  static void awaitUnchecked(CountDownLatch latch) {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
