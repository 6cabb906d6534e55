package io.cartwheel.cluster.handoff;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.membership.HeldForOthers;
import io.cartwheel.cluster.replica.Hints.Held;
import io.cartwheel.cluster.ring.NodeName;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** What a node keeps for others, all its shards together. Safe for use by all threads. */
public final class Handoff implements HeldForOthers {
  private final List<HandoffShard> shards;
  private final List<EventLoop> loops;
  private final int partitions;
  private volatile boolean paused;

  /**
   * @param shards in order of their indices
   * @param loops theirs
   */
  public Handoff(List<HandoffShard> shards, List<EventLoop> loops, int partitions) {
    this.shards = List.copyOf(shards);
    this.loops = List.copyOf(loops);
    this.partitions = partitions;
  }

  @Override
  public byte[] hintsFor(NodeName peer) {
    return bitmap(peer);
  }

  @Override
  public byte[] handingOn() {
    return bitmap(null);
  }

  private byte[] bitmap(NodeName target) {
    byte[] bitmap = new byte[(partitions + 7) / 8];
    shards.forEach(shard -> shard.mark(target, bitmap));
    int length = bitmap.length;
    while (length > 0 && bitmap[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(bitmap, length);
  }

  /**
   * Counts what is kept for each node.
   *
   * @param done called with those for which something is, on a loop of this node
   */
  public void held(Consumer<SortedMap<NodeName, Held>> done) {
    heldFrom(0, new TreeMap<>(), done);
  }

  private void heldFrom(
      int shard, SortedMap<NodeName, Held> sum, Consumer<SortedMap<NodeName, Held>> done) {
    loops
        .get(shard)
        .execute(
            () -> {
              shards.get(shard).held().forEach((name, held) -> sum.merge(name, held, Held::plus));
              if (shard + 1 < shards.size()) {
                heldFrom(shard + 1, sum, done);
              } else {
                done.accept(sum);
              }
            });
  }

  /** Delivers nothing until {@link #resume}, or until this process ends. */
  public void pause() {
    setPaused(true);
  }

  /** Delivers again. */
  public void resume() {
    setPaused(false);
  }

  public boolean isPaused() {
    return paused;
  }

  private void setPaused(boolean now) {
    paused = now;
    for (int i = 0; i < shards.size(); i++) {
      HandoffShard shard = shards.get(i);
      loops.get(i).execute(() -> shard.pause(now));
    }
  }

  /**
   * Drops all that is kept for a node. Rows that this node holds for it alone go to their other
   * owners; where there is none, they are gone.
   *
   * @param done told how many hints that were, on a loop of this node
   */
  public void drop(NodeName target, LongConsumer done) {
    dropFrom(0, target, 0, done);
  }

  private void dropFrom(int shard, NodeName target, long before, LongConsumer done) {
    loops
        .get(shard)
        .execute(
            () ->
                shards
                    .get(shard)
                    .drop(
                        target,
                        dropped -> {
                          if (shard + 1 < shards.size()) {
                            dropFrom(shard + 1, target, before + dropped, done);
                          } else {
                            done.accept(before + dropped);
                          }
                        }));
  }
}
