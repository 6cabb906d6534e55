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
import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import java.util.ArrayDeque;
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
  private final KeyQueues<PendingWrite> queues;
  private final RecentAttempts recent;
  private final Replies replies;
  private final HedgeDelay hedgeDelay = new HedgeDelay();
  private final OwnTime ownTime;
  private final Set<Operation> operations = new LinkedHashSet<>();

  /** Other nodes that said last that their replica is current. */
  private final Set<Belief> current = new HashSet<>();

  /** Keys whose queues have to be looked at. */
  private final ArrayDeque<Key> stirred = new ArrayDeque<>();

  private boolean stirring;
  private long sequence;
  private int pendingWrites;
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
    this.queues = new KeyQueues<>(settings.limits().writesPerKey());
    this.recent = new RecentAttempts(requestTimeoutNanos(), settings.limits().rooms().answers());
    this.replies = new Replies(ports, settings.replicaTimeoutMillis());
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
      onForward(from, forward);
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
    return operations.size()
        + calls.size()
        + queues.size()
        + pendingWrites
        + lingering
        + replies.size();
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

  private void onForward(NodeName from, Message.Forward forward) {
    Write write = forward.write();
    if (recent.find(write, nanos(), ended -> reply(from, forward.id(), ended))) {
      return;
    }
    if (recent.isFull()) {
      metrics.busy.inc();
      reply(from, forward.id(), Ended.refused(Outcome.BUSY));
      return;
    }
    PartitionTable table = ports.tables().current();
    if (table != null && forward.partition() >= table.partitions()) {
      reply(from, forward.id(), Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    if (table != null && forward.epoch() < table.entry(forward.partition()).epoch()) {
      PartitionTable.Entry entry = table.entry(forward.partition());
      reply(from, new Message.StaleEpoch(forward.id(), forward.partition(), entry));
      return;
    }
    PendingWrite pending = pendingOf(forward);
    recent.add(write, pending, nanos());
    Replies.Room room = newReplyRoom();
    pending.replyIn(room);
    pending.whenEnded(
        ended -> replies.send(from, ended.toMessage(forward.id(), ports.hybrid().now()), room));
    if (table == null || forward.epoch() > table.entry(forward.partition()).epoch()) {
      ports.tables().ask(from);
      pending.end(Ended.refused(Outcome.NOT_SERVING));
    } else if (pending.update() == null) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
    } else if (hasRoomFor(pending)) {
      passOnOrEnqueue(forward, pending, table);
    }
  }

  private void passOnOrEnqueue(
      Message.Forward forward, PendingWrite pending, PartitionTable table) {
    if (!belong(pending.keys(), forward.partition(), table)) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    int copies = Integer.MAX_VALUE;
    for (Key key : pending.keys()) {
      copies = Math.min(copies, keyspaces.of(key.bytes()).n());
    }
    Owners owners = Owners.withFallbacks(ports.tables(), forward.partition(), copies);
    if (!owners.prefer(self())) {
      pending.end(Ended.refused(Outcome.NOT_SERVING));
      return;
    }
    boolean mayPassOn = !forward.relayed() && !forward.write().retry();
    NodeName earlier = mayPassOn ? owners.reachableBefore(self(), this::isReachable) : null;
    if (earlier != null) {
      new Relay(this, pending).start(earlier, owners);
    } else {
      enqueue(pending);
    }
  }

  /** Whether there are keys, none twice, all of the partition: else its sender is not like us. */
  private static boolean belong(List<Key> keys, int partition, PartitionTable table) {
    for (Key key : keys) {
      if (table.partitionOf(key) != partition) {
        return false;
      }
    }
    return keys.size() == 1 || (!keys.isEmpty() && new HashSet<>(keys).size() == keys.size());
  }

  /** A write as it came; without an update where its bytes are none. */
  private PendingWrite pendingOf(Message.Forward forward) {
    Write write = forward.write();
    HybridClock clock = ports.hybrid();
    long leftMillis = HybridClock.millisOf(write.deadline()) - clock.nowMillis();
    long ageMillis = clock.nowMillis() - HybridClock.millisOf(write.firstSent());
    // Its sender may have been held up, and then waits for at least as long as the attempt lasts.
    long answerMillis =
        Math.max(settings.requestTimeoutMillis() - Math.max(0, ageMillis), leftMillis);
    Update update;
    try {
      update = decoder.decode(write.update());
    } catch (IllegalArgumentException notOurs) {
      // A peer of another version; it learns that this node does not execute it.
      update = null;
    }
    return new PendingWrite(
        write,
        write.keys().stream().map(Key::new).toList(),
        update,
        machineNanos() + leftMillis * Operation.NANOS_PER_MILLI,
        nanos() + answerMillis * Operation.NANOS_PER_MILLI - earlyNanos());
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
    if (hasRoomFor(pending)) {
      enqueue(pending);
    }
  }

  /** Takes room for what the write holds until it has ended; ends it where there is none. */
  private boolean hasRoomFor(PendingWrite pending) {
    ByteBudget room = settings.limits().rooms().writes();
    long bytes = pending.sizeBytes();
    if (!room.take(bytes)) {
      metrics.busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
      return false;
    }
    pending.whenEnded(ended -> room.giveBack(bytes));
    return true;
  }

  void enqueue(PendingWrite pending) {
    if (machineNanos() > pending.refusedAfterNanos()) {
      pending.end(Ended.refused(Outcome.LATE));
      return;
    }
    if (ports.rows().isStalled()) {
      metrics.busy.inc();
      pending.end(Ended.refused(Outcome.STALLED));
      return;
    }
    if (pendingWrites >= settings.limits().requestsInFlight()
        || !queues.offer(pending.keys(), pending)) {
      metrics.busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
      return;
    }
    pendingWrites++;
    pending.whenEnded(ended -> pendingWrites--);
    stir(pending.keys());
  }

  /** A write that is under way already begins anew, behind those that wait for its keys. */
  void enqueueAgain(PendingWrite pending) {
    if (queues.offer(pending.keys(), pending)) {
      stir(pending.keys());
    } else {
      metrics.busy.inc();
      pending.end(Ended.refused(Outcome.BUSY));
    }
  }

  /** The group has been stamped, or refused: the next writes of its keys may begin. */
  void onStamped(KeyQueues.Group<PendingWrite> group) {
    queues.end(group);
    stir(group.keys());
  }

  private void stir(List<Key> keys) {
    stirred.addAll(keys);
    if (stirring) {
      return;
    }
    stirring = true;
    for (Key key = stirred.poll(); key != null; key = stirred.poll()) {
      KeyQueues.Group<PendingWrite> group = queues.begin(key);
      if (group != null) {
        new PutOperation(this, group).start();
      }
    }
    stirring = false;
  }

  /** Whether a write that another node executes may find its reply no way back for now. */
  boolean areRepliesHeldUp() {
    return replies.size() > 0;
  }

  /** What a network has doubled gets no answer where there is no room: another is on its way. */
  private void reply(NodeName to, long id, Ended ended) {
    Replies.Room room = newReplyRoom();
    if (ended.reply() == null || room.take(ended.reply())) {
      replies.send(to, ended.toMessage(id, ports.hybrid().now()), room);
    }
  }

  private void reply(NodeName to, Message message) {
    replies.send(to, message, newReplyRoom());
  }

  private Replies.Room newReplyRoom() {
    return new Replies.Room(settings.limits().rooms().replies());
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
    recent.forget(nanos());
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

  private long earlyNanos() {
    return requestTimeoutNanos() / ANSWER_EARLY;
  }

  int index() {
    return index;
  }

  CoordinatorPorts ports() {
    return ports;
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
    return pendingWrites + queues.size() + lingering;
  }

  /** Operations under way, for tests of what is left behind. */
  List<Operation> operations() {
    return new ArrayList<>(operations);
  }
}
