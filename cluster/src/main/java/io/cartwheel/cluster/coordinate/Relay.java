package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.ring.NodeName;

/**
 * A write that came here although an owner before this node can be reached: it is passed on to that
 * one, once, and its answer passed back. Where that owner certainly has not executed it because it
 * does not serve, its storage engine takes no writes, or it cannot read enough replicas, this node
 * coordinates it after all.
 */
final class Relay extends Operation implements Calls.Answer {
  private final PendingWrite pending;
  private final long begunMachineNanos;
  private long deadlineNanos;

  Relay(CoordinatorShard shard, PendingWrite pending) {
    super(shard);
    this.pending = pending;
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos =
        shard.nanos()
            + shard.settings().requestTimeoutMillis(pending.sizeBytes()) * NANOS_PER_MILLI;
  }

  void start(NodeName to, Owners owners) {
    if (shard.forwarded().areRepliesHeldUp()) {
      onBusy();
      return;
    }
    long id =
        call(
            to,
            this,
            callId ->
                new Message.Forward(
                    callId, owners.partition(), owners.epoch(), pending.write(), true));
    if (id == 0 && shard.isReachable(to)) {
      onBusy();
    } else if (id == 0) {
      coordinateHere();
    } else {
      shard.metrics().forwards.inc();
      setTimer(deadlineNanos - shard.nanos());
    }
  }

  /**
   * There is no room for it where it belongs: to coordinate here would be to pass that node over.
   */
  private void onBusy() {
    end();
    pending.end(Ended.refused(Outcome.BUSY));
  }

  private void coordinateHere() {
    end();
    shard.writes().enqueue(pending);
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    if (reply instanceof Message.Forwarded answer
        && answer.outcome() != Outcome.NOT_SERVING
        && answer.outcome() != Outcome.STALLED
        && answer.outcome() != Outcome.UNREAD) {
      end();
      pending.end(Ended.of(answer));
      return;
    }
    if (reply instanceof Message.Overloaded) {
      onBusy();
      return;
    }
    if (reply instanceof Message.StaleEpoch stale) {
      shard.ports().tables().learn(stale.partition(), stale.entry());
    }
    coordinateHere();
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    // It may have been executed: who sent it decides by its deadline.
  }

  @Override
  void onReachable(NodeName peer) {
    // Nothing waits for a peer here.
  }

  @Override
  void onTimer() {
    if (shard.nanos() >= deadlineNanos) {
      deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
    }
    if (shard.nanos() >= deadlineNanos) {
      end();
      pending.end(Ended.noQuorum(0, 1));
    } else {
      setTimer(deadlineNanos - shard.nanos());
    }
  }
}
