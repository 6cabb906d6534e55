package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Handshake.Card;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links to all peers, at most one to each. It changes on the control loop only; links may be
 * looked up from any thread.
 */
final class LinkTable {
  private static final Logger LOG = LoggerFactory.getLogger(LinkTable.class);

  /**
   * Who wants to know of links that come and go; called on the control loop, after the listener.
   */
  interface Watcher {
    void onUp(Member peer);

    /** A link has ended, whether it was up or not. */
    void onEnd(NodeName peer);
  }

  private final NettyLoops loops;
  private final NettyEventLoop control;
  private final Transport.Listener listener;
  private final Function<Member, String> admission;
  private final TransportMetrics metrics;
  private final Clock clock;
  private final int formingTimeoutMillis;
  private final Map<NodeName, Link> links = new ConcurrentSkipListMap<>();
  private Watcher watcher;

  /**
   * @param admission why a member may not connect, or null
   * @param formingTimeoutMillis within which all lanes of a link must stand
   */
  LinkTable(
      NettyLoops loops,
      Transport.Listener listener,
      Function<Member, String> admission,
      TransportMetrics metrics,
      Clock clock,
      int formingTimeoutMillis) {
    this.loops = loops;
    this.control = loops.control();
    this.listener = listener;
    this.admission = admission;
    this.metrics = metrics;
    this.clock = clock;
    this.formingTimeoutMillis = formingTimeoutMillis;
  }

  void watch(Watcher only) {
    watcher = only;
  }

  /** The link to a peer in whatever state, or null; from any thread. */
  Link get(NodeName peer) {
    return links.get(peer);
  }

  /** Why a peer that has proved who it is may not connect now, or null. */
  String refusal(Card card) {
    Member peer = card.member();
    for (Link link : links.values()) {
      Member other = link.member();
      if (!link.isUp()) {
        continue;
      }
      if (other.name().equals(peer.name())
          && link.process() != card.process()
          && !other.peerAddress().equals(peer.peerAddress())) {
        return "node name "
            + peer.name()
            + " is alive at "
            + other.peerAddress()
            + " and at "
            + peer.peerAddress();
      }
      if (other.dataId() == peer.dataId() && !other.name().equals(peer.name())) {
        return other.name() + " and " + peer.name() + " run on copies of one data directory";
      }
    }
    return admission.apply(peer);
  }

  /** Begins a link in the place of any that there is to this peer. */
  Link form(Card card, long number, int lanes) {
    Member peer = card.member();
    Link before = links.get(peer.name());
    if (before != null) {
      end(before, "it has begun a new connection");
    }
    Link link = new Link(peer, card.process(), number, lanes, this, clock);
    links.put(peer.name(), link);
    control.schedule(
        formingTimeoutMillis,
        () -> {
          if (link.state() == Link.State.FORMING) {
            end(link, "not all of its connections came within " + formingTimeoutMillis + " ms");
          }
        });
    return link;
  }

  /** Takes a lane into its link, which may be complete by that, or gone. */
  void attach(Link link, int index, Lane lane) {
    if (link.state() != Link.State.FORMING || link.hasLane(index)) {
      lane.close();
      return;
    }
    if (link.attach(index, lane)) {
      link.up();
      metrics.connected();
      LOG.info("connected to {} at {}", link.name(), link.member().peerAddress());
      listener.onConnected(link.member());
      link.open();
      watcher.onUp(link.member());
    }
  }

  /** A link is of no use any more; from any thread. */
  void lost(Link link, String reason) {
    control.execute(() -> end(link, reason));
  }

  /** Ends a link, whatever it was; only on the control loop. */
  void end(Link link, String reason) {
    if (link.hasEnded()) {
      return;
    }
    boolean wasUp = link.isUp();
    link.drain();
    links.remove(link.name(), link);
    if (wasUp) {
      LOG.info("lost {} at {}: {}", link.name(), link.member().peerAddress(), reason);
      listener.onDisconnected(link.name());
    } else {
      LOG.debug("no link to {}: {}", link.name(), reason);
    }
    watcher.onEnd(link.name());
  }

  /** Ends all links without telling anybody. */
  void close() {
    for (Link link : links.values()) {
      link.close();
    }
    links.clear();
  }

  /** Brings a message to the loop of the shard that it is for. */
  void deliver(Link link, Lane.Arrival arrival) {
    int shard = shardOf(arrival.message());
    if (shard >= loops.count()) {
      arrival.onTaken();
      lost(link, "it answered to shard " + shard + " of " + loops.count());
      return;
    }
    NettyEventLoop home = loops.home(shard);
    if (home == arrival.loop()) {
      deliver(link, shard, arrival);
    } else {
      arrival.onHandedOver();
      home.execute(() -> deliver(link, shard, arrival));
    }
  }

  private void deliver(Link link, int shard, Lane.Arrival arrival) {
    if (link.takes(arrival.message())) {
      listener.onMessage(shard, link.name(), arrival.message());
    }
    arrival.onTaken();
  }

  private int shardOf(Message message) {
    if (message instanceof Message.Request request) {
      return request.partition() % loops.count();
    }
    if (message instanceof Message.Reply reply) {
      return (int) (reply.id() & ((1 << Message.SHARD_BITS) - 1));
    }
    return message instanceof Message.Control ? Transport.CONTROL : 0;
  }
}
