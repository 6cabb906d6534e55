package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.ChildrenCompared;
import io.cartwheel.cluster.message.Message.CompareChildren;
import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.LargeRow;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.RowsCompared;
import io.cartwheel.cluster.replica.HashTree;
import io.cartwheel.cluster.replica.RowRanges;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One partition of an exchange: finds the leaves that differ, and sends both ways, range by range
 * and page by page, the rows below them; the large ones at the end, in {@link LargeTransfers}. It
 * is complete when all of these have been sent and stored, whatever has changed meanwhile.
 */
final class PartitionExchange {
  /** Rows brought to the peer at once. */
  private static final int MERGES_AT_ONCE = 32;

  /** Rows of the peer stored in one commit. */
  private static final int ROWS_PER_COMMIT = 128;

  /**
   * What is exchanged.
   *
   * @param copies rows kept in at least so many copies
   * @param full whether all rows are compared, the dead ones too, whatever the trees say
   */
  record Subject(int partition, int copies, PartitionTable table, boolean full) {
    /** Whether it is a row of theirs, whole: another comes of a defect at the peer. */
    boolean has(KeyedRow row, RepairPorts ports) {
      return row.row().isWhole()
          && new Key(row.key()).partition(table.partitions()) == partition
          && ports.keptIn(copies).test(row.key());
    }
  }

  private final Exchange exchange;
  private final RepairShard shard;
  private final RepairPorts ports;
  private final Subject subject;
  private final long epoch;
  private final Consumer<Boolean> onEnded;
  private final LargeTransfers large;
  private final ArrayDeque<LeafRanges.Range> ranges = new ArrayDeque<>();

  /** The end of the page that is being compared, and where the next begins. */
  private long pageEnd;

  private long until;
  private final ArrayDeque<byte[]> wanted = new ArrayDeque<>();
  private int merging;
  private final ArrayDeque<KeyedRow> brought = new ArrayDeque<>();
  private boolean storing;

  /** Whether a page has been answered and not all of it has been sent. */
  private boolean pageIsOpen;

  /**
   * @param onEnded told whether all rows have been sent
   */
  PartitionExchange(Exchange exchange, Subject subject, Consumer<Boolean> onEnded) {
    this.exchange = exchange;
    this.shard = exchange.shard();
    this.ports = shard.ports();
    this.subject = subject;
    this.epoch = subject.table.entry(subject.partition).epoch();
    this.onEnded = onEnded;
    this.large = new LargeTransfers(exchange, subject);
  }

  private int partitions() {
    return subject.table.partitions();
  }

  void start() {
    if (subject.full) {
      ranges.add(LeafRanges.whole(subject.partition, partitions()));
      nextRange();
      return;
    }
    List<Long> children = LeafRanges.children(leaves());
    exchange.ask(
        id -> new CompareChildren(id, subject.partition, epoch, children),
        reply -> {
          if (reply instanceof ChildrenCompared compared) {
            onChildren(compared);
          } else {
            exchange.fail();
          }
        });
  }

  private long[] leaves() {
    return ports.replica().trees(ports.shard()).leaves(subject.partition, subject.copies);
  }

  private void onChildren(ChildrenCompared compared) {
    if (compared.leaves().size() != compared.children().size() * HashTree.FANOUT) {
      exchange.fail();
      return;
    }
    long[] ours = leaves();
    boolean[] differing = new boolean[HashTree.LEAVES];
    for (int c = 0; c < compared.children().size(); c++) {
      int first = compared.children().get(c) * HashTree.FANOUT;
      for (int i = 0; i < HashTree.FANOUT && first < HashTree.LEAVES; i++) {
        differing[first + i] = ours[first + i] != compared.leaves().get(c * HashTree.FANOUT + i);
      }
    }
    ranges.addAll(LeafRanges.of(differing, subject.partition, partitions()));
    nextRange();
  }

  private void nextRange() {
    if (ranges.isEmpty()) {
      large.run(() -> onEnded.accept(large.areAllThrough()));
    } else {
      until = ranges.peek().from();
      nextPage();
    }
  }

  private void nextPage() {
    LeafRanges.Range range = ranges.peek();
    long from = until;
    ports
        .replica()
        .ranges(ports.shard())
        .versions(
            from, range.to(), ports.keptIn(subject.copies), page -> onOwnVersions(from, page));
  }

