package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.CoordinatorShard;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Transport;
import java.util.ArrayList;
import java.util.List;

/** Where what comes from the peers goes: messages, and connections that come and go. */
final class PeerEvents implements Transport.Listener {
  /** What comes between listening and the start of membership; on the control loop. */
  private final List<Runnable> early = new ArrayList<>();

  private final Membership membership;
  private final ReplicaService replica;
  private final List<List<ShardPart>> parts;
  private final List<CoordinatorShard> coordinators;
  private final ShardPorts.Sender sender;
  private boolean started;

  PeerEvents(
      Membership membership,
      ReplicaService replica,
      List<List<ShardPart>> parts,
      List<CoordinatorShard> coordinators,
      ShardPorts.Sender sender) {
    this.membership = membership;
    this.replica = replica;
    this.parts = parts;
    this.coordinators = coordinators;
    this.sender = sender;
  }

  /** Membership has started: it is told what has come by now, and what comes; on its loop. */
  void start() {
    started = true;
    early.forEach(Runnable::run);
    early.clear();
  }

  private void onControl(Runnable event) {
    if (started) {
      event.run();
    } else {
      early.add(event);
    }
  }

  @Override
  public void onMessage(int shard, NodeName from, Message message) {
    membership.onHeard(from);
    if (message instanceof Message.Control control) {
      onControl(() -> toMembership(from, control));
    } else if (!replica.handle(shard, from, message, reply -> sender.send(shard, from, reply))
        && !isTaken(parts.get(shard), from, message)) {
      coordinators.get(shard).onMessage(from, message);
    }
  }

  private void toMembership(NodeName from, Message.Control message) {
    if (message instanceof Message.Heartbeat heartbeat) {
      membership.onHeartbeat(heartbeat);
    } else if (message instanceof Message.TellTable told) {
      membership.onTellTable(from, told);
    } else if (message instanceof Message.AskTable) {
      membership.onAskTable(from);
    }
  }

  private boolean isTaken(List<ShardPart> ofShard, NodeName from, Message message) {
    for (ShardPart part : ofShard) {
      if (part.onMessage(from, message)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void onAnswered(String address, Member who) {
    onControl(() -> membership.onAnswered(address, who));
  }

  @Override
  public void onConnected(Member peer) {
    onControl(() -> membership.onConnected(peer));
  }

  @Override
  public void onDisconnected(NodeName peer) {
    onControl(() -> membership.onDisconnected(peer));
  }
}
