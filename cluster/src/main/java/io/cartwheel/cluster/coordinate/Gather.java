package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;

/**
 * Asks replicas for one row until enough have answered: one for the row, the others for its
 * versions; values that turn out to be missing are fetched from a holder. A replica that fails or
 * is silent for the replica timeout is replaced by the next candidate.
 */
final class Gather extends Operation implements Calls.Answer {
  /** How it ended. */
  enum End {
    /** Enough have answered, and all values that are wanted are at hand. */
    ENOUGH,
    /** Too few have answered in time. */
    TOO_FEW,
    /** The partition has another entry than the one that was asked by. */
    MOVED
  }

  /** Who is told of the end. */
  interface Done {
    void onGathered(Gather gather, End end);
  }

  /**
   * @param needed replicas
   * @param wantsValues whether all live values must be at hand
   * @param isPatient whether it waits for replicas to come back until the deadline; else it ends as
   *     soon as nobody is left to ask
   * @param deadlineNanos by the monotonic clock
   */
  record Plan(int needed, boolean wantsValues, boolean isPatient, long deadlineNanos) {}

  private final Key key;
  private final Owners owners;
  private final Plan plan;
  private final Done done;
  private final Asking asking;
  private final ReadQuorum quorum;
  private final long begunMachineNanos;
  private long deadlineNanos;
  private boolean ownWasRead;
  private boolean hasAskedAgain;

  /** When another replica is asked in place of a slow one; once. */
  private long hedgeAtNanos;

  /** Who has been asked for the whole row and has not failed, or null. */
  private NodeName rowFrom;

  /** Who is being asked for a missing value, or null. */
  private NodeName fetchFrom;

  /** The call by which it is asked: an answer to an earlier one may come later. */
  private long fetchId;

  private long fetchedAtNanos;

  Gather(CoordinatorShard shard, Key key, Owners owners, Plan plan, Done done) {
    super(shard);
    this.key = key;
    this.owners = owners;
    this.plan = plan;
    this.done = done;
    this.begunMachineNanos = shard.machineNanos();
    this.deadlineNanos = plan.deadlineNanos;
    this.asking =
        new Asking(
            owners.selfFirst(shard.self()),
            owners.names().size(),
            plan.needed,
            node -> shard.believesCurrent(owners.partition(), node));
    this.quorum = new ReadQuorum(asking);
    long hedgeNanos = shard.hedgeDelay().nanos();
    this.hedgeAtNanos =
        hedgeNanos < shard.replicaTimeoutNanos() ? shard.nanos() + hedgeNanos : Long.MAX_VALUE;
  }

  ReadQuorum quorum() {
    return quorum;
  }

  int answered() {
    return asking.answered();
  }

  /** What has been learned; where it ended too early, without what lacks a value that is wanted. */
  Row merged() {
    return quorum.merged();
  }

  void step() {
    for (NodeName node = next(); node != null; node = next()) {
      ask(node);
    }
    if (isEnded()) {
      return;
    }
    if (asking.isEnough(reachable())) {
      Sibling missing = missing();
      if (missing == null) {
        finish(End.ENOUGH);
        return;
      }
      if (fetchFrom == null) {
        fetch(missing);
        return;
      }
    } else if (!plan.isPatient && !asking.mayYetAnswer(reachable()) && !asking.isAnySilent()) {
      finish(End.TOO_FEW);
      return;
    }
    setTimer(Math.min(silenceNanos(), Math.min(deadlineNanos, hedgeAtNanos) - shard.nanos()));
  }

  /**
   * After it the next candidate is asked as well. Who is busy is not helped by more messages: once
   * all have been asked again it is twice as long. Where the whole is not to take longer than the
   * replica timeout that is half of it, so that one silent replica does not hide what another
   * knows.
   */
  private long silenceNanos() {
    long nanos = plan.isPatient ? shard.replicaTimeoutNanos() : shard.replicaTimeoutNanos() / 2;
    return hasAskedAgain ? 2 * nanos : nanos;
  }

  private NodeName next() {
    return isEnded() ? null : asking.next(reachable());
  }

  private void ask(NodeName node) {
    asking.onAsked(node, shard.nanos());
    if (node.equals(shard.self())) {
      rowFrom = rowFrom == null ? node : rowFrom;
      shard.ports().rows().read(key, stored -> onOwn(stored.row()));
      return;
    }
    boolean whole = plan.wantsValues && rowFrom == null;
    if (call(node, this, id -> readRow(id, !whole)) == 0) {
      asking.onFailed(node);
    } else if (whole) {
      rowFrom = node;
    }
  }

