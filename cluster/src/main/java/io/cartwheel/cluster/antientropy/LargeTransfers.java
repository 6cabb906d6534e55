package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.replica.RowComparison;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Row;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/**
 * The large rows of one partition of an exchange, in both directions, one at a time and after all
 * others. What finds no room, here or at the peer, is tried again some times, and then left to the
 * next exchange: it keeps nobody else from being exchanged. On the shard's loop only.
 */
final class LargeTransfers {
  /** In the last of these pauses most of what may fill a peer's memory has moved on. */
  private static final int TRIES = 5;

  /** Keys that wait here; more are left to the next exchange. */
  private static final int MAX_WAITING = 4_096;

  private static final long FIRST_PAUSE_MILLIS = 100;

  /** A row that travels more slowly, 8 Mbit/s, is taken for lost. */
  private static final long LEAST_BYTES_PER_MILLI = 1_000;

  /** A row that goes one way, or is to come the other. */
  private record Transfer(Key key, boolean isOurs, long bytes) {}

  private final Exchange exchange;
  private final RepairShard shard;
  private final RepairPorts ports;
  private final PartitionExchange.Subject subject;
  private final long epoch;
  private final Queue<Transfer> waiting = new ArrayDeque<>();
  private final Set<Key> taken = new LinkedHashSet<>();
  private boolean someLeft;
  private int tries;
  private Runnable done;

  LargeTransfers(Exchange exchange, PartitionExchange.Subject subject) {
    this.exchange = exchange;
    this.shard = exchange.shard();
    this.ports = shard.ports();
    this.subject = subject;
    this.epoch = subject.table().entry(subject.partition()).epoch();
  }

  /** Whether a row is to travel here. */
  static boolean isLarge(Key key, Row row) {
    return sizeOf(key, row) > RowComparison.LARGE_BYTES;
  }

  private static long sizeOf(Key key, Row row) {
    return RowComparison.sizeOf(key.bytes(), row);
  }

  /** The peer wants a row of ours. */
  void give(Key key) {
    add(new Transfer(key, true, 0));
  }

  private void add(Transfer transfer) {
    if (waiting.size() < MAX_WAITING) {
      waiting.add(transfer);
    } else {
      someLeft = true;
    }
  }

  /**
   * The peer has a row for us.
   *
   * @param bytes about its size, 0 where it is not known
   */
  void take(Key key, long bytes) {
    if (key.partition(subject.table().partitions()) == subject.partition() && taken.add(key)) {
      add(new Transfer(key, false, bytes));
    }
  }

  /** Whether none has been left to the next exchange. */
  boolean areAllThrough() {
    return !someLeft;
  }

  /** Begins; once. */
  void run(Runnable afterAll) {
    done = afterAll;
    next();
  }

  private void next() {
    if (exchange.isEnded()) {
      return;
    }
    exchange.onProgress();
    tries = 0;
    Transfer transfer = waiting.poll();
    if (transfer == null) {
      done.run();
    } else {
      attempt(transfer);
    }
  }

  private void attempt(Transfer transfer) {
    if (exchange.isEnded()) {
      return;
    }
    if (transfer.isOurs) {
      RowStore store = ports.replica().rows(ports.shard());
      Key key = transfer.key;
      store.read(key, stored -> store.whenCommitted(key, () -> give(transfer, stored.row())));
    } else {
      take(transfer);
    }
  }

  private void give(Transfer transfer, Row row) {
    if (exchange.isEnded()) {
      return;
    }
    if (row.isEmpty()) {
      next();
      return;
    }
    Key key = transfer.key;
    long patienceMillis = patienceMillis(sizeOf(key, row));
    long readTime = ports.hybrid().now();
    boolean leaves =
        exchange.tryAsk(
            id ->
                new Merge(
                    id, subject.partition(), epoch, key.bytes(), row, readTime, false, null, false),
            reply -> {
              exchange.addPatience(-patienceMillis);
              if (reply instanceof Merged merged) {
                shard.onGiven(exchange.peer(), key, row);
                onMerged(key, merged);
              } else {
                retry(transfer);
              }
            });
    onAsked(transfer, leaves, patienceMillis);
  }

  private void onMerged(Key key, Merged merged) {
    if (merged.held().isEmpty()) {
      next();
    } else if (merged.held().isWhole()) {
      store(key, merged.held());
    } else {
      take(key, 0);
      next();
    }
  }

  private void take(Transfer transfer) {
    Key key = transfer.key;
    long patienceMillis = patienceMillis(transfer.bytes);
    long askedMillis = ports.hybrid().nowMillis();
    boolean leaves =
        exchange.tryAsk(
            id -> new ReadRow(id, subject.partition(), epoch, key.bytes(), false),
            reply -> {
              exchange.addPatience(-patienceMillis);
              if (!(reply instanceof RowRead read)) {
                retry(transfer);
              } else if (isFit(key, read.row(), askedMillis)) {
                store(key, read.row());
              } else {
                someLeft = true;
                next();
              }
            });
    onAsked(transfer, leaves, patienceMillis);
  }

  /** Whether the row is one to be stored, and was not read long ago. */
  private boolean isFit(Key key, Row row, long askedMillis) {
    long ageMillis = ports.hybrid().nowMillis() - askedMillis;
    return subject.has(new KeyedRow(key.bytes(), row), ports)
        && ageMillis <= shard.settings().maxRowAgeMillis();
  }

  private void store(Key key, Row row) {
    shard.store(exchange.peer(), List.of(key), List.of(row), this::next);
  }

  private static long patienceMillis(long bytes) {
    return bytes / LEAST_BYTES_PER_MILLI;
  }

  private void onAsked(Transfer transfer, boolean leaves, long patienceMillis) {
    if (leaves) {
      exchange.addPatience(patienceMillis);
    } else {
      retry(transfer);
    }
  }

  private void retry(Transfer transfer) {
    if (exchange.isEnded()) {
      return;
    }
    exchange.onProgress();
    if (tries == TRIES) {
      someLeft = true;
      next();
      return;
    }
    long pauseMillis = FIRST_PAUSE_MILLIS << tries;
    tries++;
    ports.loop().schedule(pauseMillis, () -> attempt(transfer));
  }
}
