package io.cartwheel.conformance.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.conformance.history.Operation.Kind;
import io.cartwheel.conformance.history.Operation.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Good and bad histories of one register, and all small ones against a naive search. */
class RegistersTest {
  private static final String A_THEN_B =
      """
      10 20 c1 n0 SET register:1 a OK
      30 40 c1 n1 SET register:1 b OK
      """;

  private static List<String> violations(String... texts) {
    History history = History.parse(String.join("\n", texts).lines().toList());
    return Judge.violations(history);
  }

  private static void expectGood(String... texts) {
    assertEquals(List.of(), violations(texts));
  }

  private static void expectBad(String words, String... texts) {
    List<String> violations = violations(texts);
    assertEquals(1, violations.size(), violations.toString());
    assertTrue(violations.get(0).contains(words), violations.get(0));
  }

  @Test
  void readReturnsTheLastWrite_orAConcurrentOne() {
    expectGood(A_THEN_B, "50 60 c2 n2 GET register:1 - OK b");
    expectGood(A_THEN_B, "35 60 c2 n2 GET register:1 - OK a");
    expectGood(A_THEN_B, "35 60 c2 n2 GET register:1 - OK b");
    expectGood(A_THEN_B, "15 60 c2 n2 GET register:1 - OK");
    expectGood("1 5 c2 n2 GET register:1 - OK", A_THEN_B);
    expectBad("overwritten", A_THEN_B, "50 60 c2 n2 GET register:1 - OK a");
    expectBad("overwritten", A_THEN_B, "41 60 c2 n2 GET register:1 - OK a");
    expectBad("nothing is found", A_THEN_B, "25 60 c2 n2 GET register:1 - OK");
    expectBad("not written", A_THEN_B, "25 29 c2 n2 GET register:1 - OK b");
    expectBad("not written", A_THEN_B, "50 60 c2 n2 GET register:1 - OK z");
  }

  /** An old value may come after a new one, as long as the new one's write goes on. */
  @Test
  void readsOfARegularRegister_mayGoBack() {
    expectGood(
        "10 20 c1 n0 SET register:1 a OK",
        "30 90 c1 n1 SET register:1 b OK",
        "40 50 c2 n1 GET register:1 - OK b",
        "60 70 c2 n2 GET register:1 - OK a");
  }

  @Test
  void writeOfUnknownOutcome_mayTakeEffectLate_orNever() {
    String unknown = "5 8 c3 n2 SET register:1 u UNKNOWN";
    expectGood(unknown, A_THEN_B, "50 60 c2 n2 GET register:1 - OK u");
    expectGood(unknown, A_THEN_B, "50 60 c2 n2 GET register:1 - OK b");
    expectGood(unknown, A_THEN_B, "50 60 c2 n2 GET register:1 - OK b u");
    // It overwrites nothing that came after it, for good.
    expectBad("overwritten", unknown, A_THEN_B, "50 60 c2 n2 GET register:1 - OK a");
  }

  @Test
  void refusedWrite_isNeverSeen() {
    String refused = "5 8 c3 n2 SET register:1 r REFUSED -BUSY";
    expectGood(refused, A_THEN_B, "50 60 c2 n2 GET register:1 - OK b");
    expectBad("not written", refused, "50 60 c2 n2 GET register:1 - OK r");
    expectGood("50 60 c2 n2 GET register:1 - REFUSED -NOQUORUM");
  }

  @Test
  void deletionIsAWriteOfNothing() {
    String deleted = "50 60 c2 n2 DEL register:1 - OK 1";
    expectGood(A_THEN_B, deleted, "70 80 c2 n2 GET register:1 - OK");
    expectGood(A_THEN_B, deleted, "55 80 c2 n2 GET register:1 - OK b");
    expectBad("overwritten", A_THEN_B, deleted, "70 80 c2 n2 GET register:1 - OK b");
    expectBad(
        "nothing is found",
        A_THEN_B,
        deleted,
        "65 68 c1 n1 SET register:1 c OK",
        "80 90 c2 n2 GET register:1 - OK");
  }

