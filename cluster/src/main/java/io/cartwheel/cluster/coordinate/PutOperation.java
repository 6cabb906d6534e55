package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes at their coordinator that begin together: asks other owners what they know, unless this
 * node is the first owner and current; stamps all in one step; brings the rows to the owners, or to
 * who stands in for them; and answers each write when as many as it wants have stored it. This node
 * is an owner, or where none can be reached the first fallback that can.
 */
final class PutOperation extends Operation {
  /** So many times in the replica timeout it is tried to send what did not leave. */
  private static final int PAUSES = 8;

  /** To about a second between two times that a row is sent. */
  private static final int MOST_DOUBLINGS = 3;

  /** How far it is. */
  enum State {
    /** Other owners are asked what they know. */
    GATHERING,
    /** The step that decides and stamps is waited for; it runs at once where the rows are warm. */
    STAMPING,
    /** The stamped rows are on their way to the owners and into the store. */
    REPLICATING
  }

  private final KeyQueues.Group<PendingWrite> group;
  private final long begunMachineNanos;

  /** Before anything was read. */
  private final long readTime;

  private final Keyspace[] keyspaces;
  private final Owners[] owners;
  private final Row[] learned;
  private final Replication[] replications;

  /** How many replicas have told what they know of each key, this node included. */
  private final int[] heard;

  /** Writes that wait until enough owners have stored them. */
  private final List<PendingWrite> unanswered = new ArrayList<>();

  /** Writes that changed nothing: they wait for what they saw to be stored here. */
  private final List<PendingWrite> unchanged = new ArrayList<>();

  /** Writes that must hear more replicas: they only read. */
  private final List<PendingWrite> toAsk = new ArrayList<>();

  private State state = State.GATHERING;
  private int gathering;
  private boolean hasAsked;
  private boolean storedHere;
  private boolean lingers;
  private int timesSent;

  PutOperation(CoordinatorShard shard, KeyQueues.Group<PendingWrite> group) {
    super(shard);
    this.group = group;
    this.begunMachineNanos = shard.machineNanos();
    this.readTime = shard.ports().hybrid().now();
    int keys = group.keys().size();
    this.keyspaces = new Keyspace[keys];
    this.owners = new Owners[keys];
    this.learned = new Row[keys];
    this.replications = new Replication[keys];
    this.heard = new int[keys];
    for (int k = 0; k < keys; k++) {
      keyspaces[k] = shard.keyspaces().of(group.keys().get(k).bytes());
    }
  }

  State state() {
    return state;
  }

  /** Begins, and begins anew when the partition has moved meanwhile. */
  void start() {
    PartitionTable table = shard.ports().tables().current();
    int partition = table.partitionOf(group.keys().get(0));
    boolean mayCoordinate = true;
    for (int k = 0; k < owners.length; k++) {
      owners[k] = Owners.withFallbacks(shard.ports().tables(), partition, keyspaces[k].n());
      mayCoordinate &=
          owners[k].include(shard.self())
              || (owners[k].prefer(shard.self()) && shard.ports().rows().hasRoomForOthers());
    }
    if (!mayCoordinate) {
      end();
      shard.writes().onStamped(group);
      group.writes().forEach(w -> w.end(Ended.refused(Outcome.NOT_SERVING)));
      return;
    }
    boolean knowsAll =
        owners[0].names().get(0).equals(shard.self())
            && shard.ports().currency().isCurrent(partition);
    boolean reads = group.writes().stream().anyMatch(PendingWrite::needsRead);
    gathering = owners.length;
    for (int k = 0; k < owners.length && !isEnded() && state == State.GATHERING; k++) {
      if (knowsAll && (!reads || r(k) == 1)) {
        heard[k] = 1;
        onLearned(k, Row.EMPTY);
      } else {
        hasAsked = true;
        gather(k, knowsAll ? r(k) : replicasToAsk(k));
      }
    }
  }

  /** How many replicas must tell what is there before anybody may be told of it. */
  private int r(int k) {
    return keyspaces[k].effectiveR(owners[k].names().size());
  }

  /** Itself included: so many that they have met every read and every write that was answered. */
  private int replicasToAsk(int k) {
    int n = owners[k].names().size();
    return Math.max(r(k), n - keyspaces[k].effectiveW(n) + 1);
  }

