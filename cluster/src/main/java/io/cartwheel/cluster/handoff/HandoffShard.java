package io.cartwheel.cluster.handoff;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.replica.Hints;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.storage.Durability;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * What one shard keeps for others, on its way to them: a {@link Delivery} for each target. Gives up
 * what has become too old. On the shard's loop only.
 */
public final class HandoffShard {
  /** A hint is made for an owner that is only slow, too: it gets the time to answer. */
  static final long SOON_MILLIS = 1_000;

  /** Between two looks for hints that are too old; more often where they get old soon. */
  private static final long AGING_MILLIS = 60_000;

  private static final int AGING_FRACTION = 8;

  /** Hints that are looked at, or dropped by command, in one turn. */
  private static final int PER_TURN = 256;

  private final HandoffPorts ports;
  private final long maxAgeMillis;
  private final SortedMap<NodeName, Delivery> deliveries = new TreeMap<>();
  private long sequence;
  private boolean paused;

  /**
   * @param maxAgeMillis after it a hint is given up
   * @param firstSequence drawn at every start of the process: a reply to a request of the process
   *     before must find nothing here
   */
  public HandoffShard(HandoffPorts ports, long maxAgeMillis, long firstSequence) {
    this.ports = ports;
    this.maxAgeMillis = maxAgeMillis;
    this.sequence = firstSequence;
  }

  /** Reads what an earlier process has left, and begins; once. */
  public void start() {
    ports.hints().listen(this::onAdded);
    ports.hints().load(this::deliverAll);
    ports.loop().schedule(agingMillis(), this::age);
  }

  private void onAdded(NodeName target) {
    if (ports.peers().isReachable(target)) {
      delivery(target).wake(SOON_MILLIS);
    }
  }

  private void deliverAll() {
    for (NodeName target : ports.hints().targets()) {
      delivery(target).wake(0);
    }
  }

  private Delivery delivery(NodeName target) {
    return deliveries.computeIfAbsent(target, name -> new Delivery(this, ports, name));
  }

  public void onReachability(NodeName peer, boolean reachable) {
    if (reachable) {
      delivery(peer).wake(0);
    } else if (deliveries.containsKey(peer)) {
      delivery(peer).onUnreachable();
    }
  }

  /** Returns whether the message answers a delivery. */
  public boolean onMessage(NodeName from, Message message) {
    Delivery delivery = message instanceof Message.Reply ? deliveries.get(from) : null;
    return delivery != null && delivery.onReply((Message.Reply) message);
  }

  /** Delivers nothing any more, or goes on. */
  void pause(boolean now) {
    paused = now;
    if (!paused) {
      deliverAll();
    }
  }

  boolean mayDeliver() {
    return !paused && ports.hints().isLoaded();
  }

  long nextId() {
    return ++sequence << Message.SHARD_BITS | ports.index();
  }

  /** What is kept for each node. */
  SortedMap<NodeName, Hints.Held> held() {
    SortedMap<NodeName, Hints.Held> held = new TreeMap<>();
    for (NodeName target : ports.hints().targets()) {
      held.put(target, ports.hints().held(target));
    }
    return held;
  }

  void mark(NodeName target, byte[] bitmap) {
    ports.hints().mark(target, bitmap);
  }

  /**
   * Drops all that is kept for a node. What nobody but this node may hold goes to the other owners.
   *
   * @param done told how many hints that were
   */
  void drop(NodeName target, LongConsumer done) {
    dropFrom(target, null, 0, done);
  }

  private void dropFrom(NodeName target, Key last, long before, LongConsumer done) {
    long dropped = before;
    Key key = ports.hints().next(target, last);
    while (key != null && dropped < before + PER_TURN) {
      giveUp(target, key, target);
      dropped++;
      last = key;
      key = ports.hints().next(target, last);
    }
    if (key == null) {
      ports.budget().drop("hints for " + target + " are no longer wanted", dropped);
      done.accept(dropped);
      return;
    }
    Key from = last;
    long sum = dropped;
    ports.loop().execute(() -> dropFrom(target, from, sum, done));
  }

  /** The row goes to this target no more; see {@link Hints#giveUp}. */
  void giveUp(NodeName target, Key key, NodeName besides) {
    ports
        .rows()
        .update(
            List.of(key),
            rows ->
                ports.hints().contains(target, key)
                    ? List.of(ports.hints().giveUp(target, key, rows.get(0), besides))
                    : rows,
            Durability.BUFFERED,
            () -> {});
  }

  private long agingMillis() {
    return Math.max(1, Math.min(AGING_MILLIS, maxAgeMillis / AGING_FRACTION));
  }

  private void age() {
    List<NodeName> targets = ports.hints().targets();
    ageFrom(targets, 0, null);
  }

  private void ageFrom(List<NodeName> targets, int place, Key last) {
    if (place == targets.size()) {
      ports.loop().schedule(agingMillis(), this::age);
      return;
    }
    NodeName target = targets.get(place);
    long oldest = ports.hybrid().nowMillis() - maxAgeMillis;
    Key key = ports.hints().next(target, last);
    for (int i = 0; key != null && i < PER_TURN; i++) {
      if (ports.hints().createdMillis(target, key) <= oldest) {
        ports.budget().drop("hints.max-age has passed", 1);
        giveUp(target, key, null);
      }
      last = key;
      key = ports.hints().next(target, last);
    }
    Key from = last;
    if (key == null) {
      ports.loop().execute(() -> ageFrom(targets, place + 1, null));
    } else {
      ports.loop().execute(() -> ageFrom(targets, place, from));
    }
  }
}
