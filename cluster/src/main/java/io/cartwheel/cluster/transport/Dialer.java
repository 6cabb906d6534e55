package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Handshake.Card;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps links to whoever answers at the known addresses. Of two nodes the one with the smaller name
 * dials the lanes. Who has the greater one dials too, while there is no link, but only to introduce
 * itself: it does not know whom it will meet, and the other may not know its address. All on loop
 * 0.
 */
final class Dialer implements LinkTable.Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

  /** Addresses that peers announced, beside those that were given; no further ones are learned. */
  private static final int MAX_TARGETS = 4096;

  /** What the dialer needs of the transport. */
  interface Sockets {
    /** Looks up an address; {@code done} is told on the control loop of it, or of what is wrong. */
    void find(String address, java.util.function.BiConsumer<InetSocketAddress, String> done);

    /** Dials one lane; {@code caller} is told on the loop of the lane. */
    void dial(InetSocketAddress at, String address, Call call, DialerHandshake.Caller caller);

    /** Makes a lane of a channel and attaches it; on the channel's loop. */
    void attach(Link link, int index, PeerChannel channel);
  }

  /** Which connection is dialled. */
  record Call(long link, int lane, int lanes) {}

  /** An address, and what was found there. */
  private static final class Target {
    private final String address;
    private final boolean learned;
    private final Backoff backoff;
    private NodeName name;
    private boolean self;
    private boolean dialling;
    private boolean complained;
    private EventLoop.Timer timer;

    Target(String address, boolean learned, Backoff backoff) {
      this.address = address;
      this.learned = learned;
      this.backoff = backoff;
    }
  }

  private final NettyLoops loops;
  private final NettyEventLoop control;
  private final Handshake handshake;
  private final LinkTable table;
  private final Transport.Listener listener;
  private final Sockets sockets;
  private final RepeatedWarnings warnings;
  private final TransportSettings settings;
  private final SplittableRandom random;
  private final Map<String, Target> targets = new LinkedHashMap<>();
  private long links;
  private boolean closed;

  Dialer(
      NettyLoops loops,
      Handshake handshake,
      LinkTable table,
      Transport.Listener listener,
      Sockets sockets,
      RepeatedWarnings warnings,
      TransportSettings settings,
      SplittableRandom random) {
    this.loops = loops;
    this.control = loops.control();
    this.handshake = handshake;
    this.table = table;
    this.listener = listener;
    this.sockets = sockets;
    this.warnings = warnings;
    this.settings = settings;
    this.random = random;
  }

  /** Dials this address from now on. */
  void add(String address) {
    if (!targets.containsKey(address)) {
      attempt(target(address, false));
    }
  }

  /** A peer with a smaller name than ours, or rather a greater, waits for our dial. */
  void onIntroduction(Member peer) {
    Target target = targets.get(peer.peerAddress());
    if (target == null) {
      if (targets.size() >= MAX_TARGETS) {
        return;
      }
      target = target(peer.peerAddress(), true);
    }
    target.name = peer.name();
    attempt(target);
  }

  void close() {
    closed = true;
    for (Target target : targets.values()) {
      cancelTimer(target);
    }
  }

  @Override
  public void onUp(Member peer) {
    targets.values().removeIf(t -> t.learned && isStale(t, peer));
    if (!targets.containsKey(peer.peerAddress()) && targets.size() < MAX_TARGETS) {
      target(peer.peerAddress(), true).name = peer.name();
    }
    for (Target target : targets.values()) {
      if (peer.name().equals(target.name)) {
        target.backoff.reset();
        target.complained = false;
        cancelTimer(target);
      }
    }
  }

  private static boolean isStale(Target target, Member peer) {
    return peer.name().equals(target.name)
        && !target.address.equals(peer.peerAddress())
        && !target.dialling
        && target.timer == null;
  }

  @Override
  public void onEnd(NodeName peer) {
    for (Target target : targets.values()) {
      if (peer.equals(target.name) && !target.dialling) {
        attemptLater(target);
      }
    }
  }

  private Target target(String address, boolean learned) {
    Backoff backoff =
        new Backoff(settings.minBackoffMillis(), settings.maxBackoffMillis(), random.split());
    Target target = new Target(address, learned, backoff);
    targets.put(address, target);
    return target;
  }

  private void attempt(Target target) {
    cancelTimer(target);
    if (closed || target.self || target.dialling || isLinked(target)) {
      return;
    }
    target.dialling = true;
    sockets.find(
        target.address,
        (found, problem) -> {
          if (problem != null) {
            complain(target, problem);
            ended(target);
          } else if (!closed) {
            Call call = new Call(++links, 0, loops.count() + 1);
            sockets.dial(found, target.address, call, new FirstLane(target, found, call));
          }
        });
  }

  private boolean isLinked(Target target) {
    return target.name != null && table.get(target.name) != null;
  }

  private void ended(Target target) {
    target.dialling = false;
    attemptLater(target);
  }

  private void attemptLater(Target target) {
    cancelTimer(target);
    if (!closed && !target.self && !isLinked(target)) {
      target.timer = control.schedule(target.backoff.nextMillis(), () -> attempt(target));
    }
  }

  private static void cancelTimer(Target target) {
    if (target.timer != null) {
      target.timer.cancel();
      target.timer = null;
    }
  }

  private void complain(Target target, String problem) {
    if (!target.complained) {
      target.complained = true;
      LOG.warn("cannot connect to {}: {}; trying on", target.address, problem);
    }
  }

  /** Lane 0, the control loops', dialled to see who is there. */
  private final class FirstLane implements DialerHandshake.Caller {
    private final Target target;
    private final InetSocketAddress at;
    private final Call call;
    private Link link;

    FirstLane(Target target, InetSocketAddress at, Call call) {
      this.target = target;
      this.at = at;
      this.call = call;
    }

    @Override
    public boolean onAnswered(Card card, DialerHandshake dialled) {
      Member peer = card.member();
      if (closed) {
        dialled.hangUp();
        return false;
      }
      if (handshake.isSelf(card)) {
        target.self = true;
        dialled.hangUp();
        listener.onAnswered(target.address, peer);
        return false;
      }
      String reason = table.refusal(card);
      if (reason != null) {
        dialled.refuse(reason);
        return false;
      }
      target.name = peer.name();
      listener.onAnswered(target.address, peer);
      if (table.get(peer.name()) != null) {
        // By another of its addresses, or it has dialled meanwhile.
        dialled.hangUp();
        return false;
      }
      if (handshake.own().member().name().compareTo(peer.name()) < 0) {
        link = table.form(card, call.link(), call.lanes());
      }
      return true;
    }

    @Override
    public void onAccepted(PeerChannel channel) {
      if (link == null) {
        // It was to dial itself; its view of the names is none of ours.
        channel.close();
        ended(target);
        return;
      }
      target.dialling = false;
      sockets.attach(link, 0, channel);
      List<Call> rest = new ArrayList<>();
      for (int lane = 1; lane < call.lanes(); lane++) {
        rest.add(new Call(call.link(), lane, call.lanes()));
      }
      for (Call next : rest) {
        sockets.dial(at, target.address, next, new FurtherLane(link, next));
      }
    }

    @Override
    public void onIntroduced() {
      ended(target);
    }

    @Override
    public void onFailed(String refusal) {
      if (refusal != null) {
        warnings.warn(refusal);
      } else if (link == null && target.name == null && !target.self) {
        complain(target, "nobody answers");
      }
      target.dialling = false;
      if (link != null) {
        table.end(link, "the handshake failed");
      }
      if (target.timer == null) {
        attemptLater(target);
      }
    }
  }

  /** A lane of a link that is being formed; on the loop of the lane. */
  private final class FurtherLane implements DialerHandshake.Caller {
    private final Link link;
    private final Call call;

    FurtherLane(Link link, Call call) {
      this.link = link;
      this.call = call;
    }

    @Override
    public boolean onAnswered(Card card, DialerHandshake dialled) {
      if (card.process() != link.process() || !card.member().equals(link.member())) {
        dialled.hangUp();
        return false;
      }
      return true;
    }

    @Override
    public void onAccepted(PeerChannel channel) {
      sockets.attach(link, call.lane(), channel);
    }

    @Override
    public void onIntroduced() {
      table.lost(link, "it took a connection for an introduction");
    }

    @Override
    public void onFailed(String refusal) {
      if (refusal != null) {
        warnings.warn(refusal);
      }
      table.lost(link, "connection " + call.lane() + " did not come about");
    }
  }
}
