package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Asks R owners of one partition for a page of the same range. */
final class PartitionScan extends Operation implements Calls.Answer {
  /**
   * @param from first position
   * @param to end, exclusive; within the partition
   * @param limit of rows
   */
  record Range(long from, long to, int limit) {}

  private final Owners owners;
  private final Range range;
  private final long begunMachineNanos;
  private long deadlineNanos;
  private final Consumer<PartitionScan> done;
  private final Asking asking;
  private final Scanned[] pages;
  private boolean moved;
  private boolean isEnough;

  PartitionScan(
      CoordinatorShard shard,
      Owners owners,
      int needed,
      Range range,
      long deadlineNanos,
      Consumer<PartitionScan> done) {
    super(shard);
    this.owners = owners;
    this.range = range;
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos = deadlineNanos;
    this.done = done;
    this.asking =
        new Asking(
            owners.selfFirst(shard.self()),
            needed,
            node -> shard.believesCurrent(owners.partition(), node));
    this.pages = new Scanned[asking.candidates().size()];
  }

  Range range() {
    return range;
  }

  /** Whether the partition has another entry now: it has to be asked anew. */
  boolean hasMoved() {
    return moved;
  }

  /** Whether it has ended with as many answers as it needs. */
  boolean isEnough() {
    return isEnough;
  }

  int answered() {
    return asking.answered();
  }

  int needed() {
    return asking.needed();
  }

  List<Scanned> pages() {
    List<Scanned> answered = new ArrayList<>();
    for (Scanned page : pages) {
      if (page != null) {
        answered.add(page);
      }
    }
    return answered;
  }

  void step() {
    for (NodeName node = next(); node != null; node = next()) {
      ask(node);
    }
    if (isEnded()) {
      return;
    }
    isEnough = asking.isEnough(reachable());
    if (isEnough) {
      finish();
    } else {
      setTimer(Math.min(shard.replicaTimeoutNanos(), deadlineNanos - shard.nanos()));
    }
  }

  private NodeName next() {
    return isEnded() ? null : asking.next(reachable());
  }

  private void ask(NodeName node) {
    asking.onAsked(node, shard.nanos());
    int partition = owners.partition();
    if (node.equals(shard.self())) {
      shard
          .ports()
          .scans()
          .scan(
              partition,
              range.from,
              range.to,
              range.limit,
              page -> shard.ports().loop().execute(() -> onPage(node, page)));
    } else if (call(
            node,
            this,
            id ->
                new Message.Scan(id, partition, owners.epoch(), range.from, range.to, range.limit))
        == 0) {
      asking.onFailed(node);
    }
  }

  private void onPage(NodeName from, Scanned page) {
    if (!isEnded()) {
      pages[asking.candidates().indexOf(from)] = page;
      asking.onAnswered(from, page.current());
      step();
    }
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    if (reply instanceof Scanned page) {
      shard.believe(owners.partition(), from, page.current());
      onPage(from, page);
      return;
    }
    if (reply instanceof Message.StaleEpoch stale) {
      shard.ports().tables().learn(stale.partition(), stale.entry());
      if (shard.epochOf(owners.partition()) != owners.epoch()) {
        moved = true;
        finish();
        return;
      }
    }
    asking.onFailed(from);
    step();
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    closeCall(id);
    asking.onFailed(peer);
    step();
  }

  @Override
  void onReachable(NodeName peer) {
    asking.onReachable(peer);
    step();
  }

  @Override
  void onTimer() {
    long now = shard.nanos();
    asking.onTimeout(now - shard.replicaTimeoutNanos());
    if (now >= deadlineNanos) {
      asking.onTimeout(now);
      isEnough = asking.answered() >= asking.needed();
      if (!isEnough) {
        deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
      }
      if (isEnough || now >= deadlineNanos) {
        finish();
        return;
      }
    }
    if (!asking.mayYetAnswer(reachable()) && !asking.isEnough(reachable())) {
      asking.askAgain();
    }
    step();
  }

  private void finish() {
    end();
    done.accept(this);
  }
}
