package io.cartwheel.conformance.history;

import static io.cartwheel.conformance.history.Judge.violation;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * SETNX takes a lock and DEL releases it, while the cluster is whole: there is an order of what
 * took and what released it, in which the two take turns, and what ended before something began
 * comes before it. That is linearizability (Herlihy and Wing 1990) of an object of two states, and
 * is searched for as in Wing and Gong (Testing and verifying concurrent objects, Journal of
 * Parallel and Distributed Computing 17, 1993, section 4), with the configurations that have led
 * nowhere remembered, as in Lowe (Testing for linearizability, Concurrency and Computation 29,
 * 2017).
 *
 * <p>Operations of unknown outcome may stand anywhere after their beginning, or nowhere. What
 * changed nothing is left to {@link Registers}: a lock tells less to who does not get it.
 */
final class Locks {
  /** Tried at most; past it a history is taken for good. A key of a few seconds needs few. */
  private static final int MAX_STEPS = 2_000_000;

  private record Configuration(BitSet done, boolean isHeld) {}

  private final List<Operation> operations;
  private final Set<Configuration> failed = new HashSet<>();
  private int steps;

  private Locks(List<Operation> operations) {
    this.operations = operations;
  }

  /** Of the operations of one key; none if the cluster was broken while it was moved. */
  static List<String> violations(History history, List<Operation> operations) {
    List<Operation> moves = operations.stream().filter(Locks::isMove).toList();
    long begin = moves.stream().mapToLong(Operation::beginMicros).min().orElse(0);
    long end = moves.stream().mapToLong(Operation::endMicros).max().orElse(0);
    if (!history.isWhole(begin, end) || isLock(moves)) {
      return List.of();
    }
    return List.of(
        violation(
            "was taken while it was held, or released while it was not",
            moves.toArray(Operation[]::new)));
  }

  static boolean isLock(List<Operation> moves) {
    return new Locks(moves).search(new BitSet(), false);
  }

  private static boolean isMove(Operation operation) {
    return (operation.kind() == Kind.SETNX || operation.kind() == Kind.DEL)
        && (operation.outcome() == Outcome.UNKNOWN || operation.answered("1"));
  }

  /** Whether an order of what is not done can follow, from a lock that is held or not. */
  private boolean search(BitSet done, boolean isHeld) {
    steps++;
    // The next one must have begun before any other has ended.
    long firstEnd = Long.MAX_VALUE;
    for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
      if (operations.get(i).isOk()) {
        firstEnd = Math.min(firstEnd, operations.get(i).endMicros());
      }
    }
    if (firstEnd == Long.MAX_VALUE || steps > MAX_STEPS) {
      return true;
    }
    Configuration configuration = new Configuration((BitSet) done.clone(), isHeld);
    if (failed.contains(configuration)) {
      return false;
    }
    for (int i = done.nextClearBit(0); i < operations.size(); i = done.nextClearBit(i + 1)) {
      Operation next = operations.get(i);
      boolean takes = next.kind() == Kind.SETNX;
      if (next.beginMicros() <= firstEnd && takes != isHeld) {
        done.set(i);
        boolean found = search(done, takes);
        done.clear(i);
        if (found) {
          return true;
        }
      }
    }
    failed.add(configuration);
    return false;
  }
}
