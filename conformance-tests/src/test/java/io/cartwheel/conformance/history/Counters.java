package io.cartwheel.conformance.history;

import static io.cartwheel.conformance.history.Judge.violation;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counters lose nothing and count nothing twice. A reply or a read lies between the number of
 * increments acknowledged before it began, and that of those begun when it ended: the first holds
 * them all, the second has those of unknown outcome too. Of two replies, the later is greater. (A
 * regular counter: {@link Registers}, with sets of increments in place of values.)
 *
 * <p>While the cluster was broken two increments may have been carried out on two sides; then there
 * are siblings, and each increment is in one of them at least: their sum is not less than what was
 * acknowledged. While it is whole there are none, and no number is given twice.
 */
final class Counters {
  private final History history;
  private final List<Operation> increments;
  private final List<String> violations = new ArrayList<>();

  private Counters(History history, List<Operation> increments) {
    this.history = history;
    this.increments = increments;
  }

  static List<String> violations(History history, List<Operation> operations) {
    List<Operation> increments =
        operations.stream()
            .filter(o -> o.kind() == Kind.INCR && o.outcome() != Outcome.REFUSED)
            .toList();
    Counters counters = new Counters(history, increments);
    increments.stream().filter(Operation::isOk).forEach(counters::checkIncrement);
    operations.stream()
        .filter(o -> o.kind() == Kind.GET && o.isOk())
        .forEach(read -> counters.checkRead(read, operations.get(0).beginMicros()));
    counters.checkTwice();
    return counters.violations;
  }

  private static long answer(Operation increment) {
    return Long.parseLong(increment.result().get(0));
  }

  private long acknowledgedBefore(Operation operation) {
    return increments.stream().filter(other -> other.precedes(operation)).count();
  }

  private long begunWhenOver(Operation operation) {
    return increments.stream().filter(other -> !operation.precedes(other)).count();
  }

  private void checkIncrement(Operation increment) {
    expectBetween(
        answer(increment), acknowledgedBefore(increment) + 1, begunWhenOver(increment), increment);
    for (Operation later : increments) {
      if (later.isOk() && increment.precedes(later) && answer(later) <= answer(increment)) {
        violations.add(violation("went back", increment, later));
        return;
      }
    }
  }

  private void checkRead(Operation read, long firstMicros) {
    long sum = 0;
    for (String value : read.result()) {
      sum += Long.parseLong(value);
      expectBetween(Long.parseLong(value), 0, begunWhenOver(read), read);
    }
    expectBetween(sum, acknowledgedBefore(read), Long.MAX_VALUE, read);
    if (read.result().size() > 1 && history.isWhole(firstMicros, read.endMicros())) {
      violations.add(violation("has siblings", read));
    }
  }

  private void expectBetween(long number, long least, long most, Operation shownBy) {
    if (number < least) {
      violations.add(violation("lost some: not less than " + least + " was due", shownBy));
    } else if (number > most) {
      violations.add(violation("counted twice: at most " + most + " was due", shownBy));
    }
  }

  private void checkTwice() {
    Map<Long, Operation> byAnswer = new HashMap<>();
    for (Operation increment : increments) {
      Operation other = increment.isOk() ? byAnswer.put(answer(increment), increment) : null;
      if (other != null
          && history.isWhole(
              other.beginMicros(), Math.max(other.endMicros(), increment.endMicros()))) {
        violations.add(violation("gave a number twice", other, increment));
      }
    }
  }
}
