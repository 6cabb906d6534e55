package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Count;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.RandomKey;
import io.cartwheel.cluster.message.Message.RandomKeyFound;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.PartitionTable.Entry;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VectorLimit;
import io.cartwheel.storage.StorageEngine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** All shards of one node; each row written by itself with full knowledge of what was there. */
final class TestNode {
  static final NodeName SELF = new NodeName("self");
  static final int PARTITIONS = 16;
  static final List<Integer> ALL = IntStream.range(0, PARTITIONS).boxed().toList();
  private static final int SHARDS = 3;
  private static final PartitionTable TABLE =
      new PartitionTable(
          Collections.nCopies(PARTITIONS, new Entry(1, SELF, List.of(SELF), List.of(SELF))));

  final SimulatedTime time;
  final HybridClock clock;
  final ReplicaService service;
  final MetricRegistry metrics = new MetricRegistry();
  private final List<FakeEventLoop> loops = new ArrayList<>();
  private final Minter minter;
  private long sequence;

  TestNode(long seed, StorageEngine engine) {
    time = new SimulatedTime(seed);
    clock = new HybridClock(time);
    minter = new Minter(time.newRandom(), seed);
    for (int i = 0; i < SHARDS; i++) {
      loops.add(time.newLoop());
    }
    Disk disk =
        new Disk(
            engine,
            time.newExecutor(1, 5),
            time,
            new StorageMetrics(metrics),
            failure -> {
              throw failure;
            });
    service =
        new ReplicaService(
            new ReplicaService.Settings(
                PARTITIONS,
                OneShard.KEYSPACES,
                new VectorLimit(10, 0),
                Long.MAX_VALUE,
                new RowStore.Limits(100, 20_000)),
            disk,
            List.<EventLoop>copyOf(loops),
            new FakeStanding(SELF, TABLE),
            clock,
            new HintBudget(1 << 20, time, metrics),
            time.newRandom());
  }

  /** Merges a row that has seen all that is there, and waits for the answer. */
  void put(String name, String value, long expiryMillis) {
    List<Message> replies = new ArrayList<>();
    send(name, value, expiryMillis, replies::add);
    assertTrue(time.runUntil(() -> !replies.isEmpty(), 1_000));
    assertTrue(((Merged) replies.get(0)).owner());
  }

  /** As {@link #put}, without waiting. */
  void send(String name, String value, long expiryMillis, Consumer<Message> reply) {
    Key key = key(name);
    int partition = key.partition(PARTITIONS);
    int shard = partition % SHARDS;
    Consumer<StoredRow> merge =
        stored -> {
          Row row = stamped(stored, value, expiryMillis);
          Merge message = new Merge(1, partition, 1, key.bytes(), row, 0, false, null, false);
          service.handle(shard, SELF, message, reply);
        };
    loops.get(shard).execute(() -> service.rows(shard).read(key, merge));
  }

  private Row stamped(StoredRow stored, String value, long expiryMillis) {
    byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    Minter.NewValue fresh =
        new Minter.NewValue(
            bytes, Sibling.STRING, expiryMillis, new RequestId(1, ++sequence), false);
    return minter.stamp(stored, stored.row().context(), fresh, clock).row();
  }

  long count(List<Integer> partitions) {
    return ((Counted) answer(new Count(1, partitions))).live();
  }

  byte[] randomKey() {
    return ((RandomKeyFound) answer(new RandomKey(1))).key();
  }

  Row read(String name) {
    Key key = key(name);
    int partition = key.partition(PARTITIONS);
    ReadRow question = new ReadRow(1, partition, 1, key.bytes(), false);
    return ((RowRead) answer(partition % SHARDS, question)).row();
  }

  Scanned scan(int partition, int limit) {
    return (Scanned) answer(partition % SHARDS, new Scan(1, partition, 1, 0, 0, limit));
  }

  void ask(Message question, Consumer<Message> reply) {
    loops.get(1).execute(() -> service.handle(1, SELF, question, reply));
  }

  private Message answer(Message question) {
    return answer(1, question);
  }

  private Message answer(int shard, Message question) {
    List<Message> replies = new ArrayList<>();
    loops.get(shard).execute(() -> assertTrue(service.handle(shard, SELF, question, replies::add)));
    assertTrue(time.runUntil(() -> !replies.isEmpty(), 1_000));
    return replies.get(0);
  }
}
