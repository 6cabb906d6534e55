package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Count;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.PassedOver;
import io.cartwheel.cluster.message.Message.RandomKey;
import io.cartwheel.cluster.message.Message.RandomKeyFound;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.VectorLimit;
import io.cartwheel.storage.StorageIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The rows of this node: its shards' rows, and what is asked of the node as a whole. Partition p is
 * the shard's with the number p modulo their count.
 */
public final class ReplicaService {
  /** Rows that a search for a random live key looks at, at most, before it gives up. */
  static final int MAX_ROWS_FOR_RANDOM_KEY = 10_000;

  /** Searches under way at once; each may keep an I/O thread for milliseconds. */
  static final int MAX_SEARCHES = 16;

  private final Settings settings;
  private final Disk disk;
  private final HybridClock clock;
  private final List<Shard> shards = new ArrayList<>();
  private final Syncer syncer;
  private final HashRoots roots;
  private final AtomicInteger searches = new AtomicInteger();

  private record Shard(
      EventLoop loop,
      RowStore rows,
      ReplicaShard replica,
      LiveCounts counts,
      RowWalk walk,
      Hints hints,
      HashTrees trees,
      RowRanges ranges,
      SplittableRandom random) {}

  /**
   * How rows are kept.
   *
   * @param partitions of the ring
   * @param keyspaces with their fsync modes
   * @param vectorLimit cuts a context that has grown too long; applied to every row that is stored
   * @param oldestMergeMillis what was read longer ago is not merged: it may hold what has been
   *     deleted since, and the tombstone reaped
   * @param limitsPerShard of what is kept in memory
   */
  public record Settings(
      int partitions,
      Keyspaces keyspaces,
      VectorLimit vectorLimit,
      long oldestMergeMillis,
      RowStore.Limits limitsPerShard) {
    /** Some tens of milliseconds of work for a few I/O threads on a slow disk. */
    public static final int DEFAULT_MAX_WAITING = 1_024;
  }

  /**
   * @param loops one for each shard
   * @param budget of what is kept for others
   * @param random which keys are drawn
   */
  public ReplicaService(
      Settings settings,
      Disk disk,
      List<EventLoop> loops,
      Standing standing,
      HybridClock clock,
      HintBudget budget,
      SplittableRandom random) {
    this.settings = settings;
    this.disk = disk;
    this.clock = clock;
    this.syncer = new Syncer(loops.get(0), disk);
    this.roots = new HashRoots(settings.partitions(), settings.keyspaces());
    ContextLimit contextLimit = new ContextLimit(settings.vectorLimit(), clock, disk.metrics());
    KeyOwners owners = new KeyOwners(standing, settings.keyspaces());
    for (int i = 0; i < loops.size(); i++) {
      EventLoop loop = loops.get(i);
      RowStore rows =
          new RowStore(loop, disk, settings.keyspaces(), contextLimit, settings.limitsPerShard());
      LiveCounts counts = new LiveCounts(i, loops.size(), settings.partitions(), rows, disk, loop);
      rows.listen(counts);
      Hints hints =
          new Hints(
              i, loops.size(), settings.partitions(), rows, disk, loop, owners, budget, clock);
      rows.listen(hints);
      rows.ride(hints);
      HashTrees trees = new HashTrees(i, loops.size(), settings, roots, rows, disk, loop);
      rows.listen(trees);
      shards.add(
          new Shard(
              loop,
              rows,
              new ReplicaShard(
                  loop, disk, rows, standing, owners, hints, clock, settings.oldestMergeMillis()),
              counts,
              new RowWalk(rows, disk, loop),
              hints,
              trees,
              new RowRanges(rows, disk, loop),
              random.split()));
    }
  }

  /**
   * Begins to sync once a second, to count live rows and to build hash trees; from any thread,
   * once.
   */
  public void start() {
    syncer.start();
    for (Shard shard : shards) {
      shard.loop.execute(shard.counts::start);
      shard.loop.execute(shard.trees::start);
    }
  }

  /** The rows of a shard, for its coordinator. */
  public RowStore rows(int shard) {
    return shards.get(shard).rows;
  }

  /** The same rows, to be walked in slices. */
  public RowWalk walk(int shard) {
    return shards.get(shard).walk;
  }

  /** What a shard keeps for other nodes. */
  public Hints hints(int shard) {
    return shards.get(shard).hints;
  }

