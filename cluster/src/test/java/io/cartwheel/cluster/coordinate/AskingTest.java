package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AskingTest {
  private static final List<NodeName> NODES =
      List.of(new NodeName("a"), new NodeName("b"), new NodeName("c"), new NodeName("d"));

  @Test
  void next_asksNoMoreCurrentOnesThanNeeded() {
    Asking asking = new Asking(NODES, 2, n -> true);
    assertEquals(NODES.get(0), ask(asking, NODES));
    assertEquals(NODES.get(1), ask(asking, NODES));
    assertNull(asking.next(NODES::contains));
    asking.onFailed(NODES.get(0));
    assertEquals(NODES.get(2), ask(asking, NODES));
    asking.onTimeout(Long.MAX_VALUE);
    assertEquals(NODES.get(3), ask(asking, NODES));
  }

  @Test
  void next_triesUnreachableNodesLast() {
    List<NodeName> up = List.of(NODES.get(2));
    Asking asking = new Asking(NODES, 2, n -> false);
    assertEquals(NODES.get(2), ask(asking, up));
    assertEquals(NODES.get(0), ask(asking, up));
  }

  @Test
  void silentReplica_countsWhenItAnswersLate() {
    Asking asking = new Asking(NODES, 2, n -> true);
    ask(asking, NODES);
    ask(asking, NODES);
    asking.onTimeout(Long.MAX_VALUE);
    asking.onAnswered(NODES.get(0), true);
    asking.onAnswered(NODES.get(1), true);
    assertTrue(asking.isEnough(NODES::contains));
  }

  @Test
  void replicaThatTurnsOutNotCurrent_isReplacedByACurrentOne() {
    Asking asking = new Asking(NODES, 2, n -> true);
    ask(asking, NODES);
    ask(asking, NODES);
    asking.onAnswered(NODES.get(0), false);
    asking.onAnswered(NODES.get(1), true);
    assertFalse(asking.isEnough(NODES::contains));
    assertEquals(NODES.get(2), ask(asking, NODES));
    asking.onAnswered(NODES.get(2), true);
    assertTrue(asking.isEnough(NODES::contains));
  }

  @Test
  void slowReplica_isReplacedOnlyWhereAnotherCanBeAsked() {
    Asking asking = new Asking(NODES, 2, n -> true);
    ask(asking, NODES);
    ask(asking, NODES);
    assertEquals(NODES.get(0), asking.replaceSlowest(NODES::contains));
    assertTrue(asking.isSilent(NODES.get(0)));
    assertEquals(NODES.get(2), ask(asking, NODES));
    assertNull(asking.replaceSlowest(NODES.subList(0, 3)::contains));
    asking.onAnswered(NODES.get(0), true);
    asking.onAnswered(NODES.get(1), true);
    assertTrue(asking.isEnough(NODES::contains));
  }

  @Test
  void whereTooFewAreCurrent_allReachableOwnersAreHeardOrSilent() {
    List<NodeName> up = NODES.subList(0, 3);
    Asking asking = new Asking(NODES, 3, 2, n -> n.equals(NODES.get(2)));
    up.forEach(node -> assertEquals(node, ask(asking, up)));
    assertNull(asking.next(up::contains));
    asking.onAnswered(NODES.get(0), false);
    asking.onAnswered(NODES.get(1), false);
    // The third may be the only one that has what was acknowledged last.
    assertFalse(asking.isEnough(up::contains));
    asking.onTimeout(Long.MAX_VALUE);
    assertTrue(asking.isEnough(up::contains));
  }

  @Test
  void askAgain_leavesOutWhoHasAnswered() {
    Asking asking = new Asking(NODES.subList(0, 2), 2, n -> false);
    ask(asking, NODES);
    ask(asking, NODES);
    asking.onAnswered(NODES.get(0), false);
    asking.onFailed(NODES.get(1));
    assertFalse(asking.mayYetAnswer(NODES::contains));
    asking.askAgain();
    assertEquals(NODES.get(1), ask(asking, NODES));
    assertNull(asking.next(NODES::contains));
  }

  /**
   * Every run of up to six events in a small world: three candidates, needed 1 to 3, any of them
   * believed current, any reachable. What counts is compared with a naive count over the events.
   */
  @Test
  void smallWorld_agreesWithANaiveCount() {
    List<NodeName> three = NODES.subList(0, 3);
    int worlds = 0;
    for (int needed = 1; needed <= 3; needed++) {
      for (int believed = 0; believed < 8; believed++) {
        for (int up = 0; up < 8; up++) {
          for (int events = 0; events < 12 * 12 * 12; events++) {
            walk(three, needed, believed, up, events);
            worlds++;
          }
        }
      }
    }
    assertEquals(3 * 8 * 8 * 12 * 12 * 12, worlds);
  }

  private static void walk(List<NodeName> three, int needed, int believed, int up, int events) {
    Asking asking = new Asking(three, needed, n -> bit(believed, three.indexOf(n)));
    Set<NodeName> reachable = new TreeSet<>();
    for (int i = 0; i < 3; i++) {
      if (bit(up, i)) {
        reachable.add(three.get(i));
      }
    }
    String[] states = {"new", "new", "new"};
    boolean[] current = {bit(believed, 0), bit(believed, 1), bit(believed, 2)};
    for (int step = 0, code = events; step < 3; step++, code /= 12) {
      NodeName next = asking.next(reachable::contains);
      while (next != null) {
        int asked = three.indexOf(next);
        assertEquals("new", states[asked]);
        asking.onAsked(next, 0);
        states[asked] = "asked";
        next = asking.next(reachable::contains);
      }
      int who = code % 3;
      switch (code / 3 % 4) {
        case 0 -> {
          asking.onAnswered(three.get(who), true);
          states[who] = "answered";
          current[who] = true;
        }
        case 1 -> {
          asking.onAnswered(three.get(who), false);
          states[who] = "answered";
          current[who] = false;
        }
        case 2 -> {
          asking.onFailed(three.get(who));
          states[who] = "failed";
        }
        default -> {
          asking.onTimeout(0);
          for (int i = 0; i < 3; i++) {
            states[i] = states[i].equals("asked") ? "silent" : states[i];
          }
        }
      }
      assertEquals(
          naiveEnough(three, states, current, reachable, needed),
          asking.isEnough(reachable::contains));
    }
  }

  private static boolean naiveEnough(
      List<NodeName> three, String[] states, boolean[] current, Set<NodeName> up, int needed) {
    List<NodeName> usableCurrent = new ArrayList<>();
    List<NodeName> answeredCurrent = new ArrayList<>();
    List<NodeName> answered = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      NodeName node = three.get(i);
      boolean usable =
          List.of("answered", "asked").contains(states[i])
              || (states[i].equals("new") && up.contains(node));
      if (usable && current[i]) {
        usableCurrent.add(node);
      }
      if (states[i].equals("answered")) {
        answered.add(node);
        if (current[i]) {
          answeredCurrent.add(node);
        }
      }
    }
    if (usableCurrent.size() >= needed) {
      return answeredCurrent.size() >= needed;
    }
    for (int i = 0; i < 3; i++) {
      boolean awaited = states[i].equals("asked");
      if (awaited || (states[i].equals("new") && up.contains(three.get(i)))) {
        return false;
      }
    }
    return answered.size() >= needed;
  }

  private static boolean bit(int bits, int i) {
    return (bits >> i & 1) == 1;
  }

  private static NodeName ask(Asking asking, List<NodeName> reachable) {
    NodeName next = asking.next(reachable::contains);
    if (next != null) {
      asking.onAsked(next, 0);
    }
    return next;
  }
}
