package io.cartwheel.cluster.simulate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What a client's request does to one key, and what became of it. */
final class Write {
  final Request request;
  final String key;
  final List<Decision> decisions = new ArrayList<>(1);

  /** What it saw when it decided last to change nothing, or null. */
  BitSet unchangedSaw;

  /** Owners that held it when it was acknowledged. */
  BitSet ownersAtAcknowledgement = new BitSet();

  /** How many disks have lost it since it was held as it must be. */
  int losses;

  /** Nodes that keep it for others, and of which a disk has forgotten for whom. */
  final BitSet forgetfulHolders = new BitSet();

  /** Whether once no disk was left that held it, because disks had lost it. */
  boolean lastCopyLost;

  Write(Request request, String key) {
    this.request = request;
    this.key = key;
  }

  boolean isIn(BitSet seen) {
    for (Decision decision : decisions) {
      if (seen.get(decision.number)) {
        return true;
      }
    }
    return false;
  }

  /** Whether one of its executions saw the other write. */
  boolean sees(Write other) {
    return decisions.stream().anyMatch(decision -> other.isIn(decision.seen));
  }

  boolean isStamped() {
    for (Decision decision : decisions) {
      if (decision.dot != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether it has been answered that it changed nothing, so that no disk need know of it. */
  boolean isTraceless() {
    return traceless() != null;
  }

  /** What the answer that it changed nothing rests on; null where there is no such answer. */
  BitSet traceless() {
    if (SimulatedUpdates.isNothing(request.reply)) {
      return unchangedSaw;
    }
    Decision answered = answered();
    if (answered == null) {
      return null;
    }
    // It deletes where nothing is known, or all that its token names was gone already.
    boolean gone = request.kind == Request.Kind.DEL_CONTEXT && answered.dot == null;
    return answered.deletesNothing || gone ? answered.seen : null;
  }

  /** The execution that its client was told of; null where there is none. */
  private Decision answered() {
    int number = SimulatedUpdates.decision(request.reply) + request.writes.indexOf(this);
    for (Decision decision : decisions) {
      if (request.isAcknowledged() && decision.number == number) {
        return decision;
      }
    }
    return null;
  }

  /** What its answer rests on: what took effect, by the attempt that was answered if it can be. */
  Decision executed() {
    Decision executed = answered();
    for (Decision decision : decisions) {
      boolean isKnown = executed != null && executed.dot != null;
      executed = !isKnown && decision.dot != null ? decision : executed;
    }
    return executed;
  }

  @Override
  public String toString() {
    return request + " " + key;
  }
}