  /** The hash trees of a shard's partitions, on its loop. */
  public HashTrees trees(int shard) {
    return shards.get(shard).trees;
  }

  /** The roots of all hash trees. */
  public HashRoots roots() {
    return roots;
  }

  /** The rows of a shard as ranges, on its loop. */
  public RowRanges ranges(int shard) {
    return shards.get(shard).ranges;
  }

  /**
   * Handles a message to the replica.
   *
   * @param shard on whose loop the caller runs; for a {@link Message.Request} the partition's
   * @param reply called on that loop, at most once, perhaps before this returns
   * @return false where the message is not for the replica
   */
  public boolean handle(int shard, NodeName from, Message message, Consumer<Message> reply) {
    if (message instanceof ReadRow read) {
      shards.get(shard).replica.onReadRow(from, read, reply);
    } else if (message instanceof Merge merge) {
      shards.get(shard).replica.onMerge(from, merge, reply);
    } else if (message instanceof PassedOver told) {
      shards.get(shard).replica.onPassedOver(from, told);
    } else if (message instanceof Scan scan) {
      shards.get(shard).replica.onScan(from, scan, reply);
    } else if (message instanceof Count count) {
      onCount(shards.get(shard).loop, count, reply);
    } else if (message instanceof RandomKey random) {
      onRandomKey(shards.get(shard), random, reply);
    } else {
      return false;
    }
    return true;
  }

  private void onCount(EventLoop asker, Count asked, Consumer<Message> reply) {
    CountInProgress sum = new CountInProgress(asked.id(), shards.size(), reply);
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      int index = i;
      shard.loop.execute(
          () -> {
            long live = countOf(shard, index, asked.partitions());
            asker.execute(() -> sum.add(live));
          });
    }
  }

  private long countOf(Shard shard, int index, List<Integer> partitions) {
    long sum = 0;
    long nowMillis = clock.nowMillis();
    for (int partition : partitions) {
      if (partition >= 0
          && partition < settings.partitions()
          && partition % shards.size() == index) {
        long live = shard.counts.live(partition, nowMillis);
        if (live < 0) {
          return -1;
        }
        sum += live;
      }
    }
    return sum;
  }

  /** Adds up what the shards say; on the asker's loop. */
  private static final class CountInProgress {
    private final long id;
    private final Consumer<Message> reply;
    private int missing;
    private long live;

    CountInProgress(long id, int shards, Consumer<Message> reply) {
      this.id = id;
      this.missing = shards;
      this.reply = reply;
    }

    void add(long shardLive) {
      live = live < 0 || shardLive < 0 ? -1 : live + shardLive;
      missing--;
      if (missing == 0) {
        reply.accept(new Counted(id, live));
      }
    }
  }

  private void onRandomKey(Shard asker, RandomKey asked, Consumer<Message> reply) {
    if (searches.get() >= MAX_SEARCHES) {
      disk.metrics().overloads.inc();
      reply.accept(new Overloaded(asked.id()));
      return;
    }
    searches.incrementAndGet();
    byte[] from = RowKey.first(asker.random.nextLong());
    long nowMillis = clock.nowMillis();
    disk.onIo(
        () -> {
          LiveSearch search = new LiveSearch(nowMillis, MAX_ROWS_FOR_RANDOM_KEY);
          byte[] key = search.in(disk, from, null);
          return new RandomKeyFound(asked.id(), key != null ? key : search.in(disk, null, from));
        },
        asker.loop,
        found -> {
          searches.decrementAndGet();
          reply.accept(found);
        });
  }

  /** Looks for a row that lives, in so many rows at most. */
  private static final class LiveSearch {
    private final long nowMillis;
    private int rowsLeft;

    LiveSearch(long nowMillis, int maxRows) {
      this.nowMillis = nowMillis;
      this.rowsLeft = maxRows;
    }

    /** The first live key of the range, or null; waits for the disk. */
    byte[] in(Disk disk, byte[] from, byte[] to) {
      try (StorageIterator rows = disk.snapshot(from, to)) {
        while (rowsLeft > 0 && rows.next()) {
          rowsLeft--;
          if (Disk.decode(rows.value()).row().liveCount(nowMillis) > 0) {
            return RowKey.key(rows.key());
          }
        }
        return null;
      }
    }
  }
}