  @Test
  void repliesAreReads() {
    expectGood(A_THEN_B, "50 60 c2 n2 SETNX register:1 x OK 0");
    expectBad("nothing is found", A_THEN_B, "50 60 c2 n2 SETNX register:1 x OK 1");
    expectBad("nothing is found", A_THEN_B, "50 60 c2 n2 DEL register:1 - OK 0");
    expectGood("50 60 c2 n2 DEL register:1 - OK 0");
    expectBad("a value is found", "50 60 c2 n2 DEL register:1 - OK 1");
    expectBad("a value is found", "50 60 c2 n2 SETNX register:1 x OK 0");
    expectGood("50 60 c2 n2 SETNX register:1 x OK 1", "70 80 c2 n1 GET register:1 - OK x");
  }

  @Test
  void siblingsAreOfConcurrentWrites() {
    String both = "10 30 c1 n0 SET register:1 a OK\n20 40 c2 n1 SET register:1 b OK";
    expectGood(both, "50 60 c2 n2 GET register:1 - OK a b");
    expectGood(both, "50 60 c2 n2 GET register:1 - OK a");
    expectBad("not written", both, "50 60 c2 n2 GET register:1 - OK a z");
    expectBad("beside others", A_THEN_B, "50 60 c2 n2 GET register:1 - OK a b");
    expectBad("one after the other", A_THEN_B, "35 39 c2 n2 GET register:1 - OK a b");
    expectBad(
        "overwritten value is read",
        both,
        "50 60 c2 n2 SET register:1 c OK",
        "70 80 c2 n2 GET register:1 - OK a b");
  }

  /** A fault excuses too many values, and never too few. */
  @Test
  void brokenCluster_mayShowWhatWasOverwritten_butOnlyBesideWhatOverwroteIt() {
    String fault = "fault 15 35 KILLED";
    expectGood(fault, A_THEN_B, "50 60 c2 n2 GET register:1 - OK a b");
    expectGood(fault, A_THEN_B, "35 39 c2 n2 GET register:1 - OK a b");
    expectBad("overwritten", fault, A_THEN_B, "50 60 c2 n2 GET register:1 - OK a");
    expectBad("nothing is found", fault, A_THEN_B, "50 60 c2 n2 GET register:1 - OK");
    expectBad("beside", "fault 45 70 CUT", A_THEN_B, "50 60 c2 n2 GET register:1 - OK a b");
  }

  @Test
  void smallHistories_areJudgedAsByANaiveSearch() {
    SplittableRandom random = new SplittableRandom(1);
    int good = 0;
    int rounds = 20_000;
    for (int round = 0; round < rounds; round++) {
      List<Operation> operations = draw(random);
      Operation read = operations.get(operations.size() - 1);
      boolean isGood = Registers.isAllowed(history(operations), operations, read);
      assertEquals(new RegisterSearch(operations).isAllowed(), isGood, operations.toString());
      good += isGood ? 1 : 0;
    }
    assertTrue(good > rounds / 20 && good < rounds - rounds / 20, good + " are good");
  }

  private static History history(List<Operation> operations) {
    return new History(operations, List.of());
  }

  /** Up to four writes, and then a read of what some of them wrote. */
  private static List<Operation> draw(SplittableRandom random) {
    List<Operation> operations = new ArrayList<>();
    int writes = random.nextInt(5);
    TreeSet<String> found = new TreeSet<>();
    for (int i = 0; i < writes; i++) {
      Outcome outcome = random.nextInt(4) == 0 ? Outcome.UNKNOWN : Outcome.OK;
      if (random.nextInt(4) == 0) {
        List<String> result = outcome == Outcome.OK ? List.of("1") : List.of();
        operations.add(operation(random, Kind.DEL, "-", outcome, result));
      } else {
        String value = "v" + i;
        operations.add(operation(random, Kind.SET, value, outcome, List.of()));
        if (random.nextInt(2) == 0) {
          found.add(value);
        }
      }
    }
    operations.add(operation(random, Kind.GET, "-", Outcome.OK, List.copyOf(found)));
    return operations;
  }

  private static Operation operation(
      SplittableRandom random, Kind kind, String argument, Outcome outcome, List<String> result) {
    int begin = random.nextInt(12);
    int end = begin + random.nextInt(12 - begin);
    return new Operation(begin, end, "c", "n", kind, "register:1", argument, outcome, result);
  }
}
