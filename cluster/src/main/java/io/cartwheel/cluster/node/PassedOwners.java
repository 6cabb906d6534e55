package io.cartwheel.cluster.node;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells owners that writes have passed them over, so that they do not hold themselves current.
 *
 * <p>An owner that has been told is current again only after an exchange with this node, another
 * owner, which brings it all that is stored here when it begins. Until then there is no need to
 * tell it of each write; it is told again once in a while all the same, for messages may be lost.
 * Where there is no room for a message it is sent in a moment.
 *
 * <p>What is stored on the loop of a partition's shard, and told there afterwards, meets an
 * exchange that begins on another loop: either that finds the row, or the teller finds that it has
 * begun.
 */
final class PassedOwners {
  private static final long AGAIN_NANOS = 100_000_000;
  private static final long NO_ROOM_MILLIS = 20;

  private record Passed(int partition, NodeName owner) {}

  /**
   * @param epoch of the partition when it was told
   * @param owed whether it has not been told yet, for lack of room
   */
  private record Told(long epoch, long nanos, boolean owed) {}

  private final List<EventLoop> loops;
  private final Clock clock;
  private final ShardPorts.Sender sender;
  private final Map<Passed, Told> told =
      new TreeMap<>(Comparator.comparingInt(Passed::partition).thenComparing(Passed::owner));

  /**
   * @param loops of the shards
   */
  PassedOwners(List<EventLoop> loops, Clock clock, ShardPorts.Sender sender) {
    this.loops = loops;
    this.clock = clock;
    this.sender = sender;
  }

  /**
   * A write that passed this owner over has been stored here; on the loop of the partition's shard.
   *
   * @param isOwner whether this node is an owner, too: nobody compares with another, who tells of
   *     every write
   */
  synchronized void tell(int partition, NodeName owner, long epoch, boolean isOwner) {
    Passed passed = new Passed(partition, owner);
    Told before = told.get(passed);
    long now = clock.monotonicNanos();
    if (before == null
        || !isOwner
        || before.epoch != epoch
        || (!before.owed && now - before.nanos >= AGAIN_NANOS)) {
      send(passed, epoch, now);
    }
  }

  private void send(Passed passed, long epoch, long nowNanos) {
    int shard = passed.partition % loops.size();
    Message message = new Message.PassedOver(0, passed.partition, epoch);
    boolean leaves = sender.send(shard, passed.owner, message);
    Told now = new Told(epoch, nowNanos, !leaves);
    told.put(passed, now);
    if (!leaves) {
      loops.get(shard).schedule(NO_ROOM_MILLIS, () -> sendOwed(passed, now));
    }
  }

  private synchronized void sendOwed(Passed passed, Told owed) {
    if (owed.equals(told.get(passed))) {
      send(passed, owed.epoch, clock.monotonicNanos());
    }
  }

  /**
   * The owner has begun to compare the partition with this node: of what is stored from now on it
   * is told anew. From any thread, before anything is compared.
   */
  synchronized void onCompares(int partition, NodeName owner) {
    told.remove(new Passed(partition, owner));
  }

  /** The owner cannot be reached: its currency ends with the connection. From any thread. */
  synchronized void onUnreachable(NodeName owner) {
    told.keySet().removeIf(passed -> passed.owner.equals(owner));
  }
}
