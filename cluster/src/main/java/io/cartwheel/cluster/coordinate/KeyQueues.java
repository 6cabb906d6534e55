package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.Key;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The writes of each key in their order. What waits at the head begins together: a run of writes of
 * that key alone as one group, a write of several keys by itself, once it is at the head of all its
 * queues. A write that comes after a group has begun belongs to a later group. Pure.
 *
 * <p>A write of several keys enters all its queues at one moment, so of any two writes that share
 * keys one comes first in all of them, and nobody waits in a circle.
 *
 * @param <W> a write, compared by identity
 */
final class KeyQueues<W> {
  /** Writes that begin together; all are of exactly these keys. */
  record Group<W>(List<Key> keys, List<W> writes) {}

  /** A write in its queues; compared by identity. */
  private static final class Waiting<W> {
    final List<Key> keys;
    final W write;

    Waiting(List<Key> keys, W write) {
      this.keys = keys;
      this.write = write;
    }
  }

  private static final class Queue<W> {
    final ArrayDeque<Waiting<W>> waiting = new ArrayDeque<>();
    boolean running;
  }

  /** Looked up by key only, never walked. */
  private final Map<Key, Queue<W>> queues = new HashMap<>();

  private final int limitPerKey;

  KeyQueues(int limitPerKey) {
    this.limitPerKey = limitPerKey;
  }

  /**
   * Appends a write.
   *
   * @param keys none twice
   * @return false where one of the queues is full; then it is in none
   */
  boolean offer(List<Key> keys, W write) {
    for (Key key : keys) {
      Queue<W> queue = queues.get(key);
      if (queue != null && queue.waiting.size() >= limitPerKey) {
        return false;
      }
    }
    Waiting<W> waiting = new Waiting<>(keys, write);
    for (Key key : keys) {
      queues.computeIfAbsent(key, k -> new Queue<>()).waiting.add(waiting);
    }
    return true;
  }

  /** The group that may begin now at the head of the key's queue, which it leaves; or null. */
  Group<W> begin(Key key) {
    Queue<W> queue = queues.get(key);
    if (queue == null || queue.running || queue.waiting.isEmpty()) {
      return null;
    }
    Waiting<W> head = queue.waiting.peek();
    if (head.keys.size() > 1) {
      return beginAlone(head);
    }
    List<W> writes = new ArrayList<>(queue.waiting.size());
    while (!queue.waiting.isEmpty() && queue.waiting.peek().keys.size() == 1) {
      writes.add(queue.waiting.remove().write);
    }
    queue.running = true;
    return new Group<>(head.keys, writes);
  }

  private Group<W> beginAlone(Waiting<W> head) {
    for (Key key : head.keys) {
      Queue<W> queue = queues.get(key);
      if (queue.running || queue.waiting.peek() != head) {
        return null;
      }
    }
    for (Key key : head.keys) {
      Queue<W> queue = queues.get(key);
      queue.waiting.remove();
      queue.running = true;
    }
    return new Group<>(head.keys, List.of(head.write));
  }

  /** The group has stamped: its keys are free for their next groups. */
  void end(Group<W> group) {
    for (Key key : group.keys) {
      Queue<W> queue = queues.get(key);
      queue.running = false;
      if (queue.waiting.isEmpty()) {
        queues.remove(key);
      }
    }
  }

  /** Keys with writes that wait or run. */
  int size() {
    return queues.size();
  }
}