  private void onOwn(Row row) {
    if (!isEnded() && !ownWasRead) {
      ownWasRead = true;
      int partition = owners.partition();
      quorum.add(shard.self(), row, shard.ports().currency().isCurrent(partition));
      step();
    }
  }

  private void fetch(Sibling missing) {
    for (NodeName holder : quorum.holders(missing.dot())) {
      long id = holder.equals(shard.self()) ? 0 : call(holder, this, i -> readRow(i, false));
      if (id != 0) {
        fetchFrom = holder;
        fetchId = id;
        fetchedAtNanos = shard.nanos();
        if (!plan.isPatient) {
          deadlineNanos = fetchedAtNanos + shard.replicaTimeoutNanos();
        }
        setTimer(Math.min(silenceNanos(), deadlineNanos - shard.nanos()));
        return;
      }
      quorum.withdraw(holder);
    }
    step();
  }

  private Message readRow(long id, boolean versionsOnly) {
    return new Message.ReadRow(id, owners.partition(), owners.epoch(), key.bytes(), versionsOnly);
  }

  @Override
  public void onReply(NodeName from, Message.Reply reply) {
    if (reply instanceof Message.RowRead read) {
      shard.believe(owners.partition(), from, read.current());
      if (fetchFrom != null && read.id() == fetchId) {
        fetchFrom = null;
        quorum.addFetched(from, read.row(), read.current());
      } else {
        shard.hedgeDelay().onAnswered(shard.nanos() - asking.askedAtNanos(from));
        quorum.add(from, read.row(), read.current());
      }
    } else if (reply instanceof Message.StaleEpoch stale) {
      shard.ports().tables().learn(stale.partition(), stale.entry());
      if (shard.epochOf(owners.partition()) != owners.epoch()) {
        finish(End.MOVED);
        return;
      }
      onFailed(from);
    } else {
      onFailed(from);
    }
    step();
  }

  @Override
  public void onDisconnected(long id, NodeName peer) {
    closeCall(id);
    onFailed(peer);
    step();
  }

  private void onFailed(NodeName peer) {
    if (peer.equals(fetchFrom)) {
      fetchFrom = null;
      quorum.withdraw(peer);
    } else if (!asking.hasAnswered(peer)) {
      asking.onFailed(peer);
    }
    if (peer.equals(rowFrom)) {
      rowFrom = null;
    }
  }

  @Override
  void onReachable(NodeName peer) {
    asking.onReachable(peer);
    step();
  }

  @Override
  void onTimer() {
    long now = shard.nanos();
    if (now >= hedgeAtNanos) {
      hedge();
    }
    long since = now - silenceNanos();
    asking.onTimeout(since);
    if (asking.isSilent(rowFrom)) {
      rowFrom = null;
    }
    if (fetchFrom != null && fetchedAtNanos <= since) {
      onFailed(fetchFrom);
    }
    if (now >= deadlineNanos) {
      asking.onTimeout(now);
      boolean isEnough = asking.answered() >= plan.needed && missing() == null;
      if (!isEnough && plan.isPatient) {
        deadlineNanos = shard.deadlineAfter(deadlineNanos, begunMachineNanos);
      }
      if (isEnough || now >= deadlineNanos) {
        finish(isEnough ? End.ENOUGH : End.TOO_FEW);
        return;
      }
    }
    if (!asking.mayYetAnswer(reachable()) && !asking.isEnough(reachable())) {
      asking.askAgain();
      hasAskedAgain = true;
    }
    step();
  }

  /** A value that is wanted and not at hand, or null. */
  private Sibling missing() {
    return plan.wantsValues ? quorum.missing(nowMillis()) : null;
  }

  private void hedge() {
    hedgeAtNanos = Long.MAX_VALUE;
    if (asking.replaceSlowest(reachable()) != null) {
      shard.hedgeDelay().onHedged();
      shard.metrics().hedgedReads.inc();
    }
  }

  private void finish(End end) {
    if (plan.wantsValues && end == End.TOO_FEW) {
      for (Sibling s = quorum.missing(nowMillis()); s != null; s = quorum.missing(nowMillis())) {
        quorum.holders(s.dot()).forEach(quorum::withdraw);
      }
    }
    end();
    done.onGathered(this, end);
  }

  private long nowMillis() {
    return shard.ports().hybrid().nowMillis();
  }
}
