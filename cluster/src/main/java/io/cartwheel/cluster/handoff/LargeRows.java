package io.cartwheel.cluster.handoff;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.StoredRow;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * The large rows of one delivery: one at a time, beside the others, however long it takes. What the
 * target or the transport has no room for goes to the end of the line, and all rest for a while,
 * the longer the more often in a row. On the shard's loop only.
 */
final class LargeRows {
  /** Keys that wait here; more are met again in the next pass. */
  static final int MAX_WAITING = 1_024;

  /** An answer that has not come by then is not waited for; a large row takes longer. */
  private static final long ANSWER_MILLIS = 3_000;

  /** A row that travels more slowly, 8 Mbit/s, is taken for lost. */
  private static final long LEAST_BYTES_PER_MILLI = 1_000;

  private static final long FIRST_REST_MILLIS = 200;
  private static final long LONGEST_REST_MILLIS = 5_000;

  private final Delivery delivery;
  private final HandoffPorts ports;
  private final NodeName target;
  private final Queue<Key> waiting = new ArrayDeque<>();
  private final Set<Key> known = new LinkedHashSet<>();

  /** The row under way, or nothing. */
  private final Map<Long, Delivery.Sent> underWay = new LinkedHashMap<>(2);

  /** The row that was taken for lost last, or nothing: its answer may come all the same. */
  private final Map<Long, Delivery.Sent> late = new LinkedHashMap<>(2);

  /** Whether one is being read. */
  private boolean reading;

  /** Until it runs nothing is sent, or null; also what ends the wait for an answer. */
  private EventLoop.Timer timer;

  private long restMillis = FIRST_REST_MILLIS;

  LargeRows(Delivery delivery, HandoffPorts ports, NodeName target) {
    this.delivery = delivery;
    this.ports = ports;
    this.target = target;
  }

  /** Whether this row waits here, or is under way. */
  boolean isKnown(Key key) {
    return known.contains(key);
  }

  /** A large row has been met. */
  void add(Key key) {
    if (known.size() < MAX_WAITING && known.add(key)) {
      waiting.add(key);
      next();
    }
  }

  /** What is under way may have arrived or not; all is met again. */
  void clear() {
    stopTimer();
    waiting.clear();
    known.clear();
    underWay.clear();
    late.clear();
    restMillis = FIRST_REST_MILLIS;
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void next() {
    if (reading || timer != null || !underWay.isEmpty()) {
      return;
    }
    Key key = waiting.poll();
    if (key == null) {
      return;
    }
    reading = true;
    ports.rows().read(key, row -> onRead(key, row));
  }

  private void onRead(Key key, StoredRow stored) {
    reading = false;
    if (!known.contains(key)) {
      next();
    } else if (!delivery.mayDeliverLarge()
        || !ports.hints().contains(target, key)
        || !delivery.mustGo(key, stored)) {
      forget(key);
    } else if (delivery.send(key, stored.row(), underWay)) {
      long bytes = Delivery.sizeOf(key, stored.row());
      timer = ports.loop().schedule(ANSWER_MILLIS + bytes / LEAST_BYTES_PER_MILLI, this::onSilence);
    } else {
      restWith(key);
    }
  }

  private void forget(Key key) {
    known.remove(key);
    ports.loop().execute(this::next);
  }

  private void restWith(Key key) {
    waiting.add(key);
    timer =
        ports
            .loop()
            .schedule(
                restMillis,
                () -> {
                  timer = null;
                  next();
                });
    restMillis = Math.min(2 * restMillis, LONGEST_REST_MILLIS);
  }

  private void onSilence() {
    timer = null;
    late.clear();
    late.putAll(underWay);
    underWay.clear();
    late.values().forEach(sent -> restWith(sent.key()));
  }

  /** Returns whether this is an answer to the row that is under way, or was. */
  boolean onReply(Message.Reply reply) {
    Delivery.Sent lost = late.remove(reply.id());
    if (lost != null && delivery.isTaken(lost, reply)) {
      forget(lost.key());
    }
    Delivery.Sent sent = underWay.remove(reply.id());
    if (sent == null) {
      return lost != null;
    }
    stopTimer();
    if (delivery.isTaken(sent, reply)) {
      restMillis = FIRST_REST_MILLIS;
      forget(sent.key());
    } else {
      restWith(sent.key());
    }
    return true;
  }
}
