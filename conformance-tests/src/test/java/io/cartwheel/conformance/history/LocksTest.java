package io.cartwheel.conformance.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Good and bad histories of one lock, and all small ones against a naive search. */
class LocksTest {
  private static final String TAKEN_BY_A = "10 20 c1 n0 SETNX lock:1 a OK 1\n";
  private static final String RELEASED = "30 40 c1 n0 DEL lock:1 - OK 1\n";

  private static boolean isBad(String... texts) {
    List<String> violations =
        Judge.violations(History.parse(String.join("", texts).lines().toList()));
    return violations.stream().anyMatch(text -> text.contains("was taken while it was held"));
  }

  @Test
  void lockIsTakenAgain_onlyOnceItIsReleased() {
    assertTrue(isBad(TAKEN_BY_A, "12 22 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(isBad(TAKEN_BY_A, RELEASED, "25 28 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(
        isBad(TAKEN_BY_A, RELEASED.replace("1\n", "0\n"), "50 60 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(!isBad(TAKEN_BY_A, RELEASED, "50 60 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(!isBad(TAKEN_BY_A, RELEASED, "35 60 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(!isBad(TAKEN_BY_A, RELEASED, "12 22 c2 n1 SETNX lock:1 b OK 0"));
    assertTrue(
        isBad(
            TAKEN_BY_A,
            RELEASED,
            "50 60 c2 n1 SETNX lock:1 b OK 1\n",
            "52 62 c3 n1 SETNX lock:1 c OK 1"));
  }

  @Test
  void releaseOfUnknownOutcome_isOneAtMost_atAnyTimeSince() {
    String unknown = "30 40 c1 n0 DEL lock:1 - UNKNOWN\n";
    String takenByB = "500 600 c2 n1 SETNX lock:1 b OK 1\n";
    assertTrue(!isBad(TAKEN_BY_A, unknown, takenByB));
    assertTrue(isBad(TAKEN_BY_A, unknown, takenByB, "700 800 c3 n1 SETNX lock:1 c OK 1"));
    assertTrue(isBad(TAKEN_BY_A, unknown, "22 24 c2 n1 SETNX lock:1 b OK 1"));
  }

  @Test
  void lockThatMayHaveBeenTaken_isNotHeldForSure() {
    String unknown = "10 20 c1 n0 SETNX lock:1 a UNKNOWN\n";
    assertTrue(!isBad(unknown, "30 40 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(!isBad(unknown, RELEASED, "50 60 c2 n1 SETNX lock:1 b OK 1"));
    assertTrue(isBad(RELEASED, "50 60 c2 n1 SETNX lock:1 b OK 1"));
  }

  @Test
  void brokenCluster_isNoLock() {
    String takenByB = "12 22 c2 n1 SETNX lock:1 b OK 1\n";
    assertTrue(!isBad("fault 5 11 KILLED\n", TAKEN_BY_A, takenByB));
    assertTrue(isBad("fault 5 9 KILLED\n", TAKEN_BY_A, takenByB));
    // What is read later does not keep it from being judged.
    String later = "80 90 c3 n1 GET lock:1 - OK a\n";
    assertTrue(isBad("fault 60 70 KILLED\n", TAKEN_BY_A, takenByB, later));
  }

  @Test
  void smallHistories_areJudgedAsByANaiveSearch() {
    SplittableRandom random = new SplittableRandom(1);
    int good = 0;
    int rounds = 20_000;
    for (int round = 0; round < rounds; round++) {
      List<Operation> operations = draw(random);
      boolean isGood = Locks.isLock(operations);
      assertEquals(someOrder(operations, new ArrayList<>()), isGood, operations.toString());
      good += isGood ? 1 : 0;
    }
    assertTrue(good > rounds / 20 && good < rounds - rounds / 20, good + " are good");
  }

  private static List<Operation> draw(SplittableRandom random) {
    List<Operation> operations = new ArrayList<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      int begin = random.nextInt(12);
      int end = begin + random.nextInt(12 - begin);
      boolean isKnown = random.nextInt(4) > 0;
      operations.add(
          new Operation(
              begin,
              end,
              "c",
              "n",
              random.nextInt(3) > 0 ? Kind.SETNX : Kind.DEL,
              "lock:1",
              "v" + i,
              isKnown ? Outcome.OK : Outcome.UNKNOWN,
              isKnown ? List.of("1") : List.of()));
    }
    return operations;
  }

  /** Whether a beginning of an order can be continued: tries all orders of all subsets. */
  private static boolean someOrder(List<Operation> operations, List<Operation> order) {
    if (isOfALock(order)
        && order.containsAll(operations.stream().filter(Operation::isOk).toList())) {
      return true;
    }
    for (Operation next : operations) {
      if (!order.contains(next)) {
        order.add(next);
        boolean found = someOrder(operations, order);
        order.remove(order.size() - 1);
        if (found) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isOfALock(List<Operation> order) {
    for (int i = 0; i < order.size(); i++) {
      boolean takes = order.get(i).kind() == Kind.SETNX;
      if (takes != (i % 2 == 0)) {
        return false;
      }
      for (int k = 0; k < i; k++) {
        if (order.get(i).precedes(order.get(k))) {
          return false;
        }
      }
    }
    return true;
  }
}
