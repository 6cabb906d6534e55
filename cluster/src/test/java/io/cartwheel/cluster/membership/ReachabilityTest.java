package io.cartwheel.cluster.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReachabilityTest {
  private static final long MILLI = 1_000_000;
  private static final long INTERVAL = 200 * MILLI;
  private static final long TIMEOUT = 1_000 * MILLI;
  private static final NodeName B = new NodeName("b");

  private final Reachability reachability = new Reachability(INTERVAL, TIMEOUT);

  @Test
  void silentPeerIsUnreachableAfterTheTimeoutAndBackOnTheNextWord() {
    assertEquals(1, reachability.onConnected(B, 0).size());
    long now = 0;
    while (now + INTERVAL <= TIMEOUT) {
      now += INTERVAL;
      assertEquals(List.of(), reachability.onTick(now));
    }
    List<Reachability.Change> changes = reachability.onTick(now + INTERVAL);
    assertEquals(List.of(new Reachability.Change(B, false, false)), changes);
    assertTrue(reachability.connected().contains(B));

    assertTrue(reachability.onHeard(B, now + INTERVAL + 1).get(0).reachable());
    assertTrue(reachability.isReachable(B));
  }

  @Test
  void lostConnectionIsUnreachableAtOnceWhateverArrivesLate() {
    reachability.onConnected(B, 0);
    assertFalse(reachability.onDisconnected(B).get(0).reachable());
    assertEquals(List.of(), reachability.onDisconnected(B));
    assertEquals(List.of(), reachability.onHeard(B, 5));
    assertFalse(reachability.isReachable(B));
    assertTrue(reachability.onConnected(B, 6).get(0).reachable());
  }

  @Test
  void ownPauseIsNobodysSilence() {
    reachability.onConnected(B, 0);
    reachability.onTick(INTERVAL);
    assertEquals(List.of(), reachability.onTick(INTERVAL + 60_000 * MILLI));
    long now = INTERVAL + 60_000 * MILLI;
    while (now - 60_000 * MILLI - INTERVAL < TIMEOUT) {
      now += INTERVAL;
      assertEquals(List.of(), reachability.onTick(now));
    }
    assertEquals(1, reachability.onTick(now + INTERVAL).size(), "a fresh timeout, not for ever");
  }

  @Test
  void standingConnectionOfADeadPeerIsGivenUpOnce() {
    reachability.onConnected(B, 0);
    for (long now = INTERVAL; now <= 5 * TIMEOUT; now += INTERVAL) {
      reachability.onTick(now);
      assertEquals(List.of(), reachability.deaf(now));
    }
    assertEquals(List.of(B), reachability.deaf(5 * TIMEOUT + INTERVAL));
    assertEquals(List.of(), reachability.deaf(5 * TIMEOUT + 2 * INTERVAL));
  }

  /** What happens to one peer in a random schedule. */
  private record Event(long atNanos, Kind kind) {
    enum Kind {
      CONNECTED,
      DISCONNECTED,
      HEARD,
      SIGN,
      TICK
    }
  }

  @Test
  void agreesWithAnOracleThatRereadsAllHistory() {
    for (long seed = 0; seed < 2_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Reachability subject = new Reachability(INTERVAL, TIMEOUT);
      List<Event> history = new ArrayList<>();
      long now = 0;
      for (int step = 0; step < 60; step++) {
        Event.Kind kind =
            random.nextInt(3) == 0
                ? Event.Kind.TICK
                : Event.Kind.values()[random.nextInt(Event.Kind.values().length)];
        now += random.nextInt(8) == 0 ? random.nextLong(3 * TIMEOUT) : random.nextLong(INTERVAL);
        history.add(new Event(now, kind));
        switch (kind) {
          case CONNECTED -> subject.onConnected(B, now);
          case DISCONNECTED -> subject.onDisconnected(B);
          case HEARD -> subject.onHeard(B, now);
          case SIGN -> subject.onSign(B, now);
          case TICK -> subject.onTick(now);
        }
        assertEquals(
            naive(history), subject.isReachable(B), "seed " + seed + " step " + step + history);
      }
    }
  }

  /**
   * Reachable: connected by the last word on it, and at no tick since it was last heard of (which
   * brings it back) was there a silence longer than the timeout that contained no pause.
   */
  private static boolean naive(List<Event> history) {
    int connectedAt = -1;
    for (int i = 0; i < history.size(); i++) {
      if (history.get(i).kind() == Event.Kind.CONNECTED) {
        connectedAt = connectedAt < 0 ? i : connectedAt;
      } else if (history.get(i).kind() == Event.Kind.DISCONNECTED) {
        connectedAt = -1;
      }
    }
    if (connectedAt < 0) {
      return false;
    }
    int from = connectedAt;
    for (int i = connectedAt; i < history.size(); i++) {
      Event.Kind kind = history.get(i).kind();
      if (kind == Event.Kind.HEARD || kind == Event.Kind.CONNECTED) {
        from = i;
      }
    }
    long quietSince = history.get(from).atNanos();
    long lastTick = -1;
    for (int i = 0; i < history.size(); i++) {
      Event event = history.get(i);
      if (event.kind() == Event.Kind.TICK) {
        boolean paused = lastTick >= 0 && event.atNanos() - lastTick > 400 * MILLI;
        lastTick = event.atNanos();
        if (i > from && paused) {
          quietSince = event.atNanos();
        } else if (i > from && event.atNanos() - quietSince > TIMEOUT) {
          return false;
        }
      } else if (i > from && event.kind() == Event.Kind.SIGN) {
        quietSince = event.atNanos();
      }
    }
    return true;
  }

  @Test
  void noFlappingAcrossRandomPausesWhileTheNetworkIsWell() {
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Reachability subject = new Reachability(INTERVAL, TIMEOUT);
      long now = 0;
      subject.onTick(now);
      subject.onConnected(B, now);
      for (int turn = 0; turn < 200; turn++) {
        // The loop stands still for a while; the tick may run before what has arrived meanwhile.
        now += INTERVAL + (random.nextInt(4) == 0 ? random.nextLong(5 * TIMEOUT) : 0);
        boolean tickFirst = random.nextBoolean();
        if (tickFirst) {
          assertEquals(List.of(), subject.onTick(now), "seed " + seed);
        }
        assertEquals(List.of(), subject.onHeard(B, now), "seed " + seed);
        if (!tickFirst) {
          assertEquals(List.of(), subject.onTick(now), "seed " + seed);
        }
      }
    }
  }
}