  private void gather(int k, int needed) {
    List<PendingWrite> writes = group.writes();
    boolean onlyReads = writes.stream().allMatch(PendingWrite::needsRead);
    // Who overwrites goes on with what is known in a while; who reads has nothing to go on with.
    long patienceMillis =
        onlyReads
            ? shard.settings().attemptTimeoutMillis()
            : shard.settings().replicaTimeoutMillis();
    long deadlineNanos = Math.min(shard.nanos() + patienceMillis * NANOS_PER_MILLI, lastDeadline());
    boolean wantsValues = !Stamping.needVersionsOnly(writes);
    new Gather(
            shard,
            group.keys().get(k),
            owners[k],
            new Gather.Plan(needed, wantsValues, false, deadlineNanos),
            (gather, end) -> {
              if (end == Gather.End.MOVED) {
                onMoved();
              } else {
                heard[k] = gather.answered();
                onLearned(k, gather.merged());
              }
            })
        .step();
  }

  private void onMoved() {
    if (gathering > 0) {
      // What the others of several keys answer no longer matters: they are asked anew.
      gathering = 0;
      PutOperation again = new PutOperation(shard, group);
      end();
      again.start();
    }
  }

  private void onLearned(int k, Row row) {
    if (gathering == 0) {
      return;
    }
    learned[k] = row;
    gathering--;
    if (gathering == 0) {
      stamp();
    }
  }

  private void stamp() {
    state = State.STAMPING;
    boolean[] returned = {false};
    boolean[] stepped = {false};
    List<Runnable> verdicts = new ArrayList<>();
    shard
        .ports()
        .rows()
        .update(
            group.keys(),
            own -> {
              List<StoredRow> rows = step(own, verdicts);
              stepped[0] = true;
              if (returned[0]) {
                // The rows were cold; what follows must find the new ones staged.
                shard.ports().loop().atTurnEnd(Phase.SEND, () -> afterStep(verdicts));
              }
              return rows;
            },
            durability(),
            this::onStoredHere);
    returned[0] = true;
    if (stepped[0]) {
      afterStep(verdicts);
    }
  }

  private Durability durability() {
    for (Keyspace keyspace : keyspaces) {
      if (keyspace.fsync() == Keyspace.Fsync.ALWAYS) {
        return Durability.SYNCED;
      }
    }
    return Durability.BUFFERED;
  }

  /** Decides and stamps all writes; what they are answered at once is added to {@code verdicts}. */
  private List<StoredRow> step(List<StoredRow> own, List<Runnable> verdicts) {
    List<Stamping.Known> known = new ArrayList<>(own.size());
    boolean isFresh = shard.isFresh(readTime);
    for (int k = 0; k < learned.length; k++) {
      boolean newest = keyspaces[k].conflicts() == Keyspace.Conflicts.NEWEST;
      Row told = isFresh ? learned[k] : Row.EMPTY;
      known.add(new Stamping.Known(own.get(k), told, isFresh && heard[k] >= r(k), newest));
    }
    Stamping stamping =
        new Stamping(
            shard.ports().minter(),
            shard.ports().hybrid(),
            new Stamping.Limits(shard.settings().siblingLimit(), shard.settings().rowLimitBytes()),
            known);
    long nowNanos = shard.machineNanos();
    for (PendingWrite write : group.writes()) {
      switch (stamping.execute(write, nowNanos)) {
        case STAMPED, FOUND -> unanswered.add(write);
        case UNCHANGED -> unchanged.add(write);
        case UNREAD -> {
          if (hasAsked) {
            int k = leastHeard();
            verdicts.add(() -> write.end(Ended.unread(heard[k], r(k))));
          } else {
            write.onOnlyReads();
            toAsk.add(write);
          }
        }
        case LATE -> verdicts.add(() -> write.end(Ended.refused(Outcome.LATE)));
        case ROOMLESS -> {
          shard.metrics().busy.inc();
          verdicts.add(() -> write.end(Ended.refused(Outcome.BUSY)));
        }
        case TOO_MANY_SIBLINGS -> {
          int live = stamping.siblingsInTheWay();
          verdicts.add(() -> write.end(Ended.tooManySiblings(live)));
        }
        case REPLY_LOST -> verdicts.add(() -> write.end(Ended.noQuorum(0, needed(0, write))));
      }
    }
    for (int k = 0; k < replications.length; k++) {
      if (stamping.isTouched(k)) {
        replications[k] =
            new Replication(
                shard,
                group.keys().get(k),
                owners[k],
                keyspaces[k].n(),
                new Replication.Made(stamping.rows().get(k).row(), readTime),
                this::onProgress);
      }
    }
    return stamping.rows();
  }

  /** The key that lacks most of the replicas that it needs. */
  private int leastHeard() {
    int least = 0;
    for (int k = 1; k < heard.length; k++) {
      least = heard[k] - r(k) < heard[least] - r(least) ? k : least;
    }
    return least;
  }

