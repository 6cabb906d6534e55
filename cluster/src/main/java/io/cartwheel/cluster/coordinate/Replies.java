package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Queue;
import java.util.Set;

/**
 * The answers to writes that peers have handed over. Who waits for one cannot ask again, so an
 * answer for which there is no room on its way waits here, and leaves as soon as there is some; it
 * is dropped only with the connection. On the shard's loop only.
 */
final class Replies {
  /** So many times in the replica timeout it is tried to send what did not leave. */
  private static final int PAUSES = 8;

  /**
   * Room for the front end's reply of one write, from the decision that makes it, so that no write
   * is executed whose reply would have no place.
   */
  static final class Room {
    private final ByteBudget all;
    private long bytes;

    Room(ByteBudget all) {
      this.all = all;
    }

    /**
     * Takes room for a reply in the place of any that was taken before; false where there is none.
     */
    boolean take(byte[] reply) {
      giveBack();
      bytes = all.take(reply.length) ? reply.length : 0;
      return bytes == reply.length;
    }

    void giveBack() {
      if (bytes > 0) {
        all.giveBack(bytes);
        bytes = 0;
      }
    }
  }

  private record Waiting(NodeName to, Message answer, Room room) {}

  private final CoordinatorPorts ports;
  private final long pauseMillis;
  private final Queue<Waiting> waiting = new ArrayDeque<>();

  Replies(CoordinatorPorts ports, long replicaTimeoutMillis) {
    this.ports = ports;
    this.pauseMillis = Math.max(1, replicaTimeoutMillis / PAUSES);
  }

  /**
   * Sends an answer as soon as it may leave.
   *
   * @param room of the reply in it, given back then
   */
  void send(NodeName to, Message answer, Room room) {
    if (ports.peers().send(to, answer) || !ports.peers().isReachable(to)) {
      room.giveBack();
      return;
    }
    if (waiting.isEmpty()) {
      ports.loop().schedule(pauseMillis, this::sendAgain);
    }
    waiting.add(new Waiting(to, answer, room));
  }

  /** To each peer in their order, so that short answers do not keep a long one from leaving. */
  private void sendAgain() {
    Set<NodeName> full = new HashSet<>();
    for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
      Waiting next = all.next();
      boolean isGone = !ports.peers().isReachable(next.to);
      if (isGone || (!full.contains(next.to) && ports.peers().send(next.to, next.answer))) {
        next.room.giveBack();
        all.remove();
      } else {
        full.add(next.to);
      }
    }
    if (!waiting.isEmpty()) {
      ports.loop().schedule(pauseMillis, this::sendAgain);
    }
  }

  /** Answers that have not left yet. */
  int size() {
    return waiting.size();
  }
}
