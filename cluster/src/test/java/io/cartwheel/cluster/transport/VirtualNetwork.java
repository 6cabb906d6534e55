package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/**
 * The network between simulated nodes: connections that stand or break as real ones do, delays
 * drawn from the seed, addresses that can be cut off from each other, and directions in which
 * everything is lost without a word. Everything runs on the caller's thread.
 */
public final class VirtualNetwork {
  /** What becomes of messages on their way. */
  public interface Weather {
    /** Nothing is lost or doubled. */
    Weather FAIR = (from, to, fairDelayNanos) -> new Passage(List.of(fairDelayNanos), false);

    /**
     * @param fairDelayNanos drawn for this message
     */
    Passage passage(String from, String to, long fairDelayNanos);
  }

  /**
   * One message's way.
   *
   * @param delaysNanos of each copy that arrives, none where it is lost
   * @param overtakes whether it may arrive before earlier ones of its connection
   */
  public record Passage(List<Long> delaysNanos, boolean overtakes) {}

  /**
   * What goes from one node to another takes time by its bytes. As in production a long message
   * travels in chunks, which short ones pass, and there is so much room for those under way.
   *
   * @param sizeBytes of a message
   * @param roomBytes for what is on its way from one node to another
   * @param maxMessageBytes a longer one never finds room
   */
  public record Pipe(
      ToLongFunction<Message> sizeBytes, long bytesPerMilli, long roomBytes, long maxMessageBytes) {
    private static final long NANOS_PER_MILLI = 1_000_000;

    long nanos(long bytes) {
      return bytes * NANOS_PER_MILLI / bytesPerMilli;
    }
  }

  private static final long MIN_DELAY_NANOS = 50_000;
  private static final long MAX_DELAY_NANOS = 500_000;
  private static final long REDIAL_MILLIS = 100;

  private final SimulatedTime time;
  private final SplittableRandom random;
  private final UnaryOperator<Message> wire;
  private Weather weather = Weather.FAIR;
  private Pipe pipe;

  /** Endpoints that are gone without a word, by address. */
  private final SortedMap<String, Endpoint> vanished = new TreeMap<>();

  private final SortedMap<String, Endpoint> listening = new TreeMap<>();
  private final Set<String> cut = new TreeSet<>();
  private final Set<String> muted = new TreeSet<>();
  private long sent;

  /**
   * @param wire what becomes of a message that is written out and read in again
   */
  public VirtualNetwork(SimulatedTime time, UnaryOperator<Message> wire) {
    this.time = time;
    this.random = time.newRandom();
    this.wire = wire;
  }

  /**
   * The network as a process sees it.
   *
   * @param loops one for each shard
   */
  public Network forProcess(EventLoop control, List<? extends EventLoop> loops) {
    return (self, clock, listener, refuse) ->
        new Endpoint(self, clock, listener, refuse, control, List.copyOf(loops));
  }

  /** From now on messages take time and room by their bytes; null for none. */
  public void narrow(Pipe narrow) {
    pipe = narrow;
  }

  /** What becomes of messages from now on. */
  public void setWeather(Weather present) {
    weather = present;
  }

  /**
   * The machine at the address is gone, and nobody is told: what is sent there is lost, until a
   * peer gives up or somebody listens there again.
   */
  public void vanish(String address) {
    Endpoint endpoint = listening.remove(address);
    if (endpoint != null) {
      endpoint.closed = true;
      vanished.put(address, endpoint);
    }
  }

  /** Whoever listens at the address is gone; its peers learn of it as of a reset connection. */
  public void kill(String address) {
    Endpoint endpoint = listening.get(address);
    if (endpoint != null) {
      endpoint.close();
    }
  }

  /** Breaks what connects the two, and keeps it so until {@link #heal}. */
  public void cut(String one, String other) {
    cut.add(pair(one, other));
    Endpoint a = listening.get(one);
    Endpoint b = listening.get(other);
    if (a != null && b != null) {
      a.unlink(b);
    }
  }

  /** From now on what the first sends to the second is lost, and nobody is told. */
  public void mute(String from, String to) {
    muted.add(from + ">" + to);
  }

  /**
   * From now on messages are lost, doubled and late.
   *
   * @param lossRate this part is lost without a word
   * @param doubleRate this part arrives again, much later perhaps
   * @param slowMillis one of a hundred is late by up to so much, and all behind it on its way
   */
  public void worsen(double lossRate, double doubleRate, long slowMillis) {
    long slowNanos = slowMillis * 1_000_000;
    weather =
        (from, to, fairDelayNanos) -> {
          List<Long> delays = new ArrayList<>(2);
          boolean slow = slowNanos > 0 && random.nextInt(100) == 0;
          long delay = slow ? MAX_DELAY_NANOS + random.nextLong(slowNanos) : fairDelayNanos;
          if (random.nextDouble() >= lossRate) {
            delays.add(delay);
          }
          if (random.nextDouble() < doubleRate) {
            delays.add(delay + random.nextLong(2 * MAX_DELAY_NANOS + slowNanos));
          }
          return new Passage(delays, false);
        };
  }

