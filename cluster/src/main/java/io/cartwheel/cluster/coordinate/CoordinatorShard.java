package io.cartwheel.cluster.coordinate;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator.CountResult;
import io.cartwheel.cluster.coordinate.Coordinator.GetRequest;
import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.RandomKeyResult;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The coordinator of one shard: the reads and writes of its partitions that clients ask of this
 * node, and the writes that other nodes hand to it. Everything on the shard's loop only.
 */
public final class CoordinatorShard {
  /** A coordinator answers a little before the node that waits for it gives up: a twentieth. */
  private static final int ANSWER_EARLY = 20;

  /** For so many request timeouts a request of a busy cluster gets another. */
  private static final int BUSY_TIMEOUTS = 8;

  /** Leaves 40 random bits for the first call's sequence, far from the end of a long. */
  private static final int FIRST_CALL_SHIFT = 24;

  /** Answers of peers usually take no longer than this share of the replica timeout. */
  private static final int USUAL_SHARE = 3;

  private record Belief(int partition, NodeName node) {}

  private final CoordinatorPorts ports;
  private final CoordinatorSettings settings;
  private final Keyspaces keyspaces;
  private final Update.Decoder decoder;
  private final CoordinatorMetrics metrics;
  private final int index;
  private final long process;
  private final Calls calls;
  private final WriteTurns writes;
  private final ForwardedWrites forwarded;
  private final HedgeDelay hedgeDelay = new HedgeDelay();
  private final OwnTime ownTime;
  private final Set<Operation> operations = new LinkedHashSet<>();

  /** Other nodes that said last that their replica is current. */
  private final Set<Belief> current = new HashSet<>();

  private long sequence;
  private int lingering;

  /**
   * @param index of the shard in its node, below 2^{@link Message#SHARD_BITS}
   * @param process random bits drawn at this start of the process, the same for all shards
   */
  public CoordinatorShard(
      int index,
      long process,
      CoordinatorPorts ports,
      CoordinatorSettings settings,
      Keyspaces keyspaces,
      Update.Decoder decoder,
      MetricRegistry registry) {
    this.index = index;
    this.process = process;
    this.ports = ports;
    this.settings = settings;
    this.keyspaces = keyspaces;
    this.decoder = decoder;
    this.metrics = new CoordinatorMetrics(registry);
    this.ownTime = new OwnTime(replicaTimeoutNanos() / USUAL_SHARE);
    this.calls =
        new Calls(
            index,
            ports.random().nextLong() >>> FIRST_CALL_SHIFT,
            this::machineNanos,
            ownTime::onAnswered);
    this.writes = new WriteTurns(this);
    this.forwarded = new ForwardedWrites(this, decoder);
  }

  /** Reads one key of this shard. */
  public void get(Key key, GetRequest request, Consumer<GetResult> done) {
    Failure refusal = refusal();
    if (refusal != null) {
      done.accept(new GetResult(null, refusal));
    } else {
      new GetOperation(this, key, request, done).start();
    }
  }

  /** Writes keys of this shard, all of one slot. */
  public void write(List<Key> keys, WriteRequest request, Consumer<WriteResult> done) {
    Failure refusal = refusal();
    if (refusal != null) {
      done.accept(new WriteResult(null, refusal));
    } else {
      new ForwardOperation(this, keys, request, nextRequest(), done).start();
    }
  }

  /** One page of live keys, of whatever shards; this one's loop only puts it together. */
  public void scan(ScanRequest request, Consumer<ScanResult> done) {
    Failure refusal = refusal();
    if (refusal != null) {
      done.accept(new ScanResult(List.of(), 0, refusal));
    } else {
      new ScanOperation(this, request, done).start();
    }
  }

  /** How many keys live on all shards of all nodes. */
  public void count(Consumer<CountResult> done) {
    Failure refusal = refusal();
    if (refusal != null) {
      done.accept(new CountResult(0, refusal));
    } else {
      new CountOperation(this, done).start();
    }
  }

  /**
   * Some live key, of whatever shard.
   *
   * @param coordinator reads what nodes name
   */
  public void randomKey(Coordinator coordinator, Consumer<RandomKeyResult> done) {
    Failure refusal = refusal();
    if (refusal != null) {
      done.accept(new RandomKeyResult(null, refusal));
    } else {
      new RandomKeyOperation(this, coordinator, done).start();
    }
  }

  /** A message that this shard is to handle: a reply, or a {@link Message.Forward}. */
  public void onMessage(NodeName from, Message message) {
    if (message instanceof Message.Reply reply) {
      calls.onReply(from, reply);
    } else if (message instanceof Message.Forward forward) {
      forwarded.onForward(from, forward);
    } else {
      throw new IllegalArgumentException("not for a coordinator: " + message);
    }
  }

  /** The peer can be reached again. */
  public void onConnected(NodeName peer) {
    for (Operation operation : List.copyOf(operations)) {
      if (!operation.isEnded()) {
        operation.onReachable(peer);
      }
    }
  }

  /** The peer cannot be reached; what was sent to it may or may not have arrived. */
  public void onDisconnected(NodeName peer) {
    current.removeIf(belief -> belief.node.equals(peer));
    calls.onDisconnected(peer);
  }

  /** Requests and writes under way, and what waits for them: nothing after a while of quiet. */
  public int inFlight() {
    return operations.size() + calls.size() + writes.size() + lingering + forwarded.size();
  }

  private Failure refusal() {
    if (ports.tables().current() == null) {
      return new Failure.NotReady("the partition table is not known yet");
    }
    if (operations.size() >= settings.limits().requestsInFlight()) {
      metrics.busy.inc();
      return new Failure.Busy("too many requests in flight");
    }
    return null;
  }

