package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.coordinate.Coordinator.WriteRequest;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.PendingWrite.Ended;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A client's write at the node that the client speaks to: finds its coordinator, this node or
 * another, and makes attempts, as {@link Attempts} allows, until one is answered or the deadline
 * has come.
 */
final class ForwardOperation extends Operation implements Calls.Answer {
  /** So many times in the replica timeout a busy coordinator is asked again. */
  private static final int PAUSES = 8;

  private final List<Key> keys;
  private final WriteRequest request;
  private final Consumer<WriteResult> done;
  private final RequestId id;
  private final Attempts attempts;
  private final long begunMachineNanos;
  private final long firstDeadlineNanos;
  private long deadlineNanos;
  private long firstSent;
  private Owners owners;
  private int needed;

  /** Where the last attempt went, or null. */
  private NodeName last;

  /** Which attempt each call was. */
  private final Map<Long, Integer> numbers = new HashMap<>(2);

  /** Whether {@link #start} is looking for a node that takes the attempt. */
  private boolean inPass;

  private boolean refusedInPass;
  private long attemptDeadlineNanos;

  /** Makes the deadline of each attempt another, for by it receivers tell attempts apart. */
  private int tries;

  /** The deadline of the attempt that is under way. */
  private long attemptDeadline;

  /** Hybrid time after which every attempt that was given up unanswered comes too late. */
  private long unsureUntil;

  /** The last refusal that says why a write has not been executed, else null. */
  private Ended refusal;

  /** Since when there is no room for the attempt where it belongs, or -1. */
  private long roomlessSinceNanos = -1;

  ForwardOperation(
      CoordinatorShard shard,
      List<Key> keys,
      WriteRequest request,
      RequestId id,
      Consumer<WriteResult> done) {
    super(shard);
    this.keys = keys;
    this.request = request;
    this.id = id;
    this.done = done;
    this.attempts = new Attempts(request.kind() != Write.Kind.READ_MODIFY_WRITE);
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos =
        shard.nanos()
            + shard.settings().requestTimeoutMillis(request.update().length) * NANOS_PER_MILLI;
    this.firstDeadlineNanos = deadlineNanos;
  }

  /**
   * Sends the next attempt to the next node that can be reached, owners first; each gets one chance
   * in a pass, and after it this waits for a while.
   */
  void start() {
    findOwners();
    if (isOver()) {
      // A process that stood still learns it here before its timer runs.
      giveUp();
      return;
    }
    if (inPass) {
      // This node has refused its own attempt at once: the pass goes on.
      refusedInPass = true;
      return;
    }
    inPass = true;
    boolean sent = false;
    for (int tried = 0; tried < owners.size() && !sent && !isEnded(); tried++) {
      NodeName next = owners.coordinatorAfter(last, reachable());
      if (next == null) {
        break;
      }
      last = next;
      refusedInPass = false;
      sent = attempt(0) && !refusedInPass;
      if (!sent && !refusedInPass && shard.isReachable(next) && mayAwaitRoom()) {
        // Too much waits to be sent to it. Another node would coordinate past it.
        inPass = false;
        startAgainSoon();
        return;
      }
    }
    inPass = false;
    if (sent) {
      return;
    }
    setTimer(Math.min(shard.replicaTimeoutNanos(), deadlineNanos - shard.nanos()));
  }

  /** Whether to wait where the attempt belongs: not for ever, for then something else is wrong. */
  private boolean mayAwaitRoom() {
    long now = shard.nanos();
    roomlessSinceNanos = roomlessSinceNanos < 0 ? now : roomlessSinceNanos;
    return now - roomlessSinceNanos < attemptTimeoutMillis() * NANOS_PER_MILLI;
  }

  private long attemptTimeoutMillis() {
    return shard.settings().attemptTimeoutMillis(request.update().length);
  }

  /** In a moment, at the node where the first attempt of all would go. */
  private void startAgainSoon() {
    last = null;
    setTimer(Math.min(shard.replicaTimeoutNanos() / PAUSES, deadlineNanos - shard.nanos()));
  }

