package io.cartwheel.conformance.history;

import io.cartwheel.conformance.history.Operation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The definition of {@link Registers}, word by word, for at most four writes and one read: tries
 * every set of writes that may have taken effect, and every partial order of them.
 */
final class RegisterSearch {
  private static final int MOST = 4;

  /** Each a matrix: bit {@code a * MOST + b} says that a comes before b. */
  private static final List<Integer> PARTIAL_ORDERS = partialOrders();

  private final List<Operation> writes;
  private final Operation read;

  /** The last operation is the read. */
  RegisterSearch(List<Operation> operations) {
    writes = operations.subList(0, operations.size() - 1);
    read = operations.get(operations.size() - 1);
  }

  private static List<Integer> partialOrders() {
    List<Integer> orders = new ArrayList<>();
    for (int order = 0; order < 1 << (MOST * MOST); order++) {
      if (isPartialOrder(order)) {
        orders.add(order);
      }
    }
    return orders;
  }

  private static boolean comesBefore(int order, int a, int b) {
    return (order & 1 << (a * MOST + b)) != 0;
  }

  private static boolean isPartialOrder(int order) {
    for (int a = 0; a < MOST; a++) {
      if (comesBefore(order, a, a)) {
        return false;
      }
      for (int b = 0; b < MOST; b++) {
        for (int c = 0; c < MOST; c++) {
          if (comesBefore(order, a, b) && comesBefore(order, b, c) && !comesBefore(order, a, c)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  boolean isAllowed() {
    for (int effective = 0; effective < 1 << writes.size(); effective++) {
      if (mayBeAll(effective)) {
        for (int order : PARTIAL_ORDERS) {
          if (keepsTime(order, effective) && shows(order, effective)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isIn(int set, int write) {
    return (set & 1 << write) != 0;
  }

  /** Whether the read may have come after just these. */
  private boolean mayBeAll(int effective) {
    for (int i = 0; i < writes.size(); i++) {
      boolean must = writes.get(i).precedes(read);
      boolean may = !read.precedes(writes.get(i));
      if (isIn(effective, i) ? !may : must) {
        return false;
      }
    }
    return true;
  }

  private boolean keepsTime(int order, int effective) {
    for (int a = 0; a < writes.size(); a++) {
      for (int b = 0; b < writes.size(); b++) {
        if (isIn(effective, a)
            && isIn(effective, b)
            && writes.get(a).precedes(writes.get(b))
            && !comesBefore(order, a, b)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean shows(int order, int effective) {
    TreeSet<String> values = new TreeSet<>();
    for (int a = 0; a < writes.size(); a++) {
      boolean isGreatest = isIn(effective, a);
      for (int b = 0; b < writes.size(); b++) {
        isGreatest &= !(isIn(effective, b) && comesBefore(order, a, b));
      }
      if (isGreatest && writes.get(a).kind() == Kind.SET) {
        values.add(writes.get(a).argument());
      }
    }
    return values.equals(new TreeSet<>(read.result()));
  }
}
