package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.PassedOver;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.storage.StorageIterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node does, as a replica, for coordinators (its own among them): it reads, merges and
 * lists the rows of one shard's partitions. On the shard's loop only. Replies are given on it,
 * later or at once; where the disk breaks, never.
 *
 * <p>It serves also what it does not own: rows are there that have not yet been handed on.
 */
public final class ReplicaShard {
  /** Pages under way at once; more would only wait for each other on the I/O threads. */
  static final int MAX_SCANS = 64;

  private static final Logger log = LoggerFactory.getLogger(ReplicaShard.class);

  private final EventLoop loop;
  private final Disk disk;
  private final RowStore rows;
  private final Standing standing;
  private final KeyOwners owners;
  private final Hints hints;
  private final HybridClock clock;
  private final long oldestMergeMillis;
  private int scans;

  /**
   * @param oldestMergeMillis what was read longer ago is not merged
   */
  public ReplicaShard(
      EventLoop loop,
      Disk disk,
      RowStore rows,
      Standing standing,
      KeyOwners owners,
      Hints hints,
      HybridClock clock,
      long oldestMergeMillis) {
    this.owners = owners;
    this.hints = hints;
    this.loop = loop;
    this.disk = disk;
    this.rows = rows;
    this.standing = standing;
    this.clock = clock;
    this.oldestMergeMillis = oldestMergeMillis;
  }

  /** Asks for a row. */
  public void onReadRow(NodeName from, ReadRow asked, Consumer<Message> reply) {
    Key key = new Key(asked.key());
    if (refuses(from, asked, reply) || !belongs(key, asked, from)) {
      return;
    }
    boolean accepted =
        rows.tryRead(
            key,
            stored -> {
              Row row = asked.versionsOnly() ? stored.row().versionsOnly() : stored.row();
              rows.whenCommitted(
                  key,
                  () ->
                      reply.accept(
                          new RowRead(asked.id(), standing.isCurrent(asked.partition()), row)));
            });
    if (!accepted) {
      reply.accept(new Overloaded(asked.id()));
    }
  }

  /** Asks to merge a row into ours. */
  public void onMerge(NodeName from, Merge asked, Consumer<Message> reply) {
    Key key = new Key(asked.key());
    if (refuses(from, asked, reply) || !belongs(key, asked, from) || !isWhole(asked, from)) {
      return;
    }
    if (clock.nowMillis() - HybridClock.millisOf(asked.readTime()) > oldestMergeMillis) {
      disk.metrics().oldMerges.inc();
      reply.accept(new Overloaded(asked.id()));
      return;
    }
    if (asked.passesOver()) {
      standing.onPassedOver(from, asked.partition());
    }
    if (owners.isForeign(key) && !hints.hasRoom()) {
      // Who cannot remember for whom it keeps a row does not take it in.
      hints.onRefused();
      reply.accept(new Overloaded(asked.id()));
      return;
    }
    NodeName target = asked.hintFor();
    Row[] held = {Row.EMPTY};
    boolean accepted =
        rows.tryUpdate(
            key,
            RowComparison.sizeOf(asked.key(), asked.row()),
            stored -> {
              if (target != null && owners.isOwner(target, key)) {
                hints.add(target, key, asked.row());
              }
              held[0] = heldBeside(key, asked.row(), stored.row());
              return stored.merge(asked.row());
            },
            asked.toDisk(),
            () -> {
              if (asked.passesOver()) {
                standing.onPassedOverStored(from, asked.partition());
              }
              reply.accept(
                  new Merged(
                      asked.id(),
                      standing.isCurrent(asked.partition()),
                      !owners.isForeign(key),
                      held[0]));
            });
    if (!accepted) {
      reply.accept(new Overloaded(asked.id()));
    }
  }

  /** A write has passed this node over. */
  public void onPassedOver(NodeName from, PassedOver told) {
    // At another epoch currency has begun anew.
    if (standing.refusal(from, told) == null) {
      standing.endCurrency(told.partition());
    }
  }

  /** Asks for a page of versions. */
  public void onScan(NodeName from, Scan asked, Consumer<Message> reply) {
    if (refuses(from, asked, reply)) {
      return;
    }
    if (scans >= MAX_SCANS) {
      disk.metrics().overloads.inc();
      reply.accept(new Overloaded(asked.id()));
      return;
    }
    int partitions = standing.table().partitions();
    long first = Position.firstOf(asked.partition(), partitions);
    long end = RowKey.endOf(asked.partition(), partitions);
    long begin = Long.compareUnsigned(asked.from(), first) > 0 ? asked.from() : first;
    long stop = Long.compareUnsigned(asked.to() - 1, end - 1) < 0 ? asked.to() : end;
    if (Long.compareUnsigned(begin, stop - 1) > 0) {
      reply.accept(scanned(asked, new RowPage(List.of(), true)));
      return;
    }
    scans++;
    Function<StorageIterator, RowPage> walker = range -> RowPage.read(range, asked.limit());
    Consumer<RowPage> onPage =
        page -> {
          scans--;
          reply.accept(scanned(asked, page));
        };
    // What this turn has staged is to be seen: the walk begins after its commit.
    rows.atBoundary(() -> disk.walk(RowKey.first(begin), RowKey.end(stop), walker, loop, onPage));
  }

  private Scanned scanned(Scan asked, RowPage page) {
    return new Scanned(
        asked.id(), standing.isCurrent(asked.partition()), page.rows(), page.complete());
  }

  /** Whether this node and the asker know different entries of the partition; it is answered. */
  private boolean refuses(NodeName from, Message.Request asked, Consumer<Message> reply) {
    Message refusal = standing.refusal(from, asked);
    if (refusal != null) {
      reply.accept(refusal);
    }
    return refusal != null;
  }

  /** A key under a partition that is not its own comes of a defect at the sender: not executed. */
  private boolean belongs(Key key, Message.Request asked, NodeName from) {
    if (key.partition(standing.table().partitions()) == asked.partition()) {
      return true;
    }
    log.warn("{} asked for a key of another partition than {}", from, asked.partition());
    return false;
  }

  /** A row without its values comes of a defect at the sender: it is never stored. */
  private static boolean isWhole(Merge asked, NodeName from) {
    if (!asked.row().isWhole()) {
      log.warn("{} sent a row to merge without all of its values", from);
      return false;
    }
    return true;
  }

  /** Our row where it holds live siblings that the merge does not cover, else empty. */
  private Row heldBeside(Key key, Row merge, Row ours) {
    long nowMillis = clock.nowMillis();
    for (Sibling sibling : ours.siblings()) {
      if (sibling.isLive(nowMillis) && !merge.context().covers(sibling.dot())) {
        // An answer is not to be kept waiting, or refused, for the size of what it tells besides.
        boolean isLarge = RowComparison.sizeOf(key.bytes(), ours) > RowComparison.LARGE_BYTES;
        return isLarge ? ours.versionsOnly() : ours;
      }
    }
    return Row.EMPTY;
  }
}
