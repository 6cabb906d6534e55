package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which peers can be reached, as far as this node can tell: connected, and heard of within the
 * timeout. Failure detection is local, as in the paper (section 4.8.3): nobody is asked for an
 * opinion, and nothing is moved because of the answer.
 *
 * <p>Silence counts only while this node itself was awake: where its own ticks were further apart
 * than they should be, it cannot tell a silent peer from its own deafness, and every connected peer
 * gets a fresh timeout. Time is an argument, in nanoseconds of a clock that never goes back. Not
 * safe for use by several threads at once.
 */
final class Reachability {
  /** After so many timeouts of silence a standing connection is not believed any more. */
  private static final int DEAF_TIMEOUTS = 5;

  /**
   * A peer has come or gone.
   *
   * @param byConnection whether with its connection, else by its silence and its end
   */
  record Change(NodeName peer, boolean reachable, boolean byConnection) {}

  private static final class Peer {
    boolean connected;
    boolean reachable;
    long heardNanos;
    long losses;
  }

  private final long timeoutNanos;
  private final long pauseNanos;
  private final SortedMap<NodeName, Peer> peers = new TreeMap<>();
  private boolean ticked;
  private long lastTickNanos;

  /**
   * @param intervalNanos at which {@link #onTick} is called, and peers are heard of
   * @param timeoutNanos at least twice the interval
   */
  Reachability(long intervalNanos, long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
    // A gap this long beyond the interval may have cost heartbeats; a shorter one cannot, together
    // with two intervals of waiting, reach the timeout.
    this.pauseNanos = intervalNanos + (timeoutNanos - intervalNanos) / 4;
  }

  List<Change> onConnected(NodeName name, long nowNanos) {
    Peer peer = peers.computeIfAbsent(name, n -> new Peer());
    peer.connected = true;
    return heard(name, peer, nowNanos, true);
  }

  List<Change> onDisconnected(NodeName name) {
    Peer peer = peers.get(name);
    if (peer == null) {
      return List.of();
    }
    peer.connected = false;
    if (!peer.reachable) {
      return List.of();
    }
    peer.reachable = false;
    peer.losses++;
    return List.of(new Change(name, false, true));
  }

  /** Anything has arrived from the peer. */
  List<Change> onHeard(NodeName name, long nowNanos) {
    Peer peer = peers.get(name);
    // What arrives after the end of its connection was sent before it.
    return peer == null || !peer.connected ? List.of() : heard(name, peer, nowNanos, false);
  }

  private static List<Change> heard(NodeName name, Peer peer, long nowNanos, boolean byConnection) {
    peer.heardNanos = nowNanos;
    if (peer.reachable) {
      return List.of();
    }
    peer.reachable = true;
    return List.of(new Change(name, true, byConnection));
  }

  /** As {@link #onHeard} for a peer that is reachable: its timeout begins again. */
  void onSign(NodeName name, long atNanos) {
    Peer peer = peers.get(name);
    if (peer != null && peer.reachable) {
      peer.heardNanos = Math.max(peer.heardNanos, atNanos);
    }
  }

  /** Called at every interval, after what has arrived was reported. */
  List<Change> onTick(long nowNanos) {
    boolean wasPaused = ticked && nowNanos - lastTickNanos > pauseNanos;
    ticked = true;
    lastTickNanos = nowNanos;
    List<Change> changes = new ArrayList<>();
    peers.forEach(
        (name, peer) -> {
          if (!peer.reachable) {
            return;
          }
          if (wasPaused) {
            peer.heardNanos = nowNanos;
          } else if (nowNanos - peer.heardNanos > timeoutNanos) {
            peer.reachable = false;
            peer.losses++;
            changes.add(new Change(name, false, false));
          }
        });
    return changes;
  }

  /** How often the peer has become unreachable. */
  long losses(NodeName name) {
    Peer peer = peers.get(name);
    return peer == null ? 0 : peer.losses;
  }

  boolean isReachable(NodeName name) {
    Peer peer = peers.get(name);
    return peer != null && peer.reachable;
  }

  /**
   * Peers whose connections stand and yet have been silent for so long that they are better made
   * anew: the other end may be gone without a word.
   */
  List<NodeName> deaf(long nowNanos) {
    List<NodeName> names = new ArrayList<>();
    peers.forEach(
        (name, peer) -> {
          if (peer.connected
              && !peer.reachable
              && nowNanos - peer.heardNanos > DEAF_TIMEOUTS * timeoutNanos) {
            peer.heardNanos = nowNanos;
            names.add(name);
          }
        });
    return names;
  }

  /** The connected peers, silent ones too: a heartbeat may bring them back. */
  SortedSet<NodeName> connected() {
    SortedSet<NodeName> names = new TreeSet<>();
    peers.forEach(
        (name, peer) -> {
          if (peer.connected) {
            names.add(name);
          }
        });
    return names;
  }

  SortedSet<NodeName> reachable() {
    SortedSet<NodeName> names = new TreeSet<>();
    peers.forEach(
        (name, peer) -> {
          if (peer.reachable) {
            names.add(name);
          }
        });
    return names;
  }
}
