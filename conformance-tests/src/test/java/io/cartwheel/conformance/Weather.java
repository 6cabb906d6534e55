package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cartwheel.conformance.DelayLine.Delay;
import io.cartwheel.conformance.LinkProxy.Flow;
import io.cartwheel.conformance.history.History.Fault;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is done to a cluster while clients use it, drawn from a seed. After each spell all is well
 * again. What broke the cluster is written down; slow links do not break it, unless its nodes have
 * logged that they took each other for unreachable.
 */
final class Weather {
  /** What a spell is of. */
  enum Spell {
    CALM(false),
    SLOW(false),
    SILENT(true),
    KILLED(true),
    PAUSED(true),
    SLOW_AND_KILLED(true),
    SLOW_AND_PAUSED(true);

    private final boolean breaks;

    Spell(boolean breaks) {
      this.breaks = breaks;
    }
  }

  /** How many spells of each kind a round has. They take most of a minute. */
  private static final Map<Spell, Integer> ROUND =
      new EnumMap<>(
          Map.of(
              Spell.CALM, 1,
              Spell.SLOW, 6,
              Spell.SILENT, 2,
              Spell.KILLED, 1,
              Spell.PAUSED, 2,
              Spell.SLOW_AND_KILLED, 1,
              Spell.SLOW_AND_PAUSED, 2));

  /** Around the timeouts of a replica and of an attempt, and below that of heartbeats. */
  private static final int SHORTEST_DELAY_MILLIS = 100;

  private static final int LONGEST_DELAY_MILLIS = 600;
  private static final int MOST_JITTER_MILLIS = 100;

  private static final Pattern LOST =
      Pattern.compile("(?m)^(\\S+) .*(?:: lost \\S+ at | is unreachable: )");

  private final FaultyCluster faulty;
  private final HistoryLog log;
  private final SplittableRandom random;

  Weather(FaultyCluster faulty, HistoryLog log, SplittableRandom random) {
    this.faulty = faulty;
    this.log = log;
    this.random = random;
  }

  /** Spells of all kinds, most of them of slow links, in an order that is drawn. */
  void round() {
    List<Spell> left = new ArrayList<>();
    ROUND.forEach((spell, count) -> left.addAll(Collections.nCopies(count, spell)));
    while (!left.isEmpty()) {
      spell(left.remove(random.nextInt(left.size())));
    }
  }

  private void spell(Spell spell) {
    long beginMicros = log.micros();
    log.remark("begins " + spell);
    TestNode node = faulty.node(random.nextInt(faulty.cluster().size()));
    switch (spell) {
      case CALM -> pause(2_000, 3_000);
      case SLOW -> slow();
      case SILENT -> silent();
      case KILLED -> kill(node);
      case PAUSED -> stop(node);
      case SLOW_AND_KILLED -> {
        slowLinks(1 + random.nextInt(2));
        kill(node);
      }
      case SLOW_AND_PAUSED -> {
        slowLinks(1 + random.nextInt(2));
        stop(node);
      }
    }
    restore();
    long endMicros = log.micros();
    log.remark("is over " + spell);
    if (spell.breaks) {
      log.add(new Fault(beginMicros, endMicros, spell.name()));
    } else if (areLost(beginMicros, endMicros)) {
      log.add(new Fault(beginMicros, endMicros, "UNREACHABLE"));
    }
  }

  /** One link at a time: of two, README's "What differs from Redis" tells what they may do. */
  private void slow() {
    for (int i = 0; i < 3; i++) {
      faulty.links().heal();
      slowLinks(1);
      pause(800, 1_600);
    }
  }

  /** So many directions between nodes, perhaps one of them twice. */
  private void slowLinks(int count) {
    for (int i = 0; i < count; i++) {
      int from = random.nextInt(faulty.cluster().size());
      int to = other(from);
      Delay delay =
          new Delay(
              random.nextInt(SHORTEST_DELAY_MILLIS, LONGEST_DELAY_MILLIS),
              random.nextInt(MOST_JITTER_MILLIS),
              random.nextLong());
      faulty.links().slow(from, to, delay);
      log.remark("n" + from + " to n" + to + " takes " + delay);
    }
  }

  private void silent() {
    int from = random.nextInt(faulty.cluster().size());
    int to = other(from);
    Flow flow = random.nextBoolean() ? Flow.HELD : Flow.LOST;
    log.remark("n" + from + " to n" + to + " is " + flow);
    if (random.nextBoolean()) {
      faulty.links().oneWay(from, to, flow);
    } else {
      faulty.links().bothWays(from, to, flow);
    }
    pause(300, 2_500);
  }

  private void kill(TestNode node) {
    log.remark("kills " + node.port());
    node.kill();
    pause(300, 1_800);
    node.start();
  }

  private void stop(TestNode node) {
    log.remark("stops " + node.port());
    node.pause();
    pause(200, 2_000);
    node.resume();
  }

  private int other(int node) {
    int size = faulty.cluster().size();
    return (node + 1 + random.nextInt(size - 1)) % size;
  }

  private void restore() {
    faulty.links().heal();
    faulty.cluster().nodes().forEach(TestNode::awaitServing);
    faulty.awaitReachable(faulty.cluster().size());
    for (TestNode node : faulty.cluster().nodes()) {
      assertFalse(node.hasEndedByItself(), () -> node.port() + " has ended\n" + node.log());
    }
  }

  /** Whether a node has taken another for unreachable. */
  private boolean areLost(long beginMicros, long endMicros) {
    for (TestNode node : faulty.cluster().nodes()) {
      Matcher lost = LOST.matcher(node.log());
      while (lost.find()) {
        long wallMillis = OffsetDateTime.parse(lost.group(1)).toInstant().toEpochMilli();
        long micros = log.microsOfWallMillis(wallMillis);
        if (micros >= beginMicros && micros <= endMicros) {
          return true;
        }
      }
    }
    return false;
  }

  private void pause(int leastMillis, int mostMillis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(leastMillis, mostMillis)));
  }
}