  /** No cut and nothing muted any more, and fair weather. */
  public void heal() {
    weather = Weather.FAIR;
    cut.clear();
    muted.clear();
  }

  /** Messages that have left so far. */
  public long sent() {
    return sent;
  }

  private static String pair(String one, String other) {
    return one.compareTo(other) < 0 ? one + "|" + other : other + "|" + one;
  }

  private boolean passes(String one, String other) {
    return !cut.contains(pair(one, other))
        && !muted.contains(one + ">" + other)
        && !muted.contains(other + ">" + one);
  }

  private long delay() {
    return random.nextLong(MIN_DELAY_NANOS, MAX_DELAY_NANOS);
  }

  /** One connection between two endpoints, seen from both. */
  private static final class Link {
    boolean open = true;
    final Map<String, Long> lastArrival = new TreeMap<>();

    /** By the sender's address. */
    final Map<String, ByteBudget> rooms = new TreeMap<>();
  }

  /** What a message weighs on its way, and what is to be done when it has left. */
  private record Load(long bytes, long nanos, Runnable gone) {
    static final Load NONE = new Load(0, 0, () -> {});
  }

  private final class Endpoint implements Network.Links {
    private final Member self;
    private final HybridClock clock;
    private final Transport.Listener listener;
    private final Function<Member, String> refuse;
    private final EventLoop control;
    private final List<EventLoop> loops;

    /** By shard, the control loop's first. */
    private final List<List<Runnable>> outbox = new ArrayList<>();

    private final SortedMap<NodeName, Endpoint> peers = new TreeMap<>();
    private final SortedMap<NodeName, Link> links = new TreeMap<>();
    private final SortedMap<NodeName, Long> heard = new TreeMap<>();
    private final SortedMap<String, Member> answers = new TreeMap<>();
    private boolean closed;

    Endpoint(
        Member self,
        HybridClock clock,
        Transport.Listener listener,
        Function<Member, String> refuse,
        EventLoop control,
        List<EventLoop> loops) {
      this.self = self;
      this.clock = clock;
      this.listener = listener;
      this.refuse = refuse;
      this.control = control;
      this.loops = loops;
      for (int shard = Transport.CONTROL; shard < loops.size(); shard++) {
        outbox.add(new ArrayList<>());
      }
      if (listening.putIfAbsent(self.peerAddress(), this) != null) {
        throw new IllegalStateException("address in use: " + self.peerAddress());
      }
      Endpoint before = vanished.remove(self.peerAddress());
      if (before != null) {
        List.copyOf(before.peers.values()).forEach(before::unlink);
      }
    }

    @Override
    public void dial(String address) {
      time.after(delay(), () -> attempt(address));
    }

    private void attempt(String address) {
      if (closed) {
        return;
      }
      Endpoint target = listening.get(address);
      if (target == this) {
        control.execute(() -> listener.onAnswered(address, self));
        return;
      }
      if (target != null && passes(self.peerAddress(), address)) {
        control.execute(() -> shakeHands(address, target));
      }
      time.afterMillis(REDIAL_MILLIS, () -> attempt(address));
    }

    private void shakeHands(String address, Endpoint target) {
      if (closed || target.closed) {
        return;
      }
      if (links.containsKey(target.self.name())) {
        answered(address, target.self);
        return;
      }
      target.control.execute(
          () -> {
            String refusal = target.refuse.apply(self);
            control.execute(() -> onHandShaken(address, target, refusal));
          });
    }

    private void onHandShaken(String address, Endpoint target, String refusal) {
      if (closed || target.closed || !passes(self.peerAddress(), address)) {
        return;
      }
      answered(address, target.self);
      if (links.containsKey(target.self.name()) || target.links.containsKey(self.name())) {
        return;
      }
      boolean believed = clock.observe(target.clock.now());
      boolean clocksAgree = target.clock.observe(clock.now()) && believed;
      if (clocksAgree && refusal == null && refuse.apply(target.self) == null) {
        Link link = new Link();
        join(target, link);
        target.join(this, link);
      }
    }

    private void answered(String address, Member who) {
      if (!who.equals(answers.put(address, who))) {
        listener.onAnswered(address, who);
      }
    }

    private void join(Endpoint peer, Link link) {
      links.put(peer.self.name(), link);
      peers.put(peer.self.name(), peer);
      heard.put(peer.self.name(), time.monotonicNanos());
      control.execute(
          () -> {
            if (!closed && link.open) {
              listener.onConnected(peer.self);
            }
          });
    }

