package io.cartwheel.conformance.history;

import static io.cartwheel.conformance.history.Judge.violation;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Carts lose nothing, whatever breaks: the values of a read together have everything whose addition
 * was acknowledged before the read began, and nothing whose addition had not begun when it ended.
 * It is the rule of {@link Registers} for a set that only grows: a read returns a set between what
 * must have been added and what may have been (a regular set; the shopping cart of DeCandia et al.,
 * Dynamo, SOSP 2007, section 4.4: an addition is never lost).
 */
final class Carts {
  private Carts() {}

  static List<String> violations(List<Operation> operations) {
    List<String> violations = new ArrayList<>();
    Map<String, Operation> additions = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.kind() == Kind.ADD && operation.outcome() != Outcome.REFUSED) {
        additions.put(operation.argument(), operation);
      }
    }
    for (Operation read : operations) {
      if (read.kind() == Kind.GET && read.isOk()) {
        check(read, additions, violations);
      }
    }
    return violations;
  }

  private static void check(
      Operation read, Map<String, Operation> additions, List<String> violations) {
    Set<String> found = new HashSet<>();
    read.result().forEach(value -> found.addAll(List.of(value.split(","))));
    for (String item : found) {
      Operation addition = additions.get(item);
      if (addition == null || read.precedes(addition)) {
        violations.add(violation("'" + item + "' was not added", read));
      }
    }
    for (Operation addition : additions.values()) {
      if (addition.precedes(read) && !found.contains(addition.argument())) {
        violations.add(violation("an addition is lost", addition, read));
      }
    }
  }
}
