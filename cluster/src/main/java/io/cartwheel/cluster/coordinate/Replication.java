package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings one stamped row to the owners of its key: sends it to all that can be reached, again to
 * those that stay silent, and to those that come back. Ends when all have stored it, or when its
 * put gives up.
 */
final class Replication implements Calls.Answer {
  private final CoordinatorShard shard;
  private final Key key;
  private final int copies;
  private final Row row;

  /** When the row was made: later sends of it are not younger. */
  private final long readTime;

  private final WriteQuorum quorum;
  private final Runnable onProgress;
  private final List<Long> calls = new ArrayList<>(4);
  private Owners owners;
  private boolean ended;

  /**
   * @param copies that the key's keyspace keeps
   * @param onProgress runs whenever one more owner has stored the row
   */
  Replication(
      CoordinatorShard shard, Key key, Owners owners, int copies, Row row, Runnable onProgress) {
    this.shard = shard;
    this.key = key;
    this.owners = owners;
    this.copies = copies;
    this.row = row;
    this.readTime = shard.ports().hybrid().now();
    this.quorum = new WriteQuorum(owners.names());
    this.onProgress = onProgress;
  }

  int stored() {
    return quorum.count();
  }

  boolean isComplete() {
    return quorum.missing().isEmpty();
  }

  /** Sends the row to all owners that have not stored it and can be reached. */
  void send() {
    for (NodeName owner : quorum.missing()) {
      sendTo(owner);
    }
  }

  void onOwnStored() {
    if (quorum.onStored(shard.self())) {
      onProgress.run();
    }
  }

  void onReachable(NodeName peer) {
    if (quorum.missing().contains(peer)) {
      sendTo(peer);
    }
  }

  void end() {
    ended = true;
    calls.forEach(shard.calls()::close);
  }

  private void sendTo(NodeName owner) {
    if (owner.equals(shard.self()) || !shard.isReachable(owner)) {
      return;
    }
    long id = shard.calls().nextId();
    boolean passedOver = owners.precedes(owner, shard.self());
    Message.Merge merge =
        new Message.Merge(
            id,
            owners.partition(),
            owners.epoch(),
            key.bytes(),
            row,
            readTime,
            passedOver,
            null,
            false);
    if (shard.ports().peers().send(owner, merge)) {
      shard.calls().open(id, owner, this);
      calls.add(id);
    }
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    if (reply instanceof Message.Merged merged) {
      shard.believe(owners.partition(), from, merged.current());
      if (!merged.held().isEmpty()) {
        learn(merged.held());
      }
      if (quorum.onStored(from)) {
        onProgress.run();
      }
    } else if (reply instanceof Message.StaleEpoch stale) {
      shard.ports().tables().learn(stale.partition(), stale.entry());
      PartitionTable table = shard.ports().tables().current();
      Owners now = Owners.of(table, owners.partition(), copies);
      if (now.epoch() != owners.epoch() && !ended) {
        owners = now;
        quorum.onMoved(now.names());
        send();
      }
    }
  }

  /** The peer held live siblings that the row did not cover: this node had missed them. */
  private void learn(Row held) {
    shard.ports().currency().end(owners.partition());
    shard
        .ports()
        .rows()
        .update(
            List.of(key), rows -> List.of(rows.get(0).merge(held)), Durability.BUFFERED, () -> {});
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    shard.calls().close(id);
    calls.remove(id);
  }
}
