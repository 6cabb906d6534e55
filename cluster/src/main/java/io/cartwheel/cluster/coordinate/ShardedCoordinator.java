package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The coordinator of a node: hands each request to the shard of its partition, the partition modulo
 * the number of shards, on that shard's loop. Safe for use by all threads.
 */
public final class ShardedCoordinator implements Coordinator {
  private final List<CoordinatorShard> shards;
  private final Tables tables;
  private final Keyspaces keyspaces;
  private final HybridClock clock;
  private final AtomicInteger nextHome = new AtomicInteger();

  /**
   * @param shards in order of their indices
   */
  public ShardedCoordinator(
      List<CoordinatorShard> shards, Tables tables, Keyspaces keyspaces, HybridClock clock) {
    this.shards = List.copyOf(shards);
    this.tables = tables;
    this.keyspaces = keyspaces;
    this.clock = clock;
  }

  @Override
  public void get(GetRequest request, Consumer<GetResult> done) {
    Key key = new Key(request.key());
    CoordinatorShard shard = shardOf(key);
    onLoopOf(shard, () -> shard.get(key, request, done));
  }

  @Override
  public void write(WriteRequest request, Consumer<WriteResult> done) {
    List<Key> keys =
        request.keys().size() == 1
            ? List.of(new Key(request.keys().get(0)))
            : request.keys().stream().map(Key::new).distinct().toList();
    if (keys.size() != request.keys().size()) {
      throw new IllegalArgumentException("a key twice");
    }
    CoordinatorShard shard = shardOf(keys.get(0));
    onLoopOf(shard, () -> shard.write(keys, request, done));
  }

  @Override
  public void scan(ScanRequest request, Consumer<ScanResult> done) {
    CoordinatorShard home = anyShard();
    onLoopOf(home, () -> home.scan(request, done));
  }

  @Override
  public void count(Consumer<CountResult> done) {
    CoordinatorShard home = anyShard();
    onLoopOf(home, () -> home.count(done));
  }

  @Override
  public void randomKey(Consumer<RandomKeyResult> done) {
    CoordinatorShard home = anyShard();
    onLoopOf(home, () -> home.randomKey(this, done));
  }

  @Override
  public Keyspace keyspaceOf(byte[] key) {
    return keyspaces.of(key);
  }

  @Override
  public int copiesOf(byte[] key) {
    PartitionTable table = tables.current();
    return table == null
        ? 0
        : keyspaces
            .of(key)
            .effectiveN(table.entry(table.partitionOf(new Key(key))).committed().size());
  }

  @Override
  public long nowMillis() {
    return clock.nowMillis();
  }

  private CoordinatorShard shardOf(Key key) {
    PartitionTable table = tables.current();
    // Without a table any shard says that this node does not serve yet.
    return shards.get(table == null ? 0 : table.partitionOf(key) % shards.size());
  }

  private CoordinatorShard anyShard() {
    return shards.get(Math.floorMod(nextHome.getAndIncrement(), shards.size()));
  }

  private static void onLoopOf(CoordinatorShard shard, Runnable task) {
    EventLoop loop = shard.ports().loop();
    if (loop.inLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }
}
