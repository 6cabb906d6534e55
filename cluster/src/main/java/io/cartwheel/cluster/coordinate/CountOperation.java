package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.CountResult;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How many keys live: asks for each partition the first owner that can be reached, one message for
 * all partitions of a node; others where one fails, and again where one is still counting.
 */
final class CountOperation extends Operation implements Calls.Answer {
  private final Consumer<CountResult> done;
  private final long begunMachineNanos;
  private long deadlineNanos;
  private final Map<Long, List<Integer>> asked = new LinkedHashMap<>();
  private final Set<NodeName> failed = new HashSet<>();
  private final List<Integer> left = new ArrayList<>();
  private long live;
  private boolean stillCounting;
  private int ownAsked;

  CountOperation(CoordinatorShard shard, Consumer<CountResult> done) {
    super(shard);
    this.done = done;
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos = shard.nanos() + shard.requestTimeoutNanos();
  }

  void start() {
    int partitions = shard.ports().tables().current().partitions();
    for (int p = 0; p < partitions; p++) {
      left.add(p);
    }
    step();
  }

  private void step() {
    PartitionTable table = shard.ports().tables().current();
    Map<NodeName, List<Integer>> byNode = new LinkedHashMap<>();
    List<Integer> nobody = new ArrayList<>();
    for (int partition : left) {
      NodeName owner = null;
      for (NodeName candidate : table.entry(partition).committed()) {
        if (owner == null && shard.isReachable(candidate) && !failed.contains(candidate)) {
          owner = candidate;
        }
      }
      if (owner == null) {
        nobody.add(partition);
      } else {
        byNode.computeIfAbsent(owner, n -> new ArrayList<>()).add(partition);
      }
    }
    left.clear();
    left.addAll(nobody);
    byNode.forEach(this::ask);
    if (left.isEmpty() && asked.isEmpty() && ownAsked == 0) {
      finish(new CountResult(live, null));
    } else {
      setTimer(Math.min(shard.replicaTimeoutNanos(), deadlineNanos - shard.nanos()));
    }
  }

  private void ask(NodeName node, List<Integer> partitions) {
    if (node.equals(shard.self())) {
      ownAsked++;
      shard
          .ports()
          .scans()
          .count(
              partitions,
              count ->
                  shard
                      .ports()
                      .loop()
                      .execute(
                          () -> {
                            ownAsked--;
                            onCount(partitions, count);
                          }));
      return;
    }
    long id = call(node, this, callId -> new Message.Count(callId, partitions));
    if (id == 0) {
      failed.add(node);
      left.addAll(partitions);
    } else {
      asked.put(id, partitions);
    }
  }

  private void onCount(List<Integer> partitions, long count) {
    if (isEnded()) {
      return;
    }
    if (count >= 0) {
      live += count;
    } else {
      stillCounting = true;
      left.addAll(partitions);
    }
    if (left.isEmpty() && asked.isEmpty() && ownAsked == 0) {
      finish(new CountResult(live, null));
    }
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    List<Integer> partitions = asked.remove(reply.id());
    if (partitions != null) {
      if (reply instanceof Message.Counted counted) {
        onCount(partitions, counted.live());
      } else {
        failed.add(from);
        left.addAll(partitions);
      }
    }
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    closeCall(id);
    failed.add(peer);
    List<Integer> partitions = asked.remove(id);
    if (partitions != null) {
      left.addAll(partitions);
      step();
    }
  }

  @Override
  void onReachable(NodeName peer) {
    failed.remove(peer);
  }

  @Override
  void onTimer() {
    if (shard.nanos() >= deadlineNanos && !stillCounting) {
      deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
    }
    if (shard.nanos() >= deadlineNanos) {
      long waitedMillis = shard.waitedMillis(begunMachineNanos);
      finish(
          new CountResult(
              0,
              stillCounting
                  ? new Failure.NotReady("the keys are still being counted")
                  : new Failure.NoQuorum(0, 1, waitedMillis, false)));
      return;
    }
    // What is asked and silent is left to the deadline: a count is cheap, but never a quorum.
    step();
  }

  private void finish(CountResult result) {
    end();
    done.accept(result);
  }
}