  private RequestId nextRequest() {
    return new RequestId(process, ++sequence << Message.SHARD_BITS | index);
  }

  /** A write of a client of this node, of which it is the coordinator. */
  void coordinate(Write write, List<Key> keys, long deadlineNanos, Consumer<Ended> answer) {
    PendingWrite pending =
        new PendingWrite(
            write,
            keys,
            decoder.decode(write.update()),
            machineNanos() + deadlineNanos - nanos(),
            deadlineNanos - earlyNanos());
    pending.whenEnded(answer);
    if (writes.hasRoomFor(pending)) {
      writes.enqueue(pending);
    }
  }

  void onBegun(Operation operation) {
    operations.add(operation);
    if (!ownTime.isWatched()) {
      ownTime.at(machineNanos(), ports.peers().isWhole());
      ownTime.watch(true);
      ports.loop().schedule(OwnTime.WATCH_MILLIS, this::watch);
    }
  }

  private void watch() {
    forwarded.forget();
    if (operations.isEmpty()) {
      ownTime.watch(false);
    } else {
      ports.loop().schedule(OwnTime.WATCH_MILLIS, this::watch);
    }
  }

  void onEnded(Operation operation) {
    operations.remove(operation);
  }

  /**
   * Whether one more answered write may wait for its last owners.
   *
   * @param bytes that it holds until then
   */
  boolean mayLinger(long bytes) {
    if (lingering >= settings.limits().lingeringWrites()
        || !settings.limits().rooms().lingering().take(bytes)) {
      return false;
    }
    lingering++;
    return true;
  }

  void onLingered(long bytes) {
    settings.limits().rooms().lingering().giveBack(bytes);
    lingering--;
  }

  boolean believesCurrent(int partition, NodeName node) {
    return node.equals(self())
        ? ports.currency().isCurrent(partition)
        : current.contains(new Belief(partition, node));
  }

  /** The node has told whether its replica is current. */
  void believe(int partition, NodeName node, boolean isCurrent) {
    if (isCurrent) {
      current.add(new Belief(partition, node));
    } else if (!current.isEmpty()) {
      current.remove(new Belief(partition, node));
    }
  }

  boolean isReachable(NodeName node) {
    return node.equals(self()) || ports.peers().isReachable(node);
  }

  NodeName self() {
    return ports.peers().self();
  }

  /** By this the shard waits for others: {@link OwnTime}. */
  long nanos() {
    return ownTime.at(machineNanos(), ports.peers().isWhole());
  }

  /** By this it is told whether a write comes too late: it goes on while the loop is held up. */
  long machineNanos() {
    return ports.clock().monotonicNanos();
  }

  /**
   * The next deadline of a request that has come to its last one. While nobody is missing there is
   * one more after each, for some time: who is silent then is busy, and will answer. Not so while
   * this node's own engine takes no writes: nothing can come of waiting then.
   *
   * @param begunMachineNanos when it began
   * @return the same deadline where the request is to be given up
   */
  long deadlineAfter(long deadlineNanos, long begunMachineNanos) {
    long tookNanos = machineNanos() - begunMachineNanos;
    boolean isBusy =
        ports.peers().isWhole()
            && !ports.rows().isStalled()
            && tookNanos < BUSY_TIMEOUTS * requestTimeoutNanos();
    return isBusy ? deadlineNanos + requestTimeoutNanos() : deadlineNanos;
  }

  /** What a request that began then has waited until now. */
  long waitedMillis(long begunMachineNanos) {
    return (machineNanos() - begunMachineNanos) / Operation.NANOS_PER_MILLI;
  }

  /**
   * Whether what was read of peers may still be stored: this shard may have been held up since.
   *
   * @param readTime hybrid time before it was read
   */
  boolean isFresh(long readTime) {
    long ageMillis = ports.hybrid().nowMillis() - HybridClock.millisOf(readTime);
    return ageMillis <= settings.maxRowAgeMillis();
  }

  long epochOf(int partition) {
    return ports.tables().current().entry(partition).epoch();
  }

  long requestTimeoutNanos() {
    return settings.requestTimeoutMillis() * Operation.NANOS_PER_MILLI;
  }

  long replicaTimeoutNanos() {
    return settings.replicaTimeoutMillis() * Operation.NANOS_PER_MILLI;
  }

  /** For a replica that is sent so much. */
  long replicaTimeoutNanos(long bytes) {
    return replicaTimeoutNanos()
        + CoordinatorSettings.transferMillis(bytes) * Operation.NANOS_PER_MILLI;
  }

  /** By so much earlier than asked a coordinator answers. */
  long earlyNanos() {
    return requestTimeoutNanos() / ANSWER_EARLY;
  }

  int index() {
    return index;
  }

  CoordinatorPorts ports() {
    return ports;
  }

  WriteTurns writes() {
    return writes;
  }

  ForwardedWrites forwarded() {
    return forwarded;
  }

  CoordinatorSettings settings() {
    return settings;
  }

  Keyspaces keyspaces() {
    return keyspaces;
  }

  CoordinatorMetrics metrics() {
    return metrics;
  }

  HedgeDelay hedgeDelay() {
    return hedgeDelay;
  }

  Calls calls() {
    return calls;
  }

  /** Writes that wait for their turn or for their last owners, for tests of what is left behind. */
  int waitingWrites() {
    return writes.size() + lingering;
  }

  /** Operations under way, for tests of what is left behind. */
  List<Operation> operations() {
    return new ArrayList<>(operations);
  }
}
