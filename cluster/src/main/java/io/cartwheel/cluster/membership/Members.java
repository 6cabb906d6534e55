package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Who may be who: a name is alive at one address only, and a data directory's id belongs to one
 * name. A name that comes back with another id has lost its disk. Safe for use by all threads: a
 * transport asks in the midst of a handshake.
 */
public final class Members {
  /** What an accepted peer's handshake tells. */
  public enum Arrival {
    /** The name was never seen. */
    NEW,
    /** The name comes back as it was. */
    KNOWN,
    /** The name comes back with another address, rack or weight. */
    CHANGED,
    /** The name comes back with another data directory. */
    LOST_DISK
  }

  private final Member self;
  private final SortedMap<NodeName, Member> known = new TreeMap<>();
  private final SortedSet<NodeName> alive = new TreeSet<>();
  private SortedSet<NodeName> ring;

  /**
   * @param remembered from earlier runs; this node may be among them
   */
  public Members(Member self, Collection<Member> remembered) {
    this.self = self;
    for (Member member : remembered) {
      known.put(member.name(), member);
    }
    known.put(self.name(), self);
  }

  public Member self() {
    return self;
  }

  /** Why a peer that tells this of itself may not connect, in one line, or null. */
  public synchronized String refuse(Member peer) {
    if (peer.equals(self)) {
      return null;
    }
    if (peer.name().equals(self.name())) {
      return "node name '" + peer.name() + "' is taken: " + places(self, peer);
    }
    if (ring != null && !ring.contains(peer.name())) {
      return "node '"
          + peer.name()
          + "' at "
          + peer.peerAddress()
          + " is not a member of this ring ("
          + join(ring)
          + ")";
    }
    Member before = known.get(peer.name());
    if (before != null
        && alive.contains(peer.name())
        && !before.peerAddress().equals(peer.peerAddress())) {
      return "node name '" + peer.name() + "' is taken: " + places(before, peer);
    }
    for (Member other : known.values()) {
      if (other.dataId() == peer.dataId() && !other.name().equals(peer.name())) {
        return "node '"
            + peer.name()
            + "' at "
            + peer.peerAddress()
            + " has the data directory of node '"
            + other.name()
            + "' at "
            + other.peerAddress()
            + ": a copy?";
      }
    }
    return null;
  }

  /** Takes note of a peer that was not refused. */
  public synchronized Arrival onConnected(Member peer) {
    alive.add(peer.name());
    Member before = known.put(peer.name(), peer);
    if (before == null) {
      return Arrival.NEW;
    }
    if (before.dataId() != peer.dataId()) {
      return Arrival.LOST_DISK;
    }
    return before.equals(peer) ? Arrival.KNOWN : Arrival.CHANGED;
  }

  /** The name is free for another address from now on. */
  public synchronized void onGone(NodeName name) {
    alive.remove(name);
  }

  /** The peer is heard of again on a connection that stood all the time. */
  public synchronized void onBack(NodeName name) {
    alive.add(name);
  }

  /** Only these are admitted from now on. */
  public synchronized void closeRing(Collection<NodeName> names) {
    ring = new TreeSet<>(names);
  }

  /** What was told last of a name, or null. */
  public synchronized Member find(NodeName name) {
    return known.get(name);
  }

  /** All that were ever met, in order of their names. */
  public synchronized List<Member> all() {
    return new ArrayList<>(known.values());
  }

  private static String places(Member one, Member other) {
    return "one node at " + one.peerAddress() + ", another at " + other.peerAddress();
  }

  private static String join(Collection<NodeName> names) {
    return names.stream().map(NodeName::value).collect(Collectors.joining(", "));
  }
}
