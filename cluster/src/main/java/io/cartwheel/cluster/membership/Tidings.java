package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.message.Message.Heartbeat;
import io.cartwheel.cluster.ring.NodeName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the peers' heartbeats have told beside that they live: of which partitions they hold rows
 * that are to be handed on. What a peer told last holds until it tells something else, also while
 * it cannot be reached. Written on the loop of membership, read from any thread.
 */
public final class Tidings {
  private volatile SortedMap<NodeName, Heartbeat> last = Collections.emptySortedMap();

  /**
   * A heartbeat has come.
   *
   * @return whether its sender has found this node unreachable since its last one
   */
  boolean onHeartbeat(Heartbeat heartbeat) {
    Heartbeat before = last.get(heartbeat.from());
    SortedMap<NodeName, Heartbeat> changed = new TreeMap<>(last);
    changed.put(heartbeat.from(), heartbeat);
    last = Collections.unmodifiableSortedMap(changed);
    return before != null && before.losses() != heartbeat.losses();
  }

  /** The peer has been emptied: what its disk held is gone. */
  void forget(NodeName peer) {
    SortedMap<NodeName, Heartbeat> changed = new TreeMap<>(last);
    changed.remove(peer);
    last = Collections.unmodifiableSortedMap(changed);
  }

  /** Whether a peer holds rows of this partition that this node is to get. */
  public boolean areHintsForUs(int partition) {
    for (Heartbeat heartbeat : last.values()) {
      if (contains(heartbeat.hintsForYou(), partition)) {
        return true;
      }
    }
    return false;
  }

  /** Whether this peer holds a hint of this partition for anybody, or rows that others own. */
  public boolean isHandingOn(NodeName peer, int partition) {
    Heartbeat heartbeat = last.get(peer);
    // Who has told nothing may hold anything.
    return heartbeat == null || contains(heartbeat.handingOn(), partition);
  }

  private static boolean contains(byte[] bitmap, int partition) {
    return partition >> 3 < bitmap.length && (bitmap[partition >> 3] & 1 << (partition & 7)) != 0;
  }
}
