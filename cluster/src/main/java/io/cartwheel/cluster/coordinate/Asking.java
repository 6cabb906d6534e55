package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.ring.NodeName;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * Whom to ask next, and whether enough have answered. Pure: knows neither messages nor timers.
 *
 * <p>Candidates are asked in their order, reachable ones before the others. Where as many reachable
 * candidates as are needed are believed to be current, only those are asked and counted, as few at
 * a time as would be enough. Otherwise any counts, for availability goes first; but then all owners
 * that can be reached are asked and waited for until they are silent for too long, because what was
 * acknowledged may be with the one among them that has just not come back. Fallbacks come last and
 * are never current: they are asked where too few owners can be, or are silent.
 */
final class Asking {
  private enum State {
    /** It may be asked. */
    UNASKED,
    /** An answer is awaited. */
    ASKED,
    /** It has been silent for too long; another is asked in its place, its answer still counts. */
    SILENT,
    /** It refused, was unreachable, or its answer was withdrawn. */
    FAILED,
    /** It has answered. */
    ANSWERED
  }

  private final List<NodeName> candidates;
  private final int owners;
  private final int needed;
  private final State[] states;
  private final boolean[] current;
  private final long[] askedAtNanos;

  /** All candidates are owners. */
  Asking(List<NodeName> candidates, int needed, Predicate<NodeName> believedCurrent) {
    this(candidates, candidates.size(), needed, believedCurrent);
  }

  /**
   * @param candidates in the order in which they are asked, none twice
   * @param owners how many of them, the first ones, are owners
   * @param believedCurrent which of them said so last
   */
  Asking(List<NodeName> candidates, int owners, int needed, Predicate<NodeName> believedCurrent) {
    this.candidates = candidates;
    this.owners = owners;
    this.needed = needed;
    this.states = new State[candidates.size()];
    Arrays.fill(states, State.UNASKED);
    this.current = new boolean[candidates.size()];
    for (int i = 0; i < owners; i++) {
      current[i] = believedCurrent.test(candidates.get(i));
    }
    this.askedAtNanos = new long[candidates.size()];
  }

  int needed() {
    return needed;
  }

  List<NodeName> candidates() {
    return candidates;
  }

  /** The next to ask now, or null where enough have answered, are awaited, or nobody is left. */
  NodeName next(Predicate<NodeName> reachable) {
    boolean onlyCurrent = onlyCurrentCount(reachable);
    NodeName owner = onlyCurrent ? null : unaskedOwner(reachable);
    if (owner != null
        || count(State.ANSWERED, onlyCurrent) + count(State.ASKED, onlyCurrent) >= needed) {
      return owner;
    }
    NodeName unreachable = null;
    for (int i = 0; i < states.length; i++) {
      if (states[i] == State.UNASKED && (current[i] || !onlyCurrent)) {
        if (reachable.test(candidates.get(i))) {
          return candidates.get(i);
        }
        unreachable = unreachable == null ? candidates.get(i) : unreachable;
      }
    }
    return unreachable;
  }

  boolean isEnough(Predicate<NodeName> reachable) {
    boolean onlyCurrent = onlyCurrentCount(reachable);
    return count(State.ANSWERED, onlyCurrent) >= needed
        && (onlyCurrent || (unaskedOwner(reachable) == null && !isOwnerAwaited()));
  }

  /** The first owner that can be reached and has not been asked, or null. */
  private NodeName unaskedOwner(Predicate<NodeName> reachable) {
    for (int i = 0; i < owners; i++) {
      if (states[i] == State.UNASKED && reachable.test(candidates.get(i))) {
        return candidates.get(i);
      }
    }
    return null;
  }

  private boolean isOwnerAwaited() {
    for (int i = 0; i < owners; i++) {
      if (states[i] == State.ASKED) {
        return true;
      }
    }
    return false;
  }

