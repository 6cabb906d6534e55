package io.cartwheel.cluster.handoff;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.StaleEpoch;
import io.cartwheel.cluster.replica.RowComparison;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Hands the rows that a shard keeps for one node on to it, in passes over the index: a window of
 * them is under way at a time, and what was not acknowledged waits for the next pass. Rests after
 * whatever goes wrong, the longer the more often in a row. A large row is met here like any other,
 * and then left to {@link LargeRows}, so that nothing waits behind it. On the shard's loop only.
 */
final class Delivery {
  /** Enough to hide a sync of the target's disk, few enough to leave room for other work. */
  static final int WINDOW = 256;

  /** Rows under way, at about so many bytes no more are sent. */
  static final long WINDOW_BYTES = 4L << 20;

  /** A row of more bytes travels beside the window. */
  static final long LARGE_BYTES = WINDOW_BYTES / 4;

  /** Rows that leave in one turn. */
  private static final int PER_TURN = 64;

  /** An answer that has not come by then is not waited for. */
  private static final long ANSWER_MILLIS = 3_000;

  private static final long FIRST_REST_MILLIS = 200;
  private static final long LONGEST_REST_MILLIS = 5_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** A row under way. */
  record Sent(Key key, Row row, long bytes, long atNanos) {}

  private final HandoffShard shard;
  private final HandoffPorts ports;
  private final NodeName target;
  private final LargeRows large;
  private final Map<Long, Sent> underWay = new LinkedHashMap<>();
  private long bytesUnderWay;

  /** Rows that are being read. */
  private int reading;

  /** The last key of this pass, null before its first. */
  private Key last;

  /** Until it runs nothing is sent, or null. */
  private EventLoop.Timer resting;

  private long restingUntilNanos;
  private long restMillis = FIRST_REST_MILLIS;
  private EventLoop.Timer answerTimer;
  private boolean fillComes;

  Delivery(HandoffShard shard, HandoffPorts ports, NodeName target) {
    this.shard = shard;
    this.ports = ports;
    this.target = target;
    this.large = new LargeRows(this, ports, target);
  }

  /** Something may be there to deliver: looks after so long, unless it does before. */
  void wake(long delayMillis) {
    if (delayMillis == 0) {
      stopResting();
      comeToFill();
    } else if (resting == null && underWay.isEmpty() && !fillComes) {
      rest(delayMillis);
    }
  }

  /** What is under way may have arrived or not; all goes once more. */
  void onUnreachable() {
    stopResting();
    underWay.clear();
    bytesUnderWay = 0;
    large.clear();
    last = null;
    restMillis = FIRST_REST_MILLIS;
  }

  private void stopResting() {
    if (resting != null) {
      resting.cancel();
      resting = null;
    }
  }

  private void rest(long millis) {
    long until = ports.clock().monotonicNanos() + millis * NANOS_PER_MILLI;
    if (resting != null && restingUntilNanos - until <= 0) {
      return;
    }
    stopResting();
    restingUntilNanos = until;
    resting =
        ports
            .loop()
            .schedule(
                millis,
                () -> {
                  resting = null;
                  comeToFill();
                });
  }

  /** Something went wrong: a new pass after a while. */
  private void restLonger() {
    if (resting == null) {
      last = null;
      rest(restMillis);
      restMillis = Math.min(2 * restMillis, LONGEST_REST_MILLIS);
    }
  }

  private void comeToFill() {
    if (!fillComes) {
      fillComes = true;
      ports.loop().execute(this::fill);
    }
  }

  boolean mayDeliver() {
    return resting == null && mayDeliverLarge();
  }

  /** Large rows rest by themselves. */
  boolean mayDeliverLarge() {
    return shard.mayDeliver() && ports.peers().isReachable(target);
  }

  private void fill() {
    fillComes = false;
    for (int i = 0; i < PER_TURN && hasRoom() && mayDeliver(); i++) {
      Key key = ports.hints().next(target, last);
      if (key == null) {
        endPass();
        return;
      }
      last = key;
      if (!large.isKnown(key)) {
        reading++;
        ports.rows().read(key, row -> onRead(key, row));
      }
    }
    if (hasRoom() && mayDeliver()) {
      comeToFill();
    }
  }

