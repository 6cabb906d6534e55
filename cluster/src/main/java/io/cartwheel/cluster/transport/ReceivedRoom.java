package io.cartwheel.cluster.transport;

import io.cartwheel.cluster.environment.ByteBudget;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Room for messages that have come, on all connections of a node, until they are complete and their
 * loop has taken them.
 *
 * <p>Long messages leave room for those of other links: a link gets no more than what would still
 * be free beside it, so that one alone has half of the room at the most, and of two each a third.
 * The place of the outsized one ({@link ByteBudget}) goes round: who had it last lets those come
 * first who were refused meanwhile.
 *
 * <p>What may not be refused waits for its turn, and as long as anything waits no other long
 * message gets room. What is in goes whatever becomes of those that wait, so each has its turn.
 *
 * <p>Safe for use by all threads.
 */
final class ReceivedRoom {
  /** What one link has of the room, for long messages. */
  static final class Share {
    private long bytes;
  }

  private record Waiter(Share share, long bytes, Runnable onRoom) {}

  private final ByteBudget room;
  private final Queue<Waiter> waiting = new ArrayDeque<>();
  private volatile boolean isAwaited;

  /** Who had the outsized message last, and whether another link has been refused since. */
  private Share lastOutsized;

  private boolean othersWantOutsized;

  ReceivedRoom(long maxBytes) {
    this.room = new ByteBudget(maxBytes);
  }

  /** Takes room for a short message; false where there is none. */
  boolean takeShort(long bytes) {
    return room.take(bytes);
  }

  void giveBackShort(long bytes) {
    room.giveBack(bytes);
    if (isAwaited) {
      serve();
    }
  }

  /** Takes room for a long message of a link; false where there is none for it. */
  synchronized boolean take(Share share, long bytes) {
    if (!waiting.isEmpty()) {
      return false;
    }
    if (room.isOutsized(bytes)) {
      return takeOutsized(share, bytes);
    }
    boolean isFair = share.bytes + bytes <= room.maxBytes() - room.sharedBytes();
    if (!isFair || !room.take(bytes)) {
      return false;
    }
    share.bytes += bytes;
    return true;
  }

  private boolean takeOutsized(Share share, long bytes) {
    boolean isLast = share == lastOutsized;
    if (isLast && othersWantOutsized) {
      // Once: those others may not come again.
      othersWantOutsized = false;
      return false;
    }
    if (!room.take(bytes)) {
      othersWantOutsized |= !isLast;
      return false;
    }
    lastOutsized = share;
    othersWantOutsized = false;
    return true;
  }

  /**
   * Takes room for a long message of a link as soon as there is some.
   *
   * @param onRoom called once it has been taken, on any thread, perhaps before this returns
   */
  void await(Share share, long bytes, Runnable onRoom) {
    synchronized (this) {
      waiting.add(new Waiter(share, bytes, onRoom));
      isAwaited = true;
    }
    serve();
  }

  /** Gives back the room of one long message. */
  void giveBack(Share share, long bytes) {
    synchronized (this) {
      room.giveBack(bytes);
      share.bytes -= room.isOutsized(bytes) ? 0 : bytes;
    }
    if (isAwaited) {
      serve();
    }
  }

  private void serve() {
    for (Waiter next = nextServed(); next != null; next = nextServed()) {
      next.onRoom.run();
    }
  }

  /** The first that waits where there is room for it now, which it has then; else null. */
  private synchronized Waiter nextServed() {
    Waiter first = waiting.peek();
    if (first == null || !room.take(first.bytes)) {
      return null;
    }
    waiting.remove();
    isAwaited = !waiting.isEmpty();
    first.share.bytes += room.isOutsized(first.bytes) ? 0 : first.bytes;
    return first;
  }

  /** What is taken now. */
  long bytes() {
    return room.bytes();
  }
}
