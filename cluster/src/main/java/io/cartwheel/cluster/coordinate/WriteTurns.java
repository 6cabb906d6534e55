package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.ring.Key;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The writes of which this shard is the coordinator, until they have ended: those of a key begin
 * one after the other, or together where they wait for their turn together. On the shard's loop
 * only.
 */
final class WriteTurns {
  private final CoordinatorShard shard;
  private final KeyQueues<PendingWrite> queues;

  /** Keys whose queues have to be looked at. */
  private final ArrayDeque<Key> stirred = new ArrayDeque<>();

  private boolean stirring;
  private int pendingWrites;

  WriteTurns(CoordinatorShard shard) {
    this.shard = shard;
    this.queues = new KeyQueues<>(shard.settings().limits().writesPerKey());
  }

  /** Takes room for what the write holds until it has ended; ends it where there is none. */
  boolean hasRoomFor(PendingWrite pending) {
    ByteBudget room = shard.settings().limits().rooms().writes();
    long bytes = pending.sizeBytes();
    if (!room.take(bytes)) {
      shard.metrics().busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
      return false;
    }
    pending.whenEnded(ended -> room.giveBack(bytes));
    return true;
  }

  void enqueue(PendingWrite pending) {
    if (shard.machineNanos() > pending.refusedAfterNanos()) {
      pending.end(Ended.refused(Outcome.LATE));
      return;
    }
    if (shard.ports().rows().isStalled()) {
      shard.metrics().busy.inc();
      pending.end(Ended.refused(Outcome.STALLED));
      return;
    }
    if (pendingWrites >= shard.settings().limits().requestsInFlight()
        || !queues.offer(pending.keys(), pending)) {
      shard.metrics().busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
      return;
    }
    pendingWrites++;
    pending.whenEnded(ended -> pendingWrites--);
    stir(pending.keys());
  }

  /** A write that is under way already begins anew, behind those that wait for its keys. */
  void enqueueAgain(PendingWrite pending) {
    if (queues.offer(pending.keys(), pending)) {
      stir(pending.keys());
    } else {
      shard.metrics().busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
    }
  }

  /** The group has been stamped, or refused: the next writes of its keys may begin. */
  void onStamped(KeyQueues.Group<PendingWrite> group) {
    queues.end(group);
    stir(group.keys());
  }

  private void stir(List<Key> keys) {
    stirred.addAll(keys);
    if (stirring) {
      return;
    }
    stirring = true;
    for (Key key = stirred.poll(); key != null; key = stirred.poll()) {
      KeyQueues.Group<PendingWrite> group = queues.begin(key);
      if (group != null) {
        new PutOperation(shard, group).start();
      }
    }
    stirring = false;
  }

  /** Writes that wait for their turn, and those that have not ended. */
  int size() {
    return pendingWrites + queues.size();
  }
}