  /** Whether an answer is awaited from anybody, or somebody reachable has not been asked. */
  boolean mayYetAnswer(Predicate<NodeName> reachable) {
    for (int i = 0; i < states.length; i++) {
      if (states[i] == State.ASKED
          || (states[i] == State.UNASKED && reachable.test(candidates.get(i)))) {
        return true;
      }
    }
    return false;
  }

  /** Whether somebody was asked who may answer late. */
  boolean isAnySilent() {
    return Arrays.asList(states).contains(State.SILENT);
  }

  /** Whether this one has been silent for too long; nobody is not. */
  boolean isSilent(NodeName node) {
    return node != null && states[indexOf(node)] == State.SILENT;
  }

  boolean isOwner(NodeName node) {
    return indexOf(node) < owners;
  }

  int answered() {
    return count(State.ANSWERED, false);
  }

  boolean hasAnswered(NodeName node) {
    return states[indexOf(node)] == State.ANSWERED;
  }

  void onAsked(NodeName node, long nowNanos) {
    int i = indexOf(node);
    states[i] = State.ASKED;
    askedAtNanos[i] = nowNanos;
  }

  void onAnswered(NodeName node, boolean isCurrent) {
    int i = indexOf(node);
    states[i] = State.ANSWERED;
    current[i] = isCurrent && i < owners;
  }

  /** It refused, it cannot be reached, or its answer is of no use: it does not count. */
  void onFailed(NodeName node) {
    states[indexOf(node)] = State.FAILED;
  }

  /** Those that were asked before {@code sinceNanos} have been silent for too long. */
  void onTimeout(long sinceNanos) {
    for (int i = 0; i < states.length; i++) {
      if (states[i] == State.ASKED && askedAtNanos[i] <= sinceNanos) {
        states[i] = State.SILENT;
      }
    }
  }

  /**
   * The first whose answer is awaited is slow: where another owner can be asked, it is replaced;
   * its answer still counts.
   *
   * @return who is slow, or null where nobody is replaced
   */
  NodeName replaceSlowest(Predicate<NodeName> reachable) {
    boolean onlyCurrent = onlyCurrentCount(reachable);
    boolean another = false;
    for (int i = 0; i < owners; i++) {
      another |=
          states[i] == State.UNASKED
              && (current[i] || !onlyCurrent)
              && reachable.test(candidates.get(i));
    }
    for (int i = 0; i < states.length && another; i++) {
      if (states[i] == State.ASKED) {
        states[i] = State.SILENT;
        return candidates.get(i);
      }
    }
    return null;
  }

  /** When it was asked last. */
  long askedAtNanos(NodeName node) {
    return askedAtNanos[indexOf(node)];
  }

  /** It may be asked again, if it has not answered. */
  void onReachable(NodeName node) {
    int i = candidates.indexOf(node);
    if (i >= 0 && (states[i] == State.FAILED || states[i] == State.SILENT)) {
      states[i] = State.UNASKED;
    }
  }

  /** All that have not answered and are not awaited may be asked again. */
  void askAgain() {
    for (NodeName candidate : candidates) {
      onReachable(candidate);
    }
  }

  private boolean onlyCurrentCount(Predicate<NodeName> reachable) {
    int usable = 0;
    for (int i = 0; i < states.length; i++) {
      boolean mayCount =
          switch (states[i]) {
            case ANSWERED, ASKED -> true;
            case UNASKED -> reachable.test(candidates.get(i));
            case SILENT, FAILED -> false;
          };
      usable += current[i] && mayCount ? 1 : 0;
    }
    return usable >= needed;
  }

  private int count(State state, boolean onlyCurrent) {
    int count = 0;
    for (int i = 0; i < states.length; i++) {
      count += states[i] == state && (current[i] || !onlyCurrent) ? 1 : 0;
    }
    return count;
  }

  private int indexOf(NodeName node) {
    int i = candidates.indexOf(node);
    if (i < 0) {
      throw new IllegalArgumentException(node + " is no candidate");
    }
    return i;
  }
}
