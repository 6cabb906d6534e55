package io.cartwheel.conformance.history;

import java.util.ArrayList;
import java.util.List;

/** Gives each key to the rules of its kind, which is the word before its first colon. */
public final class Judge {
  private Judge() {}

  /** What goes against the promises, each with the operations that show it; empty if nothing. */
  public static List<String> violations(History history) {
    List<String> violations = new ArrayList<>();
    history
        .byKey()
        .forEach(
            (key, operations) -> {
              switch (key.substring(0, key.indexOf(':'))) {
                case "register" -> violations.addAll(Registers.violations(history, operations));
                case "lock" -> {
                  violations.addAll(Registers.violations(history, operations));
                  violations.addAll(Locks.violations(history, operations));
                }
                case "cart" -> violations.addAll(Carts.violations(operations));
                case "counter" -> violations.addAll(Counters.violations(history, operations));
                default -> throw new IllegalArgumentException("no rule for " + key);
              }
            });
    return violations;
  }

  /** A violation in words, and the operations that show it. */
  static String violation(String words, Operation... shownBy) {
    StringBuilder text = new StringBuilder(shownBy[0].key()).append(": ").append(words);
    for (Operation operation : shownBy) {
      text.append("\n    ").append(operation.line());
    }
    return text.toString();
  }
}
