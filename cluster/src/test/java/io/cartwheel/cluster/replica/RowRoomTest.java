package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.ByteBudget;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Rows with values of the largest size fill what a shard keeps of peers; it says so, and recovers.
 */
class RowRoomTest {
  private static final NodeName SELF = new NodeName("self");
  private static final PartitionTable TABLE =
      new PartitionTable(List.of(new PartitionTable.Entry(1, SELF, List.of(SELF), List.of(SELF))));

  private static final NodeName PEER = new NodeName("peer");
  private static final int LARGEST_VALUE = 16 << 20;

  /** Two values of the largest size fit. */
  private static final long ROOM = 40L << 20;

  private final ByteBudget merges = new ByteBudget(ROOM);
  private final ByteBudget loaded = new ByteBudget(ROOM);
  private final OneShard shard = new OneShard(5, new RowStore.Limits(100, 0, merges, loaded));
  private final FakeStanding standing = new FakeStanding(SELF, TABLE);
  private final ReplicaShard replica = shard.replica(standing, 30_000);
  private final List<Message> replies = new ArrayList<>();
  private final String value = "v".repeat(LARGEST_VALUE);

  private void merge(String name, Row row) {
    Key key = key(name);
    replica.onMerge(
        PEER,
        new Merge(1, partition(key), 1, key.bytes(), row, shard.clock.now(), false, null, false),
        replies::add);
    assertTrue(merges.bytes() <= ROOM, merges.bytes() + " bytes are kept");
  }

  private int partition(Key key) {
    return key.partition(standing.table().partitions());
  }

  private long count(Class<? extends Message> type) {
    return replies.stream().filter(type::isInstance).count();
  }

  private void mergeFive(Row row) {
    for (int i = 0; i < 5; i++) {
      merge("k" + i, row);
    }
  }

  private void checkTwoOfFive() {
    assertEquals(3, count(Overloaded.class));
    assertEquals(2, count(Merged.class));
    assertEquals(0, merges.bytes());
    Row row = shard.foreign(value);
    shard.loop.execute(() -> merge("k4", row));
    shard.time.advanceMillis(100);
    assertEquals(3, count(Merged.class), "it goes on");
    assertEquals(0, merges.bytes());
  }

  @Test
  void mergesThatWaitForColdRows_areBoundedAndAnsweredBeyond() {
    Row row = shard.foreign(value);
    for (int i = 0; i < 5; i++) {
      shard.evict(key("k" + i));
    }
    shard.loop.execute(() -> mergeFive(row));
    shard.time.settle();
    assertEquals(3, count(Overloaded.class));
    assertTrue(merges.bytes() > 2L * LARGEST_VALUE, "two wait");
    shard.time.advanceMillis(100);
    checkTwoOfFive();
  }

  @Test
  void mergesThatWaitForTheEngine_areBoundedAndAnsweredBeyond() {
    Row row = shard.foreign(value);
    shard.engine.stalls = true;
    shard.loop.execute(() -> mergeFive(row));
    shard.time.settle();
    assertEquals(3, count(Overloaded.class));
    assertTrue(merges.bytes() > 2L * LARGEST_VALUE, "two wait");
    shard.engine.stalls = false;
    shard.time.advanceMillis(2_000);
    checkTwoOfFive();
  }

  /** A small merge may stage a large row. */
  @Test
  void rowsThatWaitForTheEngine_areBoundedTooWhereTheMergesAreSmall() {
    Row small = shard.foreign("s");
    Row large = shard.foreign(value);
    for (int i = 0; i < 5; i++) {
      String name = "k" + i;
      shard.loop.execute(() -> merge(name, large));
      shard.time.advanceMillis(100);
    }
    replies.clear();
    shard.engine.stalls = true;
    shard.loop.execute(() -> mergeFive(small));
    shard.time.settle();
    assertEquals(2, count(Overloaded.class), "three pass the bound");
    shard.engine.stalls = false;
    shard.time.advanceMillis(2_000);
    assertEquals(3, count(Merged.class));
  }

  @Test
  void rowsThatWereRead_areBoundedUntilTheLoopTakesThemAndAllAreServed() {
    Row row = shard.foreign(value);
    for (int i = 0; i < 5; i++) {
      String name = "k" + i;
      shard.loop.execute(() -> merge(name, row));
      shard.time.advanceMillis(100);
      shard.evict(key(name));
    }
    replies.clear();
    long[] most = new long[1];
    shard.loop.execute(
        () -> {
          for (int i = 0; i < 5; i++) {
            Key key = key("k" + i);
            replica.onReadRow(
                PEER,
                new ReadRow(1, partition(key), 1, key.bytes(), false),
                reply -> {
                  most[0] = Math.max(most[0], loaded.bytes());
                  replies.add(reply);
                });
          }
          // Meanwhile all are read.
          shard.loop.hold(50_000_000);
        });
    shard.time.advanceMillis(1_000);
    assertEquals(5, count(RowRead.class));
    assertTrue(most[0] > 2L * LARGEST_VALUE && most[0] <= ROOM, most[0] + " bytes were kept");
    assertEquals(0, loaded.bytes());
  }

  @Test
  void answerToAMerge_namesLargeValuesWithoutTheirBytes() {
    Row large = shard.foreign(value);
    shard.loop.execute(() -> merge("k", large));
    shard.loop.execute(() -> merge("k", shard.foreign("s")));
    shard.time.advanceMillis(100);
    assertEquals(2, count(Merged.class));
    assertEquals(large.versionsOnly(), ((Merged) replies.get(1)).held());
  }
}
