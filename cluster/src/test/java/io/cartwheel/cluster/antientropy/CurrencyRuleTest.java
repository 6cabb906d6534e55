package io.cartwheel.cluster.antientropy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The rule against its meaning, and what counts as exchanged, in all small worlds. */
class CurrencyRuleTest {
  private static final NodeName SELF = new NodeName("n0");

  private static List<NodeName> names(int count) {
    List<NodeName> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add(new NodeName("n" + i));
    }
    return names;
  }

  private static Keyspace keyspace(int n, int w) {
    return new Keyspace(
        "p" + n + w, n, 1, w, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC);
  }

  private static Set<NodeName> subset(List<NodeName> names, int bits) {
    Set<NodeName> subset = new TreeSet<>();
    for (int i = 0; i < names.size(); i++) {
      if ((bits & 1 << i) != 0) {
        subset.add(names.get(i));
      }
    }
    return subset;
  }

  @Test
  void aCurrentReplica_hasMetEveryWriteQuorumAndEveryReachableOwner() {
    for (int size = 1; size <= 4; size++) {
      for (int place = 0; place < size; place++) {
        for (int n = 1; n <= 4; n++) {
          for (int w = 1; w <= n; w++) {
            checkWorld(size, place, List.of(keyspace(n, w)));
          }
        }
      }
    }
    checkWorld(3, 2, List.of(keyspace(3, 3), keyspace(2, 1)));
    checkWorld(3, 0, List.of(keyspace(3, 3), keyspace(2, 1)));
  }

  private static void checkWorld(int size, int place, List<Keyspace> keyspaces) {
    List<NodeName> owners = names(size);
    owners.set(0, owners.get(place));
    owners.set(place, SELF);
    if (place != 0) {
      owners.set(0, new NodeName("n" + place));
    }
    for (int reachable = 0; reachable < 1 << size; reachable++) {
      for (int exchanged = 0; exchanged < 1 << size; exchanged++) {
        Set<NodeName> up = subset(owners, reachable);
        Set<NodeName> met = subset(owners, exchanged);
        boolean expected =
            owners.stream().allMatch(o -> o.equals(SELF) || !up.contains(o) || met.contains(o));
        for (Keyspace keyspace : keyspaces) {
          expected &= meetsEveryQuorum(owners, keyspace, met);
        }

        assertEquals(
            expected,
            CurrencyRule.isCurrent(owners, SELF, keyspaces, up::contains, met::contains),
            owners + " " + keyspaces + " reachable " + up + " exchanged " + met);
      }
    }
  }

  /** Naively: no W owners of the keyspace could have stored a write without one of us. */
  private static boolean meetsEveryQuorum(
      List<NodeName> owners, Keyspace keyspace, Set<NodeName> met) {
    List<NodeName> of = owners.subList(0, Math.min(keyspace.n(), owners.size()));
    if (!of.contains(SELF)) {
      return true;
    }
    for (int bits = 0; bits < 1 << of.size(); bits++) {
      Set<NodeName> quorum = subset(of, bits);
      boolean isQuorum = quorum.size() >= Math.min(keyspace.w(), of.size());
      if (isQuorum && quorum.stream().noneMatch(o -> o.equals(SELF) || met.contains(o))) {
        return false;
      }
    }
    return true;
  }

  @Test
  void whoOwnsNothing_isNeverCurrent() {
    assertFalse(
        CurrencyRule.isCurrent(
            names(3), new NodeName("other"), List.of(keyspace(3, 2)), n -> true, n -> true));
  }

  /** All histories of so many events: ends, begins and completions of exchanges with two peers. */
  @Test
  void anExchange_countsOnlyIfItBeganAfterTheLastEnd() {
    play(new ArrayList<>(), 6);
  }

  private static void play(List<Integer> events, int left) {
    check(events);
    for (int event = 0; event < 5 && left > 0; event++) {
      events.add(event);
      play(events, left - 1);
      events.remove(events.size() - 1);
    }
  }

  /** 0: currency ends; 1, 2: an exchange with a or b begins; 3, 4: the last begun completes. */
  private static void check(List<Integer> events) {
    NodeName[] peers = {new NodeName("a"), new NodeName("b")};
    Exchanged exchanged = new Exchanged();
    long[] begunAt = {-1, -1};
    int[] begunIndex = {-1, -1};
    int[] completedBegin = {-1, -1};
    int lastEnd = -1;
    for (int i = 0; i < events.size(); i++) {
      int event = events.get(i);
      if (event == 0) {
        exchanged.end();
        lastEnd = i;
      } else if (event <= 2) {
        begunAt[event - 1] = exchanged.generation();
        begunIndex[event - 1] = i;
      } else if (begunIndex[event - 3] >= 0) {
        exchanged.onCompleted(peers[event - 3], begunAt[event - 3]);
        completedBegin[event - 3] = Math.max(completedBegin[event - 3], begunIndex[event - 3]);
      }
    }
    for (int p = 0; p < 2; p++) {
      assertEquals(completedBegin[p] > lastEnd, exchanged.isWith(peers[p]), events.toString());
    }
    assertTrue(events.size() <= 6);
  }
}
