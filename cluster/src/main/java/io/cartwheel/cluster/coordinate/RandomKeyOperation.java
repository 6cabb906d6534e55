package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.RandomKeyResult;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Some live key: asks this node, then the others in random order, and reads what they name, for a
 * single replica does not know whether a key lives.
 */
final class RandomKeyOperation extends Operation implements Calls.Answer {
  /** A node that names dead keys is not asked more often. */
  private static final int TRIES_PER_NODE = 3;

  private final Coordinator coordinator;
  private final Consumer<RandomKeyResult> done;
  private final long begunMachineNanos;
  private long deadlineNanos;
  private final Deque<NodeName> toAsk = new ArrayDeque<>();

  /** The number of the question that is open; answers to earlier ones are ignored. */
  private int question;

  RandomKeyOperation(
      CoordinatorShard shard, Coordinator coordinator, Consumer<RandomKeyResult> done) {
    super(shard);
    this.coordinator = coordinator;
    this.done = done;
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos = shard.nanos() + shard.requestTimeoutNanos();
  }

  void start() {
    TreeSet<NodeName> owners = new TreeSet<>();
    for (PartitionTable.Entry entry : shard.ports().tables().current().entries()) {
      owners.addAll(entry.committed());
    }
    owners.remove(shard.self());
    List<NodeName> others = new ArrayList<>(owners);
    for (int i = others.size() - 1; i > 0; i--) {
      Collections.swap(others, i, shard.ports().random().nextInt(i + 1));
    }
    others.add(0, shard.self());
    for (NodeName node : others) {
      toAsk.addAll(Collections.nCopies(TRIES_PER_NODE, node));
    }
    next();
  }

  private void next() {
    int number = ++question;
    NodeName node = toAsk.poll();
    if (node == null) {
      finish(new RandomKeyResult(null, null));
    } else if (isOver()) {
      giveUp();
    } else if (node.equals(shard.self())) {
      shard
          .ports()
          .scans()
          .randomKey(key -> shard.ports().loop().execute(() -> onNamed(number, node, key)));
      awaitAnswer();
    } else if (!shard.isReachable(node) || call(node, this, Message.RandomKey::new) == 0) {
      skip(node);
    } else {
      awaitAnswer();
    }
  }

  private void awaitAnswer() {
    setTimer(Math.min(shard.replicaTimeoutNanos(), deadlineNanos - shard.nanos()));
  }

  private void skip(NodeName node) {
    toAsk.removeIf(node::equals);
    next();
  }

  private void onNamed(int number, NodeName node, byte[] key) {
    if (isEnded() || number != question) {
      return;
    }
    if (key == null) {
      skip(node);
      return;
    }
    coordinator.get(
        new GetRequest(key, 0),
        result -> shard.ports().loop().execute(() -> onRead(number, key, result)));
  }

  private void onRead(int number, byte[] key, Coordinator.GetResult result) {
    if (isEnded() || number != question) {
      return;
    }
    if (result.failure() != null) {
      finish(new RandomKeyResult(null, result.failure()));
    } else if (result.reading().exists()) {
      finish(new RandomKeyResult(key, null));
    } else {
      next();
    }
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    byte[] key = reply instanceof Message.RandomKeyFound found ? found.key() : null;
    onNamed(question, from, key);
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    closeCall(id);
    skip(peer);
  }

  @Override
  void onReachable(NodeName peer) {
    // A node that was passed over is not asked any more.
  }

  @Override
  void onTimer() {
    // The node or the read of its key is slow; the read has a deadline of its own.
    if (isOver()) {
      giveUp();
    } else {
      awaitAnswer();
    }
  }

  private boolean isOver() {
    if (shard.nanos() >= deadlineNanos) {
      deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
    }
    return shard.nanos() >= deadlineNanos;
  }

  private void giveUp() {
    long waitedMillis = shard.waitedMillis(begunMachineNanos);
    finish(new RandomKeyResult(null, new Failure.NoQuorum(0, 1, waitedMillis, false)));
  }

  private void finish(RandomKeyResult result) {
    end();
    done.accept(result);
  }
}