    private void unlink(Endpoint peer) {
      Link link = links.get(peer.self.name());
      if (link != null && link.open) {
        link.open = false;
        leave(peer);
        peer.leave(this);
      }
    }

    /** Until it is noticed that a connection is gone, what is sent there is lost. */
    private void leave(Endpoint peer) {
      time.after(
          delay(),
          () -> {
            links.remove(peer.self.name());
            peers.remove(peer.self.name());
            heard.remove(peer.self.name());
            control.execute(
                () -> {
                  if (!closed) {
                    listener.onDisconnected(peer.self.name());
                  }
                });
          });
    }

    @Override
    public boolean isConnected(NodeName peer) {
      return links.containsKey(peer);
    }

    @Override
    public long silentNanos(NodeName peer) {
      Long last = heard.get(peer);
      return last == null ? Long.MAX_VALUE : time.monotonicNanos() - last;
    }

    @Override
    public void disconnect(NodeName peer, String reason) {
      Endpoint other = peers.get(peer);
      if (other != null) {
        unlink(other);
      }
    }

    private EventLoop home(int shard) {
      return shard == CONTROL ? control : loops.get(shard);
    }

    @Override
    public boolean send(int shard, NodeName to, Message message) {
      Link link = links.get(to);
      if (closed || link == null) {
        return false;
      }
      if (!home(shard).inLoop()) {
        throw new IllegalStateException("send outside the loop of shard " + shard);
      }
      Endpoint target = peers.get(to);
      Load load = load(link, message);
      if (load == null) {
        return false;
      }
      List<Runnable> box = outbox.get(shard - CONTROL);
      if (box.isEmpty()) {
        home(shard).atTurnEnd(Phase.SEND, () -> flush(shard));
        home(shard).atTurnEnd(Phase.FLUSH, () -> flush(shard));
      }
      box.add(() -> depart(shard, target, link, message, load));
      return true;
    }

    /** What the message weighs; null where there is no room for it. */
    private Load load(Link link, Message message) {
      if (pipe == null) {
        return Load.NONE;
      }
      long bytes = pipe.sizeBytes.applyAsLong(message);
      ByteBudget room =
          link.rooms.computeIfAbsent(self.peerAddress(), from -> new ByteBudget(pipe.roomBytes));
      return bytes <= pipe.maxMessageBytes && room.take(bytes)
          ? new Load(bytes, pipe.nanos(bytes), () -> room.giveBack(bytes))
          : null;
    }

    private void flush(int shard) {
      List<Runnable> box = List.copyOf(outbox.get(shard - CONTROL));
      outbox.get(shard - CONTROL).clear();
      box.forEach(Runnable::run);
    }

    private void depart(int shard, Endpoint target, Link link, Message message, Load load) {
      sent++;
      long hybrid = clock.tick();
      Message arriving = wire.apply(message);
      Passage passage = weather.passage(self.peerAddress(), target.self.peerAddress(), delay());
      // One connection for each pair of loops keeps its order.
      String way = load.bytes > ByteBudget.SMALL_BYTES ? "/long/" : "/";
      String lane = self.name() + way + shard + ">" + target.shardOf(arriving);
      long now = time.monotonicNanos();
      if (load.nanos > 0) {
        time.after(load.nanos, load.gone);
      } else {
        load.gone.run();
      }
      for (long delayNanos : passage.delaysNanos) {
        long arrival = now + delayNanos + load.nanos;
        if (!passage.overtakes) {
          arrival = Math.max(arrival, link.lastArrival.getOrDefault(lane, 0L) + 1);
          link.lastArrival.put(lane, arrival);
        }
        time.after(arrival - now, () -> target.arrive(self, link, hybrid, arriving));
      }
    }

    private int shardOf(Message message) {
      if (message instanceof Message.Request request) {
        return request.partition() % loops.size();
      }
      if (message instanceof Message.Reply reply) {
        return (int) (reply.id() & ((1 << Message.SHARD_BITS) - 1));
      }
      return message instanceof Message.Control ? CONTROL : 0;
    }

    private void arrive(Member from, Link link, long hybrid, Message message) {
      if (closed || !link.open || muted.contains(from.peerAddress() + ">" + self.peerAddress())) {
        return;
      }
      int shard = shardOf(message);
      home(shard).execute(() -> read(shard, from, hybrid, message));
    }

    private void read(int shard, Member from, long hybrid, Message message) {
      if (closed) {
        return;
      }
      if (!clock.observe(hybrid)) {
        disconnect(from.name(), "its clock is too far ahead");
        return;
      }
      if (links.containsKey(from.name())) {
        heard.put(from.name(), time.monotonicNanos());
      }
      listener.onMessage(shard, from.name(), message);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        listening.remove(self.peerAddress());
        List.copyOf(peers.values()).forEach(this::unlink);
      }
    }
  }
}