  private boolean isOver() {
    if (shard.nanos() >= deadlineNanos) {
      deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
    }
    return shard.nanos() >= deadlineNanos;
  }

  private void findOwners() {
    PartitionTable table = shard.ports().tables().current();
    Keyspace narrowest = null;
    for (Key key : keys) {
      Keyspace keyspace = shard.keyspaces().of(key.bytes());
      narrowest = narrowest == null || keyspace.n() < narrowest.n() ? keyspace : narrowest;
    }
    owners =
        Owners.withFallbacks(shard.ports().tables(), table.partitionOf(keys.get(0)), narrowest.n());
    int w = request.w() == 0 ? narrowest.w() : request.w();
    needed = Math.min(w, owners.names().size());
  }

  /**
   * Makes an attempt at {@link #last}.
   *
   * @param itsClock hybrid time there, 0 where it is not known
   * @return false where it certainly did not leave
   */
  private boolean attempt(long itsClock) {
    HybridClock clock = shard.ports().hybrid();
    // Hybrid time may run slower than the time by which an attempt is given up, and a message may
    // be long on its way. With this step, whoever hears of this attempt, or of anything that came
    // after it, knows that those before come too late.
    long now = clock.tickAfter(unsureUntil);
    firstSent = firstSent == 0 ? now : firstSent;
    boolean own = last.equals(shard.self());
    long nanos = shard.nanos();
    long leftMillis = Math.max(1, (deadlineNanos - nanos) / NANOS_PER_MILLI);
    // After silence a read-modify-write is not sent again: the one attempt may use all the time.
    // Past the first deadline nobody is missing, and all are busy: more attempts would not help.
    boolean takesAllTime = own || !attempts.isResendable() || nanos >= firstDeadlineNanos;
    long millis = takesAllTime ? leftMillis : Math.min(leftMillis, attemptTimeoutMillis());
    long deadlineMillis = HybridClock.millisOf(Math.max(now, itsClock)) + millis;
    attemptDeadline = HybridClock.ofMillis(deadlineMillis) + ++tries;
    Write write =
        new Write(
            keys.stream().map(Key::bytes).toList(),
            request.kind(),
            request.update(),
            request.past(),
            request.w(),
            id,
            firstSent,
            attemptDeadline,
            attempts.isRetry());
    if (attempts.number() > 0) {
      shard.metrics().retries.inc();
    }
    attemptDeadlineNanos = nanos + millis * NANOS_PER_MILLI;
    if (own) {
      attempts.onSent();
      int number = attempts.number();
      setTimer(deadlineNanos - nanos);
      shard.coordinate(write, keys, deadlineNanos, ended -> onEnded(number, ended));
      return true;
    }
    int number = attempts.number() + 1;
    long callId =
        call(
            last,
            this,
            callAs ->
                new Message.Forward(callAs, owners.partition(), owners.epoch(), write, false));
    if (callId == 0) {
      return false;
    }
    numbers.put(callId, number);
    attempts.onSent();
    shard.metrics().forwards.inc();
    setTimer(Math.min(attemptDeadlineNanos, deadlineNanos) - nanos);
    return true;
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    int number = numbers.get(reply.id());
    if (reply instanceof Message.Forwarded answer) {
      onEnded(number, Ended.of(answer));
    } else if (reply instanceof Message.StaleEpoch stale) {
      long before = owners.epoch();
      shard.ports().tables().learn(stale.partition(), stale.entry());
      if (shard.epochOf(owners.partition()) != before && number == attempts.number()) {
        last = null;
      }
      onEnded(number, Ended.refused(Outcome.NOT_SERVING));
    } else if (reply instanceof Message.Overloaded) {
      onEnded(number, Ended.refused(Outcome.BUSY));
    } else {
      onEnded(number, Ended.refused(Outcome.NOT_SERVING));
    }
  }

