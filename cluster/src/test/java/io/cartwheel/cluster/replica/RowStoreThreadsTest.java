package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.transport.NettyLoops;
import io.cartwheel.cluster.transport.SystemClock;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real loops, real I/O threads, RocksDB: no update is lost, and none overtakes another. */
class RowStoreThreadsTest {
  private static final int SHARDS = 2;
  private static final int KEYS = 200;
  private static final int ROUNDS = 3;
  private static final int UPDATES_PER_KEY = 5;

  @TempDir private Path directory;
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final NettyLoops loops = new NettyLoops(SHARDS, failures::add);

  @AfterEach
  void stop() {
    loops.close();
  }

  @Test
  void updatesOfColdRows_allTakeEffectInTheirOrder() throws Exception {
    StringBuilder expected = new StringBuilder();
    for (int round = 0; round < ROUNDS; round++) {
      // A fresh engine has nothing in its cache: every first access of a round is cold.
      try (StorageEngine engine =
          StorageEngines.open("rocksdb", directory.resolve("data"), NodeStore.TABLES, Map.of())) {
        for (int i = 0; i < UPDATES_PER_KEY; i++) {
          expected.append(mark(round, i));
        }
        MetricRegistry metrics = new MetricRegistry();
        updateAll(engine, round, metrics);
        for (int k = 0; k < KEYS; k++) {
          byte[] stored = engine.get(NodeStore.ROWS, RowKey.of(OneShard.key("k" + k)));
          assertEquals(expected.toString(), OneShard.text(Disk.decode(stored)), "round " + round);
        }
        assertTrue(
            round == 0 || metrics.histogram("storage.read.cold").getCount() > 0,
            "nothing was cold in round " + round);
      }
    }
    assertEquals(List.of(), List.copyOf(failures));
  }

  private void updateAll(StorageEngine engine, int round, MetricRegistry metrics)
      throws InterruptedException {
    SystemClock clock = new SystemClock();
    CountDownLatch stored = new CountDownLatch(KEYS * UPDATES_PER_KEY);
    ExecutorService io = Executors.newFixedThreadPool(SHARDS + 1);
    try {
      Disk disk = new Disk(engine, io, clock, new StorageMetrics(metrics), failures::add);
      List<RowStore> rows = new ArrayList<>();
      List<Minter> minters = new ArrayList<>();
      for (int i = 0; i < SHARDS; i++) {
        rows.add(
            new RowStore(
                loops.loop(i), disk, OneShard.KEYSPACES, row -> row, new RowStore.Limits(1, 0)));
        minters.add(new Minter(new SplittableRandom(round * SHARDS + i), round));
      }
      HybridClock hybrid = new HybridClock(clock);
      for (int i = 0; i < UPDATES_PER_KEY; i++) {
        for (int k = 0; k < KEYS; k++) {
          Key key = OneShard.key("k" + k);
          int shard = key.partition(16) % SHARDS;
          String mark = mark(round, i);
          loops
              .loop(shard)
              .execute(
                  () ->
                      rows.get(shard)
                          .update(
                              List.of(key),
                              row -> List.of(append(minters.get(shard), row.get(0), mark, hybrid)),
                              Durability.BUFFERED,
                              stored::countDown));
        }
      }
      assertTrue(stored.await(30, TimeUnit.SECONDS), "left: " + stored.getCount());
    } finally {
      io.shutdown();
      assertTrue(io.awaitTermination(10, TimeUnit.SECONDS));
    }
  }

  private static StoredRow append(Minter minter, StoredRow row, String more, HybridClock clock) {
    byte[] value = (OneShard.text(row) + more).getBytes(StandardCharsets.UTF_8);
    Minter.NewValue fresh =
        new Minter.NewValue(value, Sibling.STRING, Sibling.NO_EXPIRY, new RequestId(1, 1), false);
    return minter.stamp(row, row.row().context(), fresh, clock);
  }

  private static String mark(int round, int update) {
    return "" + (char) ('a' + round) + update;
  }
}