  private void onOwnVersions(long from, RowRanges.Page page) {
    if (exchange.isEnded()) {
      return;
    }
    pageEnd = page.until();
    exchange.ask(
        id ->
            new CompareRows(id, subject.partition, epoch, from, pageEnd, page.rows(), subject.full),
        reply -> {
          if (reply instanceof RowsCompared compared && isFurther(from, compared)) {
            onRows(compared);
          } else {
            exchange.fail();
          }
        });
  }

  /** Whether the peer has compared something, no more than it was asked, and not long ago. */
  private boolean isFurther(long from, RowsCompared compared) {
    long last = compared.until() - 1;
    long ageMillis = ports.hybrid().nowMillis() - HybridClock.millisOf(compared.readTime());
    return Long.compareUnsigned(last, from) >= 0
        && Long.compareUnsigned(last, pageEnd - 1) <= 0
        && ageMillis <= shard.settings().maxRowAgeMillis();
  }

  private void onRows(RowsCompared compared) {
    until = compared.until();
    wanted.addAll(compared.wanted());
    for (KeyedRow row : compared.rows()) {
      if (subject.has(row, ports)) {
        brought.add(row);
      }
    }
    for (LargeRow row : compared.large()) {
      large.take(new Key(row.key()), row.bytes());
    }
    storing = true;
    pageIsOpen = true;
    storeNext();
    giveNext();
  }

  private void storeNext() {
    if (exchange.isEnded()) {
      return;
    }
    exchange.onProgress();
    List<Key> keys = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    while (keys.size() < ROWS_PER_COMMIT && !brought.isEmpty()) {
      KeyedRow row = brought.poll();
      keys.add(new Key(row.key()));
      rows.add(row.row());
    }
    if (keys.isEmpty()) {
      storing = false;
      onSent();
    } else {
      shard.store(exchange.peer(), keys, rows, this::storeNext);
    }
  }

  private void giveNext() {
    RowStore store = ports.replica().rows(ports.shard());
    while (!exchange.isEnded() && merging < MERGES_AT_ONCE && !wanted.isEmpty()) {
      Key key = new Key(wanted.poll());
      if (key.partition(partitions()) == subject.partition) {
        merging++;
        store.read(key, stored -> store.whenCommitted(key, () -> give(key, stored.row())));
      }
    }
    onSent();
  }

  private void give(Key key, Row row) {
    if (exchange.isEnded()) {
      return;
    }
    if (row.isEmpty()) {
      onGiven();
      return;
    }
    if (LargeTransfers.isLarge(key, row)) {
      large.give(key);
      // Not at once: there may be many in a row, and each would be called by the one before.
      ports.loop().execute(this::onGiven);
      return;
    }
    long readTime = ports.hybrid().now();
    exchange.ask(
        id ->
            new Merge(id, subject.partition, epoch, key.bytes(), row, readTime, false, null, false),
        reply -> {
          if (reply instanceof Message.Merged merged) {
            shard.onGiven(exchange.peer(), key, row);
            onMerged(key, merged);
          } else {
            exchange.fail();
          }
        });
  }

  private void onMerged(Key key, Merged merged) {
    if (merged.held().isEmpty()) {
      onGiven();
    } else if (!merged.held().isWhole()) {
      large.take(key, 0);
      onGiven();
    } else {
      // It has changed since it was compared.
      shard.store(exchange.peer(), List.of(key), List.of(merged.held()), this::onGiven);
    }
  }

  private void onGiven() {
    merging--;
    giveNext();
  }

  private void onSent() {
    if (exchange.isEnded() || !pageIsOpen || storing || merging > 0 || !wanted.isEmpty()) {
      return;
    }
    pageIsOpen = false;
    if (until == ranges.peek().to()) {
      ranges.poll();
      shard.afterPause(this::nextRangeUnlessEnded);
    } else {
      shard.afterPause(this::nextPageUnlessEnded);
    }
  }

  private void nextRangeUnlessEnded() {
    if (!exchange.isEnded()) {
      nextRange();
    }
  }

  private void nextPageUnlessEnded() {
    if (!exchange.isEnded()) {
      nextPage();
    }
  }
}
