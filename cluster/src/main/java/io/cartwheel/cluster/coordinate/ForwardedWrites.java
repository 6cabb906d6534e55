package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import java.util.HashSet;
import java.util.List;

/**
 * The writes that peers hand over to this shard: each attempt is executed once, here or at an owner
 * before this node, or refused with the reason, and always answered. On the shard's loop only.
 */
final class ForwardedWrites {
  private final CoordinatorShard shard;
  private final Update.Decoder decoder;
  private final RecentAttempts recentSmall;

  /** Those of large values: they may come later, and are few. */
  private final RecentAttempts recentLarge;

  private final Replies replies;

  ForwardedWrites(CoordinatorShard shard, Update.Decoder decoder) {
    this.shard = shard;
    this.decoder = decoder;
    CoordinatorSettings settings = shard.settings();
    ByteBudget room = settings.limits().rooms().answers();
    this.recentSmall = new RecentAttempts(shard.requestTimeoutNanos(), room);
    long mostMillis = settings.requestTimeoutMillis(settings.rowLimitBytes());
    this.recentLarge = new RecentAttempts(mostMillis * Operation.NANOS_PER_MILLI, room);
    this.replies = new Replies(shard.ports(), settings.replicaTimeoutMillis());
  }

  /** A peer hands over a client's write. */
  void onForward(NodeName from, Message.Forward forward) {
    Write write = forward.write();
    boolean isSmall = CoordinatorSettings.transferMillis(write.update().length) == 0;
    RecentAttempts recent = isSmall ? recentSmall : recentLarge;
    if (recent.find(write, shard.nanos(), ended -> reply(from, forward.id(), ended))) {
      return;
    }
    if (recent.isFull()) {
      shard.metrics().busy.inc();
      reply(from, forward.id(), Ended.refused(Outcome.BUSY));
      return;
    }
    PartitionTable table = shard.ports().tables().current();
    if (table != null && forward.partition() >= table.partitions()) {
      reply(from, forward.id(), Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    if (table != null && forward.epoch() < table.entry(forward.partition()).epoch()) {
      PartitionTable.Entry entry = table.entry(forward.partition());
      reply(from, new Message.StaleEpoch(forward.id(), forward.partition(), entry));
      return;
    }
    PendingWrite pending = pendingOf(forward);
    recent.add(write, pending, shard.nanos());
    Replies.Room room = newReplyRoom();
    pending.replyIn(room);
    pending.whenEnded(
        ended ->
            replies.send(from, ended.toMessage(forward.id(), shard.ports().hybrid().now()), room));
    if (table == null || forward.epoch() > table.entry(forward.partition()).epoch()) {
      shard.ports().tables().ask(from);
      pending.end(Ended.refused(Outcome.NOT_SERVING));
    } else if (pending.update() == null) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
    } else if (shard.writes().hasRoomFor(pending)) {
      passOnOrEnqueue(forward, pending, table);
    }
  }

  private void passOnOrEnqueue(
      Message.Forward forward, PendingWrite pending, PartitionTable table) {
    if (!belong(pending.keys(), forward.partition(), table)) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    int copies = Integer.MAX_VALUE;
    for (Key key : pending.keys()) {
      copies = Math.min(copies, shard.keyspaces().of(key.bytes()).n());
    }
    Owners owners = Owners.withFallbacks(shard.ports().tables(), forward.partition(), copies);
    if (!owners.prefer(shard.self())) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    boolean mayPassOn = !forward.relayed() && !forward.write().retry();
    NodeName earlier = mayPassOn ? owners.reachableBefore(shard.self(), shard::isReachable) : null;
    if (earlier != null) {
      new Relay(shard, pending).start(earlier, owners);
    } else {
      shard.writes().enqueue(pending);
    }
  }

  /** Whether there are keys, none twice, all of the partition: else its sender is not like us. */
  private static boolean belong(List<Key> keys, int partition, PartitionTable table) {
    for (Key key : keys) {
      if (table.partitionOf(key) != partition) {
        return false;
      }
    }
    return keys.size() == 1 || (!keys.isEmpty() && new HashSet<>(keys).size() == keys.size());
  }

  /** A write as it came; without an update where its bytes are none. */
  private PendingWrite pendingOf(Message.Forward forward) {
    Write write = forward.write();
    HybridClock clock = shard.ports().hybrid();
    long leftMillis = HybridClock.millisOf(write.deadline()) - clock.nowMillis();
    long ageMillis = clock.nowMillis() - HybridClock.millisOf(write.firstSent());
    // Its sender may have been held up, and then waits for at least as long as the attempt lasts.
    long answerMillis =
        Math.max(
            shard.settings().requestTimeoutMillis(write.update().length) - Math.max(0, ageMillis),
            leftMillis);
    Update update;
    try {
      update = decoder.decode(write.update());
    } catch (IllegalArgumentException notOurs) {
      // A peer of another version; it learns that this node does not execute it.
      update = null;
    }
    return new PendingWrite(
        write,
        write.keys().stream().map(Key::new).toList(),
        update,
        shard.machineNanos() + leftMillis * Operation.NANOS_PER_MILLI,
        shard.nanos() + answerMillis * Operation.NANOS_PER_MILLI - shard.earlyNanos());
  }

  /** Whether a write that another node executes may find its reply no way back for now. */
  boolean areRepliesHeldUp() {
    return replies.size() > 0;
  }

  /** What a network has doubled gets no answer where there is no room: another is on its way. */
  private void reply(NodeName to, long id, Ended ended) {
    Replies.Room room = newReplyRoom();
    if (ended.reply() == null || room.take(ended.reply())) {
      replies.send(to, ended.toMessage(id, shard.ports().hybrid().now()), room);
    }
  }

  private void reply(NodeName to, Message message) {
    replies.send(to, message, newReplyRoom());
  }

  private Replies.Room newReplyRoom() {
    return new Replies.Room(shard.settings().limits().rooms().replies());
  }

  /** Lets go of attempts that nobody asks for any more. */
  void forget() {
    recentSmall.forget(shard.nanos());
    recentLarge.forget(shard.nanos());
  }

  /** Answers that have not left yet. */
  int size() {
    return replies.size();
  }
}