  private void onEnded(int number, Ended ended) {
    if (isEnded()) {
      return;
    }
    if (ended.outcome() == Outcome.DONE) {
      finish(new WriteResult(ended.reply(), null));
      return;
    }
    if (number != attempts.number() || attempts.state() == Attempts.State.READY) {
      // An attempt that has been given up; another is made, or will be.
      return;
    }
    switch (ended.outcome()) {
      case LATE -> {
        boolean again = attempts.onLate() && !isOver();
        if (!(again && attempt(ended.clock()))) {
          attempts.onNotExecuted();
          start();
        }
      }
      case NOT_SERVING -> {
        attempts.onNotExecuted();
        startSoon();
      }
      case UNREAD -> {
        refusal = ended;
        attempts.onNotExecuted();
        startSoon();
      }
      case BUSY -> {
        refusal = ended;
        attempts.onNotExecuted();
        startAgainSoon();
      }
      case STALLED -> {
        attempts.onNotExecuted();
        onStalled();
      }
      case TOO_MANY_SIBLINGS ->
          finish(new WriteResult(null, new Failure.TooManySiblings(ended.answered())));
      case NO_QUORUM -> finish(noQuorum(ended.answered(), Math.max(1, ended.needed()), true));
      case DONE -> throw new AssertionError();
    }
  }

  /** The last owner's engine takes no writes; another's may. */
  private void onStalled() {
    NodeName next = owners.coordinatorAfter(last, reachable());
    boolean all = next == null || last == null || !owners.precedes(last, next);
    if (all && !attempts.isRetry()) {
      shard.metrics().busy.inc();
      finish(new WriteResult(null, new Failure.Busy("the storage engine of " + last + " stalls")));
    } else {
      startSoon();
    }
  }

  /** The next attempt at once where a node is left that has not just refused; else in a while. */
  private void startSoon() {
    NodeName next = owners.coordinatorAfter(last, reachable());
    boolean all = next == null || last == null || !owners.precedes(last, next);
    if (all && last != null) {
      setTimer(Math.min(shard.replicaTimeoutNanos() / 4, deadlineNanos - shard.nanos()));
    } else {
      start();
    }
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    // The attempt may have been executed: its answer may still come by another connection, and
    // its deadline decides.
  }

  @Override
  void onReachable(NodeName peer) {
    if (attempts.state() == Attempts.State.READY) {
      start();
    }
  }

  @Override
  void onTimer() {
    if (isOver()) {
      giveUp();
      return;
    }
    long now = shard.nanos();
    if (attempts.state() == Attempts.State.UNDER_WAY
        && !last.equals(shard.self())
        && now >= attemptDeadlineNanos) {
      attempts.onDeadline();
      unsureUntil = Math.max(unsureUntil, attemptDeadline);
    }
    if (attempts.state() == Attempts.State.READY) {
      start();
    } else {
      boolean timed = attempts.state() == Attempts.State.UNDER_WAY;
      setTimer((timed ? Math.min(attemptDeadlineNanos, deadlineNanos) : deadlineNanos) - now);
    }
  }

  private void giveUp() {
    if (refusal == null || attempts.mayTakeEffect()) {
      finish(noQuorum(0, needed, attempts.mayTakeEffect()));
    } else if (refusal.outcome() == Outcome.BUSY) {
      shard.metrics().busy.inc();
      finish(new WriteResult(null, new Failure.Busy("too many writes at their coordinator")));
    } else {
      finish(noQuorum(refusal.answered(), refusal.needed(), false));
    }
  }

  private WriteResult noQuorum(int answered, int wanted, boolean mayTakeEffect) {
    shard.metrics().noQuorums.inc();
    long waitedMillis = shard.waitedMillis(begunMachineNanos);
    return new WriteResult(
        null, new Failure.NoQuorum(answered, wanted, waitedMillis, mayTakeEffect));
  }

  private void finish(WriteResult result) {
    end();
    shard.metrics().putMicros.update((shard.machineNanos() - begunMachineNanos) / 1_000);
    done.accept(result);
  }
}
