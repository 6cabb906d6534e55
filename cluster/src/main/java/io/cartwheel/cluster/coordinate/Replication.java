package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings one stamped row to the owners of its key: sends it to all that can be reached, again to
 * those that stay silent, and to those that come back. An owner that cannot be reached, or is
 * silent for the replica timeout, is replaced by a fallback, which keeps the row for it; where none
 * is left this node does. Ends when each owner has it or somebody keeps it, or when its put gives
 * up.
 */
final class Replication implements Calls.Answer {
  private final CoordinatorShard shard;
  private final Key key;
  private final int copies;
  private final Row row;

  /** When what is in the row was read at the earliest: later sends of it are not younger. */
  private final long readTime;

  private final WriteQuorum quorum;
  private final Runnable onProgress;
  private final List<Long> calls = new ArrayList<>(4);

  /** Owners for which this node keeps the row. */
  private final List<NodeName> kept = new ArrayList<>(2);

  private Owners owners;
  private long begunNanos;
  private boolean begun;
  private boolean ended;

  /**
   * A row to be brought to its owners.
   *
   * @param readTime hybrid time before anything of it was read
   */
  record Made(Row row, long readTime) {}

  /**
   * @param copies that the key's keyspace keeps
   * @param onProgress runs whenever one more node has stored the row
   */
  Replication(
      CoordinatorShard shard, Key key, Owners owners, int copies, Made made, Runnable onProgress) {
    this.shard = shard;
    this.key = key;
    this.owners = owners;
    this.copies = copies;
    this.row = made.row;
    this.readTime = made.readTime;
    this.quorum = new WriteQuorum(owners.names(), standIns(owners));
    this.onProgress = onProgress;
  }

  /** A fallback that coordinates stands in itself before it asks others to. */
  private List<NodeName> standIns(Owners of) {
    NodeName self = shard.self();
    if (of.include(self) || of.fallbacks().indexOf(self) <= 0) {
      return of.fallbacks();
    }
    List<NodeName> selfFirst = new ArrayList<>(of.fallbacks());
    selfFirst.remove(self);
    selfFirst.add(0, self);
    return selfFirst;
  }

  /** About what the row takes. */
  long sizeBytes() {
    return row.sizeBytes();
  }

  /** Owners that have stored the row, or for which a fallback has. */
  int stored() {
    return quorum.count();
  }

  /** Whether nobody needs to be sent anything any more: what is not stored will be handed on. */
  boolean isComplete() {
    for (NodeName owner : quorum.missing()) {
      if (!quorum.isKeptFor(owner) && !kept.contains(owner)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Sends the row to all owners that have not stored it and can be reached. In the turn that staged
   * the row, and again whenever the replica timeout has passed.
   *
   * @return false where it did not leave for an owner that can be reached: too much waits to be
   *     sent there, and it is to be tried again soon
   */
  boolean send() {
    long now = shard.nanos();
    if (!begun) {
      begun = true;
      begunNanos = now;
      if (!owners.include(shard.self())) {
        keepForAll();
      }
    }
    boolean isLate = now - begunNanos >= shard.replicaTimeoutNanos(sizeBytes());
    boolean hasLeft = true;
    for (NodeName owner : quorum.missing()) {
      if (owner.equals(shard.self())) {
        continue;
      }
      boolean isSent = sendTo(owner);
      hasLeft &= isSent || !shard.isReachable(owner);
      if (isLate || !shard.isReachable(owner)) {
        replace(owner);
      }
    }
    return hasLeft;
  }

  void onOwnStored() {
    if (quorum.onStored(shard.self())) {
      onProgress.run();
    }
  }

  void onReachable(NodeName peer) {
    List<NodeName> missing = quorum.missing();
    if (missing.contains(peer)) {
      sendTo(peer);
    } else if (owners.fallbacks().contains(peer)) {
      missing.stream().filter(kept::contains).findFirst().ifPresent(this::replace);
    }
  }

  /** Gives up: for whoever has not got the row, and has no other, this node keeps it. */
  void end() {
    ended = true;
    calls.forEach(shard.calls()::close);
    for (NodeName owner : quorum.missing()) {
      if (!owner.equals(shard.self()) && !quorum.isKeptFor(owner)) {
        keepFor(owner);
      }
    }
  }

  /** Asks the next fallback to keep the row for this owner, or keeps it here. */
  private void replace(NodeName owner) {
    if (ended || quorum.isKeptFor(owner)) {
      return;
    }
    NodeName standIn = quorum.replace(owner, shard::isReachable);
    while (standIn != null) {
      // What this node stores though it is no owner it keeps for all owners already.
      if (standIn.equals(shard.self()) || send(standIn, merge(owner))) {
        return;
      }
      standIn = quorum.replace(owner, shard::isReachable);
    }
    keepFor(owner);
  }

  /**
   * A row that was here before may be kept for some owners only, and would be handed on to them and
   * dropped, while this node still stands in for another.
   */
  private void keepForAll() {
    for (NodeName owner : owners.names()) {
      shard.ports().rows().keepFor(owner, key, row);
    }
  }

  private void keepFor(NodeName owner) {
    if (!kept.contains(owner)) {
      kept.add(owner);
      if (owners.include(shard.self())) {
        shard.ports().rows().keepFor(owner, key, row);
      }
    }
  }

  private boolean sendTo(NodeName owner) {
    return shard.isReachable(owner) && send(owner, merge(null));
  }

  private interface Addressed {
    Message.Merge withId(long id);
  }

  private Addressed merge(NodeName hintFor) {
    boolean passesOver = !owners.names().get(0).equals(shard.self());
    return id ->
        new Message.Merge(
            id,
            owners.partition(),
            owners.epoch(),
            key.bytes(),
            row,
            readTime,
            passesOver,
            hintFor,
            false);
  }

  private boolean send(NodeName to, Addressed merge) {
    long id = shard.calls().nextId();
    if (!shard.ports().peers().send(to, merge.withId(id))) {
      return false;
    }
    shard.calls().open(id, to, this);
    calls.add(id);
    return true;
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
      Owners now = Owners.withFallbacks(shard.ports().tables(), owners.partition(), copies);
      if (now.epoch() != owners.epoch() && !ended) {
        owners = now;
        quorum.onMoved(now.names(), standIns(now));
        send();
      }
    } else {
      onStandInFailed(from);
    }
  }

  /** The peer held live siblings that the row did not cover: this node had missed them. */
  private void learn(Row held) {
    shard.ports().currency().end(owners.partition());
    if (!held.isWhole()) {
      // Its values are many bytes: a read fetches them, an exchange brings them.
      return;
    }
    boolean owns = owners.include(shard.self());
    shard
        .ports()
        .rows()
        .update(
            List.of(key),
            rows -> {
              // What has been handed on meanwhile is not to come back.
              boolean isWanted = owns || !rows.get(0).isAbsent();
              return isWanted && shard.isFresh(readTime) ? List.of(rows.get(0).merge(held)) : rows;
            },
            Durability.BUFFERED,
            () -> {});
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    shard.calls().close(id);
    calls.remove(id);
    if (!owners.include(peer)) {
      onStandInFailed(peer);
    } else if (quorum.standInFor(peer) == null) {
      replace(peer);
      onProgress.run();
    }
  }

  private void onStandInFailed(NodeName standIn) {
    NodeName owner = quorum.ownerBehind(standIn);
    if (owner != null && standIn.equals(quorum.standInFor(owner))) {
      replace(owner);
      onProgress.run();
    }
  }
}