  private void afterStep(List<Runnable> verdicts) {
    state = State.REPLICATING;
    boolean hasLeft = sendAll();
    verdicts.forEach(Runnable::run);
    onProgress();
    awaitMore(shard.nanos(), hasLeft);
    shard.writes().onStamped(group);
    toAsk.forEach(shard.writes()::enqueueAgain);
  }

  private void onStoredHere() {
    if (isEnded()) {
      // The store has been held up for longer than anybody waited.
      return;
    }
    storedHere = true;
    for (PendingWrite write : unchanged) {
      write.end(Ended.done(write.reply()));
    }
    unchanged.clear();
    for (Replication replication : replications) {
      if (replication != null) {
        replication.onOwnStored();
      }
    }
    onProgress();
  }

  private void onProgress() {
    boolean complete = true;
    for (Replication replication : replications) {
      complete &= replication == null || replication.isComplete();
    }
    if (!unanswered.isEmpty()) {
      List<PendingWrite> met = new ArrayList<>(unanswered);
      met.removeIf(write -> !isMet(write));
      unanswered.removeAll(met);
      met.forEach(write -> write.end(Ended.done(write.reply())));
    }
    if (state != State.REPLICATING || !storedHere) {
      return;
    }
    if (complete && unanswered.isEmpty()) {
      finish();
    } else if (unanswered.isEmpty() && !lingers) {
      lingers = shard.mayLinger(heldBytes());
      if (!lingers) {
        finish();
      }
    }
  }

  /** What it holds for the last owners. */
  private long heldBytes() {
    long bytes = 0;
    for (Replication replication : replications) {
      bytes += replication == null ? 0 : replication.sizeBytes();
    }
    return bytes;
  }

  private boolean isMet(PendingWrite write) {
    for (int k = 0; k < replications.length; k++) {
      if (replications[k] != null && replications[k].stored() < needed(k, write)) {
        return false;
      }
    }
    return storedHere;
  }

  private int needed(int k, PendingWrite write) {
    int w = write.write().w();
    return Math.min(w == 0 ? keyspaces[k].w() : w, owners[k].names().size());
  }

  /** Returns false where something did not leave, though its owner can be reached. */
  private boolean sendAll() {
    boolean hasLeft = true;
    for (Replication replication : replications) {
      hasLeft &= replication == null || replication.send();
    }
    return hasLeft;
  }

  private void awaitMore(long nowNanos, boolean hasLeft) {
    long earliest = lastDeadline();
    for (PendingWrite write : unanswered) {
      earliest = Math.min(earliest, write.answeredByNanos());
    }
    long pauseNanos = shard.replicaTimeoutNanos() / PAUSES;
    if (hasLeft) {
      // Who is busy is not helped by more messages: each time is twice as long as the one before.
      pauseNanos = shard.replicaTimeoutNanos(heldBytes()) << Math.min(timesSent, MOST_DOUBLINGS);
      timesSent++;
    }
    setTimer(Math.min(pauseNanos, earliest - nowNanos));
  }

  private long lastDeadline() {
    long last = Long.MIN_VALUE;
    for (PendingWrite write : group.writes()) {
      last = Math.max(last, write.answeredByNanos());
    }
    return last;
  }

  @Override
  void onTimer() {
    long now = shard.nanos();
    for (PendingWrite write : List.copyOf(unanswered)) {
      if (write.answeredByNanos() <= now) {
        write.answerBy(shard.deadlineAfter(write.answeredByNanos(), begunMachineNanos));
      }
      if (write.answeredByNanos() <= now) {
        unanswered.remove(write);
        int worst = worstKey(write);
        write.end(Ended.noQuorum(replications[worst].stored(), needed(worst, write)));
      }
    }
    if (lastDeadline() <= now) {
      finish();
      return;
    }
    awaitMore(now, sendAll());
  }

  /** The key that is stored for fewest owners. */
  private int worstKey(PendingWrite write) {
    int worst = -1;
    for (int k = 0; k < replications.length; k++) {
      if (replications[k] != null
          && (worst < 0
              || replications[k].stored() - needed(k, write)
                  < replications[worst].stored() - needed(worst, write))) {
        worst = k;
      }
    }
    return worst;
  }

  private void finish() {
    if (lingers) {
      lingers = false;
      shard.onLingered(heldBytes());
    }
    for (Replication replication : replications) {
      if (replication != null) {
        replication.end();
      }
    }
    // Where the own store has failed to answer in time, nobody else will end these.
    unchanged.forEach(write -> write.end(Ended.noQuorum(0, 1)));
    end();
  }

  @Override
  void onReachable(NodeName peer) {
    for (Replication replication : replications) {
      if (replication != null) {
        replication.onReachable(peer);
      }
    }
  }
}
