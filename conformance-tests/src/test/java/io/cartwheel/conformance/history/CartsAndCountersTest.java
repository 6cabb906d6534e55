package io.cartwheel.conformance.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Good and bad histories of carts and counters; and that histories survive their files. */
class CartsAndCountersTest {
  private static final String ADDED =
      """
      10 20 c1 n0 ADD cart:1 a OK
      12 22 c2 n1 ADD cart:1 b UNKNOWN
      14 24 c3 n1 ADD cart:1 c REFUSED -BUSY
      """;

  private static final String COUNTED =
      """
      10 20 c1 n0 INCR counter:1 - OK 1
      30 40 c1 n0 INCR counter:1 - OK 2
      32 42 c2 n0 INCR counter:1 - UNKNOWN
      34 44 c3 n0 INCR counter:1 - REFUSED -CONFLICT
      """;

  private static void expectGood(String... texts) {
    assertEquals(List.of(), Judge.violations(parse(texts)));
  }

  private static void expectBad(String words, String... texts) {
    List<String> violations = Judge.violations(parse(texts));
    assertEquals(1, violations.size(), violations.toString());
    assertTrue(violations.get(0).contains(words), violations.get(0));
  }

  private static History parse(String... texts) {
    return History.parse(String.join("\n", texts).lines().toList());
  }

  @Test
  void cartHasWhatWasAcknowledged_andPerhapsWhatIsUnknown() {
    expectGood(ADDED, "30 40 c4 n2 GET cart:1 - OK a");
    expectGood(ADDED, "30 40 c4 n2 GET cart:1 - OK a,b");
    expectGood(ADDED, "30 40 c4 n2 GET cart:1 - OK a b");
    expectGood(ADDED, "15 40 c4 n2 GET cart:1 - OK");
    expectGood("1 5 c4 n2 GET cart:1 - OK", ADDED);
    expectBad("an addition is lost", ADDED, "30 40 c4 n2 GET cart:1 - OK b");
    expectBad("an addition is lost", ADDED, "30 40 c4 n2 GET cart:1 - OK");
    expectBad("an addition is lost", "fault 1 99 CUT", ADDED, "30 40 c4 n2 GET cart:1 - OK");
    expectBad("'c' was not added", ADDED, "30 40 c4 n2 GET cart:1 - OK a,c");
    expectBad("'a' was not added", "1 5 c4 n2 GET cart:1 - OK a", ADDED);
  }

  @Test
  void counterIsBetweenWhatWasAcknowledged_andWhatHadBegun() {
    expectGood(COUNTED, "50 60 c4 n2 GET counter:1 - OK 2");
    expectGood(COUNTED, "50 60 c4 n2 GET counter:1 - OK 3");
    expectGood(COUNTED, "50 60 c4 n2 INCR counter:1 - OK 4");
    expectBad("lost some", COUNTED, "50 60 c4 n2 GET counter:1 - OK 1");
    expectBad("lost some", COUNTED, "50 60 c4 n2 GET counter:1 - OK");
    expectBad("counted twice", COUNTED, "50 60 c4 n2 GET counter:1 - OK 4");
    expectBad("counted twice", COUNTED, "50 60 c4 n2 INCR counter:1 - OK 5");
  }

  @Test
  void counterNeverGoesBack_andGivesNoNumberTwice() {
    expectBad(
        "went back",
        "5 90 c3 n0 INCR counter:1 - UNKNOWN",
        "6 90 c4 n0 INCR counter:1 - UNKNOWN",
        "10 20 c1 n0 INCR counter:1 - OK 3",
        "30 40 c2 n0 INCR counter:1 - OK 2");
    String together = "10 20 c1 n0 INCR counter:1 - OK 1\n15 25 c2 n1 INCR counter:1 - OK 1";
    expectBad("a number twice", together);
    expectGood("fault 1 12 CUT", together);
  }

  @Test
  void siblingsOfACounter_areOfABrokenCluster_andSumUpToNoLessThanWasAcknowledged() {
    String fault = "fault 1 12 CUT";
    expectGood(fault, COUNTED, "50 60 c4 n2 GET counter:1 - OK 1 1");
    expectBad("siblings", COUNTED, "50 60 c4 n2 GET counter:1 - OK 1 1");
    expectBad("counted twice", fault, COUNTED, "50 60 c4 n2 GET counter:1 - OK 1 4");
    expectBad(
        "lost some",
        fault,
        COUNTED,
        "45 46 c1 n0 INCR counter:1 - OK 3",
        "50 60 c4 n2 GET counter:1 - OK 1 1");
  }

  @Test
  void historiesAreReadAsTheyWereWritten() {
    History history = parse("# a remark", "fault 1 99 CUT", ADDED, "", COUNTED);
    assertEquals(7, history.operations().size());
    assertEquals(1, history.faults().size());
    assertEquals(history, History.parse(history.lines()));
  }
}
