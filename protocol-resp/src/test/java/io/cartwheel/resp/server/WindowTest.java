package io.cartwheel.resp.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The window against a model of what it is before: a queue with a rate, behind a delay. */
class WindowTest {
  private static final long MILLI = 1_000_000;
  private static final int LEAST = 16;
  private static final int MOST = 1024;
  private static final Window.Limits LIMITS =
      new Window.Limits(LEAST, MOST, 50 * MILLI, 250 * MILLI);

  /**
   * Commands that always wait in plenty, a server that takes one after the other, and a delay that
   * each has besides. Virtual time.
   */
  private static final class Model {
    final Window window = new Window(LIMITS, 0);
    private final ArrayDeque<long[]> underWay = new ArrayDeque<>();
    private final int wanted;
    private long serviceNanos;
    private long delayNanos;
    private long nowNanos;
    private long freeNanos;
    private long tookNanos;
    private int answered;

    Model(int wanted, int perSecond, long delayMillis) {
      this.wanted = wanted;
      set(perSecond, delayMillis);
    }

    void set(int perSecond, long delayMillis) {
      serviceNanos = 1_000_000_000L / perSecond;
      delayNanos = delayMillis * MILLI;
    }

    /** Returns how many commands were answered a second. */
    double run(int seconds) {
      runMillis(seconds * 1_000);
      return (double) answered / seconds;
    }

    void runMillis(int millis) {
      long end = nowNanos + millis * MILLI;
      answered = 0;
      tookNanos = 0;
      while (nowNanos < end) {
        while (underWay.size() < Math.min(wanted, window.size())) {
          freeNanos = Math.max(freeNanos, nowNanos) + serviceNanos;
          underWay.add(new long[] {nowNanos, freeNanos + delayNanos});
          window.onTime(nowNanos);
          window.onBegun(1, underWay.size());
        }
        if (underWay.size() < wanted) {
          window.onFull();
        }
        long[] first = underWay.poll();
        nowNanos = Math.max(nowNanos, first[1]);
        answered++;
        tookNanos += nowNanos - first[0];
        window.onAnswered(1, 1, first[0], nowNanos);
      }
    }

    double meanMillis() {
      return (double) tookNanos / answered / MILLI;
    }
  }

  @Test
  void aFastCluster_isKeptBusy_andAnswersSoon() {
    Model model = new Model(100_000, 10_000, 1);
    model.run(10);
    double perSecond = model.run(10);
    assertTrue(perSecond > 9_500, "" + perSecond);
    assertTrue(model.meanMillis() < 60, "" + model.meanMillis());
  }

  @Test
  void aSlowCluster_hasLittleUnderWay() {
    Model model = new Model(100_000, 1_000, 1);
    model.run(10);
    double perSecond = model.run(10);
    assertTrue(perSecond > 950, "" + perSecond);
    assertTrue(model.meanMillis() < 100, "" + model.meanMillis());
  }

  @Test
  void whereEvenALoneCommandTakesLong_theWindowGrowsAllTheSame() {
    Model model = new Model(100_000, 4_000, 80);
    model.run(20);
    double perSecond = model.run(20);
    assertTrue(perSecond > 2_500, "" + perSecond);
    assertTrue(model.meanMillis() < 300, "" + model.meanMillis());
  }

  @Test
  void whenTheClusterBecomesSlower_theWindowFollowsBeforeCommandsTimeOut() {
    Model model = new Model(100_000, 20_000, 1);
    model.run(10);
    model.set(1_500, 1);
    model.run(5);
    model.run(5);
    assertTrue(model.meanMillis() < 150, "" + model.meanMillis());
    model.set(20_000, 1);
    model.run(10);
    double perSecond = model.run(5);
    assertTrue(perSecond > 15_000, "" + perSecond);
  }

  @Test
  void howManyWait_changesNothing() {
    Model few = new Model(2_000, 5_000, 2);
    Model many = new Model(200_000, 5_000, 2);
    few.run(10);
    many.run(10);
    double perSecond = few.run(10);
    assertEquals(perSecond, many.run(10), perSecond / 20);
  }

  @Test
  void aWindowThatNobodyFills_isCutToTwiceWhatIsUsed() {
    Model model = new Model(100_000, 20_000, 1);
    model.run(10);
    assertTrue(model.window.size() > 500, "" + model.window.size());
    Window window = model.window;
    long now = model.nowNanos + MILLI;
    for (int i = 0; i < 10_000; i++) {
      window.onBegun(1, 40);
      window.onAnswered(1, 1, now, now + MILLI);
      now += MILLI;
    }
    assertEquals(80, window.size());
  }

  @Test
  void whatBeganBeforeTheRound_countsForNothing() {
    Window window = new Window(LIMITS, 1_000 * MILLI);
    int before = window.size();
    for (int i = 0; i < 10_000; i++) {
      window.onAnswered(1, 1, 0, 10_000 * MILLI);
    }
    assertEquals(before, window.size());
  }

  @Test
  void aLoadOfManyKeysPerCommand_opensTheWindow_howeverManySteps() {
    for (int steps : new int[] {1, 10}) {
      Window window = new Window(LIMITS, 0);
      long now = 0;
      for (int i = 0; i < 200; i++) {
        window.onTime(now);
        window.onBegun(64, 64 * (1 + i % 2));
        window.onFull();
        long begun = now;
        now += 10 * MILLI * steps;
        window.onAnswered(64, steps, begun, now);
      }
      assertTrue(window.size() > 500, steps + " steps: " + window.size());
    }
  }

  @Test
  void manyKeysPerCommand_whereEvenALoneOneTakesLong_openItAllTheSame() {
    Window window = new Window(LIMITS, 0);
    long now = 0;
    for (int i = 0; i < 200; i++) {
      window.onTime(now);
      window.onBegun(64, 64);
      window.onFull();
      long begun = now;
      now += 70 * MILLI;
      window.onAnswered(64, 1, begun, now);
    }
    assertTrue(window.size() > 500, "" + window.size());
  }

  @Test
  void aProbeThatNothingAnswers_endsByTime() {
    Model model = new Model(100_000, 4_000, 80);
    Window window = model.window;
    model.run(10);
    for (int i = 0; window.size() > LEAST; i++) {
      assertTrue(i < 20_000, "it never probes");
      model.runMillis(1);
    }
    window.onTime(model.nowNanos + 500 * MILLI);
    assertEquals(LEAST, window.size());
    window.onTime(model.nowNanos + 1_000 * MILLI);
    assertTrue(window.size() > 2 * LEAST, "" + window.size());
  }

  @Test
  void whateverHappens_itStaysWithinItsBounds() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Window.Limits limits =
          new Window.Limits(
              1 + random.nextInt(20), 1 + random.nextInt(2_000), 50 * MILLI, 250 * MILLI);
      Window window = new Window(limits, 0);
      long now = 0;
      for (int i = 0; i < 5_000; i++) {
        now += random.nextLong(20 * MILLI);
        if (random.nextInt(4) == 0) {
          window.onFull();
        }
        int weight = 1 + random.nextInt(64);
        window.onTime(now);
        window.onBegun(weight, weight + random.nextInt(window.size()));
        window.onAnswered(weight, 1 + random.nextInt(9), now - random.nextLong(2_000 * MILLI), now);
        int size = window.size();
        boolean within = size >= Math.min(limits.least(), limits.most()) && size <= limits.most();
        assertTrue(within, "seed " + seed + ": " + size + " of " + limits);
      }
    }
  }
}
