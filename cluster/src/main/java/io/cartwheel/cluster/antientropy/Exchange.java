package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.CompareRoots;
import io.cartwheel.cluster.message.Message.RootsCompared;
import io.cartwheel.cluster.message.Message.StaleEpoch;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * One exchange with one peer over partitions that both own: compares the roots of all of them, then
 * takes those that differ a few at a time. Ends at the first error; what was completed by then
 * counts.
 */
final class Exchange {
  /** Partitions compared row by row at once. */
  private static final int PARTITIONS_AT_ONCE = 4;

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** How it ended. */
  enum End {
    /** All partitions have been exchanged. */
    COMPLETE,
    /** All but some whose trees the peer cannot compare yet, or with rows that found no room. */
    PARTLY,
    /** The peer is gone, busy, silent, or has another table. */
    FAILED
  }

  /** A partition in this exchange; its replica's currency may have ended meanwhile. */
  private record Part(int partition, int copies, long generation, boolean full) {}

  private final RepairShard shard;
  private final NodeName peer;
  private final PartitionTable table;
  private final List<Part> parts = new ArrayList<>();
  private final Consumer<End> onEnded;
  private final ArrayDeque<Part> waiting = new ArrayDeque<>();
  private final Set<Long> questions = new LinkedHashSet<>();
  private boolean someLeft;
  private int running;
  private boolean ended;
  private long progressNanos;
  private long patienceMillis;

  /**
   * @param partitions that both own, whose trees are ready here
   */
  Exchange(RepairShard shard, NodeName peer, List<Integer> partitions, Consumer<End> onEnded) {
    this.shard = shard;
    this.peer = peer;
    this.table = shard.ports().table();
    this.onEnded = onEnded;
    for (int partition : partitions) {
      parts.add(
          new Part(
              partition,
              RepairPorts.leastCopies(table.entry(partition), shard.ports().self(), peer),
              shard.currency().generation(partition),
              shard.currency().isEmpty(partition)));
    }
  }

  void start() {
    List<Integer> partitions = parts.stream().map(Part::partition).toList();
    List<Long> roots = new ArrayList<>();
    for (Part part : parts) {
      roots.add(shard.ports().root(table, part.partition, part.copies));
    }
    ask(
        id -> new CompareRoots(id, partitions, roots),
        reply -> {
          if (reply instanceof RootsCompared compared) {
            onRoots(compared);
          } else {
            fail();
          }
        });
  }

  private void onRoots(RootsCompared compared) {
    Set<Integer> differing = new LinkedHashSet<>(compared.differing());
    Set<Integer> unready = new LinkedHashSet<>(compared.unready());
    for (Part part : parts) {
      if (unready.contains(part.partition)) {
        someLeft = true;
      } else if (part.full || differing.contains(part.partition)) {
        waiting.add(part);
      } else {
        onExchanged(part);
      }
    }
    next();
  }

  private void next() {
    while (!ended && running < PARTITIONS_AT_ONCE && !waiting.isEmpty()) {
      Part part = waiting.poll();
      running++;
      new PartitionExchange(
              this,
              new PartitionExchange.Subject(part.partition, part.copies, table, part.full),
              isWhole -> {
                running--;
                if (isWhole) {
                  onExchanged(part);
                } else {
                  someLeft = true;
                }
                next();
              })
          .start();
    }
    if (!ended && running == 0) {
      end(someLeft ? End.PARTLY : End.COMPLETE);
    }
  }

  private void onExchanged(Part part) {
    shard.currency().onExchanged(part.partition, peer, part.generation);
  }

  /** Ends it, unless it has ended. */
  void fail() {
    if (!ended) {
      end(End.FAILED);
    }
  }

  private void end(End end) {
    ended = true;
    questions.forEach(shard.questions()::close);
    onEnded.accept(end);
  }

  boolean isEnded() {
    return ended;
  }

  /** Whether it has come no further for so long, and what large rows on their way need besides. */
  boolean isSilent(long nowNanos, long silenceMillis) {
    return nowNanos - progressNanos > (silenceMillis + patienceMillis) * NANOS_PER_MILLI;
  }

  /** A large row is on its way, or has come or been given up where it is negative. */
  void addPatience(long millis) {
    patienceMillis += millis;
  }

  RepairShard shard() {
    return shard;
  }

  NodeName peer() {
    return peer;
  }

  /** Asks the peer; what is no answer ends this exchange. */
  void ask(LongFunction<Message> question, Consumer<Message.Reply> answer) {
    onProgress();
    if (!tryAsk(question, answer)) {
      fail();
    }
  }

  /**
   * Asks the peer.
   *
   * @return false where the question certainly does not leave, and nobody answers
   */
  boolean tryAsk(LongFunction<Message> question, Consumer<Message.Reply> answer) {
    long[] asked = new long[1];
    asked[0] =
        shard
            .questions()
            .ask(
                peer,
                question,
                reply -> {
                  questions.remove(asked[0]);
                  onProgress();
                  if (reply instanceof StaleEpoch stale) {
                    shard
                        .ports()
                        .membership()
                        .onEntry(shard.ports().self(), stale.partition(), stale.entry());
                    fail();
                  } else {
                    answer.accept(reply);
                  }
                });
    if (asked[0] != 0) {
      questions.add(asked[0]);
    }
    return asked[0] != 0;
  }

  void onProgress() {
    progressNanos = shard.ports().clock().monotonicNanos();
  }
}