  private boolean hasRoom() {
    return reading + underWay.size() < WINDOW && bytesUnderWay < WINDOW_BYTES;
  }

  private void endPass() {
    if (reading > 0 || !underWay.isEmpty()) {
      return;
    }
    last = null;
    if (ports.hints().next(target, null) != null) {
      rest(HandoffShard.SOON_MILLIS);
    }
  }

  private void onRead(Key key, StoredRow stored) {
    reading--;
    if (!mayDeliver()) {
      return;
    }
    if (mustGo(key, stored)) {
      if (sizeOf(key, stored.row()) > LARGE_BYTES) {
        large.add(key);
      } else if (!send(key, stored.row(), underWay)) {
        restLonger();
      } else {
        bytesUnderWay += sizeOf(key, stored.row());
        awaitAnswers();
      }
    }
    comeToFill();
  }

  /** Whether the target is to have this row still; else it is given up. */
  boolean mustGo(Key key, StoredRow stored) {
    if (stored.isAbsent() || !ports.owners().isOwner(target, key)) {
      shard.giveUp(target, key, null);
      return false;
    }
    return true;
  }

  static long sizeOf(Key key, Row row) {
    return RowComparison.sizeOf(key.bytes(), row);
  }

  /** Sends a row, and notes it with those under way; false where it certainly does not leave. */
  boolean send(Key key, Row row, Map<Long, Sent> noted) {
    long id = shard.nextId();
    int partition = ports.tables().current().partitionOf(key);
    long epoch = ports.tables().current().entry(partition).epoch();
    long readTime = ports.hybrid().now();
    Message.Merge merge =
        new Message.Merge(id, partition, epoch, key.bytes(), row, readTime, false, null, true);
    if (!ports.peers().send(target, merge)) {
      return false;
    }
    noted.put(id, new Sent(key, row, sizeOf(key, row), ports.clock().monotonicNanos()));
    return true;
  }

  private void awaitAnswers() {
    if (answerTimer == null) {
      answerTimer = ports.loop().schedule(ANSWER_MILLIS, this::onAnswerTimer);
    }
  }

  private void onAnswerTimer() {
    answerTimer = null;
    long since = ports.clock().monotonicNanos() - ANSWER_MILLIS * NANOS_PER_MILLI;
    Iterator<Sent> all = underWay.values().iterator();
    while (all.hasNext()) {
      Sent sent = all.next();
      if (sent.atNanos - since <= 0) {
        all.remove();
        bytesUnderWay -= sent.bytes;
        restLonger();
      }
    }
    if (!underWay.isEmpty()) {
      awaitAnswers();
    }
  }

  /** Returns whether this is an answer to something that is under way. */
  boolean onReply(Message.Reply reply) {
    if (large.onReply(reply)) {
      return true;
    }
    Sent sent = underWay.remove(reply.id());
    if (sent == null) {
      return false;
    }
    bytesUnderWay -= sent.bytes;
    if (isTaken(sent, reply)) {
      restMillis = FIRST_REST_MILLIS;
      comeToFill();
    } else {
      restLonger();
    }
    return true;
  }

  /** Whether the target has the row now; its hint goes then. */
  boolean isTaken(Sent sent, Message.Reply reply) {
    if (reply instanceof Merged merged && merged.owner()) {
      letGo(sent);
      return true;
    }
    if (reply instanceof StaleEpoch stale) {
      ports.tables().learn(stale.partition(), stale.entry());
    }
    return false;
  }

  /**
   * The target has the row on its disk: the hint goes, and with the last one a row that others own,
   * unless something has been added to it since.
   */
  private void letGo(Sent sent) {
    Key key = sent.key;
    ports
        .rows()
        .update(
            List.of(key),
            rows -> {
              StoredRow stored = rows.get(0);
              if (!isSame(sent.row, stored.row()) || !ports.hints().contains(target, key)) {
                return rows;
              }
              ports.hints().drop(target, key);
              ports.budget().onDelivered();
              return ports.owners().isForeign(key) && !ports.hints().isHeld(key)
                  ? List.of(StoredRow.ABSENT)
                  : rows;
            },
            Durability.BUFFERED,
            () -> {});
  }

  private static boolean isSame(Row sent, Row stored) {
    return sent.sameDots(stored) && sent.context().equals(stored.context());
  }
}
