package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/** The rows of one test node, in a map that outlives the node, and its answers to its peers. */
final class FakeRows implements OwnRows, OwnScans {
  private static final Comparator<Key> BY_POSITION =
      (a, b) -> Long.compareUnsigned(a.position(), b.position());

  private final TestNode node;
  private final Map<Key, StoredRow> disk;

  /** Rows of this turn, before the commit. */
  private final Map<Key, StoredRow> staged = new HashMap<>();

  private boolean commitIsDue;

  /** Every row takes so long to read; 0 where all are warm. */
  long coldMillis;

  /** Whether the engine takes no writes. */
  boolean stalled;

  /** Whether it takes in what others own. */
  boolean hasRoomForOthers = true;

  /** Whether counts are known. */
  boolean hasCounted = true;

  FakeRows(TestNode node, Map<Key, StoredRow> disk) {
    this.node = node;
    this.disk = disk;
  }

  static Map<Key, StoredRow> newDisk() {
    return new TreeMap<>(BY_POSITION);
  }

  StoredRow get(Key key) {
    StoredRow row = staged.get(key);
    return row != null ? row : disk.getOrDefault(key, StoredRow.ABSENT);
  }

  /** Puts a row there as if it had always been. */
  void plant(Key key, Row row) {
    disk.put(key, new StoredRow(row, null));
  }

  @Override
  public void read(Key key, Consumer<StoredRow> reader) {
    whenWarm(() -> reader.accept(get(key)));
  }

  @Override
  public boolean isStalled() {
    return stalled;
  }

  @Override
  public void update(
      List<Key> keys, UnaryOperator<List<StoredRow>> step, Durability durability, Runnable stored) {
    whenWarm(
        () -> {
          List<StoredRow> before = keys.stream().map(this::get).toList();
          List<StoredRow> after = step.apply(before);
          for (int i = 0; i < keys.size(); i++) {
            if (!after.get(i).equals(before.get(i))) {
              stage(keys.get(i), after.get(i));
            }
          }
          node.loop.atTurnEnd(Phase.RELEASE, stored);
        });
  }

  @Override
  public void keepFor(NodeName owner, Key key, Row row) {
    node.cluster.kept.add(node.name + " keeps " + key + " for " + owner);
  }

  @Override
  public boolean hasRoomForOthers() {
    return hasRoomForOthers;
  }

  private void stage(Key key, StoredRow row) {
    if (!row.row().isWhole()) {
      throw new AssertionError("a row without its values is to be stored: " + row);
    }
    staged.put(key, row);
    if (!commitIsDue) {
      commitIsDue = true;
      node.loop.atTurnEnd(
          Phase.COMMIT,
          () -> {
            commitIsDue = false;
            disk.putAll(staged);
            staged.clear();
          });
    }
  }

  private void whenWarm(Runnable action) {
    if (coldMillis == 0) {
      action.run();
    } else {
      node.loop.schedule(coldMillis, action);
    }
  }

  /** What the replica of this node does with a request of a peer; answers by {@code reply}. */
  void onRequest(Message.Request request, Consumer<Message> reply) {
    PartitionTable table = node.table;
    if (table == null || request.epoch() > table.entry(request.partition()).epoch()) {
      reply.accept(new Message.NotServing(request.id(), request.partition()));
      return;
    }
    PartitionTable.Entry entry = table.entry(request.partition());
    if (request.epoch() < entry.epoch()) {
      reply.accept(new Message.StaleEpoch(request.id(), request.partition(), entry));
      return;
    }
    boolean current = node.isCurrent;
    if (request instanceof Message.ReadRow read) {
      Row row = get(new Key(read.key())).row();
      reply.accept(
          new Message.RowRead(read.id(), current, read.versionsOnly() ? row.versionsOnly() : row));
    } else if (request instanceof Message.Merge merge) {
      merge(merge, entry, reply);
    } else if (request instanceof Message.Scan scan) {
      Scanned page = page(scan.partition(), scan.from(), scan.to(), scan.limit());
      reply.accept(new Scanned(scan.id(), current, page.rows(), page.complete()));
    }
  }

  private void merge(Message.Merge merge, PartitionTable.Entry entry, Consumer<Message> reply) {
    Row[] held = {Row.EMPTY};
    update(
        List.of(new Key(merge.key())),
        rows -> {
          Row own = rows.get(0).row();
          boolean uncovered =
              own.siblings().stream()
                  .anyMatch(
                      s ->
                          s.isLive(node.hybrid.nowMillis())
                              && !merge.row().context().covers(s.dot()));
          held[0] = uncovered ? own : Row.EMPTY;
          return List.of(rows.get(0).merge(merge.row()));
        },
        Durability.BUFFERED,
        () ->
            reply.accept(
                new Message.Merged(
                    merge.id(), node.isCurrent, entry.committed().contains(node.name), held[0])));
  }

  @Override
  public void scan(int partition, long from, long to, int limit, Consumer<Scanned> done) {
    done.accept(page(partition, from, to, limit));
  }

  private Scanned page(int partition, long from, long to, int limit) {
    List<KeyedRow> rows = new ArrayList<>();
    Key last = null;
    for (Map.Entry<Key, StoredRow> entry : disk.entrySet()) {
      Key key = entry.getKey();
      if (key.partition(node.table.partitions()) != partition
          || Long.compareUnsigned(key.position(), from) < 0
          || !ScanMerge.isBefore(key.position(), to)) {
        continue;
      }
      if (rows.size() >= limit && last.position() != key.position()) {
        return new Scanned(0, node.isCurrent, rows, false);
      }
      rows.add(new KeyedRow(key.bytes(), entry.getValue().row().versionsOnly()));
      last = key;
    }
    return new Scanned(0, node.isCurrent, rows, true);
  }

  @Override
  public void count(List<Integer> partitions, LongConsumer done) {
    long live =
        disk.entrySet().stream()
            .filter(e -> partitions.contains(e.getKey().partition(node.table.partitions())))
            .filter(e -> e.getValue().row().liveCount(node.hybrid.nowMillis()) > 0)
            .count();
    done.accept(hasCounted ? live : -1);
  }

  @Override
  public void randomKey(Consumer<byte[]> done) {
    done.accept(disk.isEmpty() ? null : disk.keySet().iterator().next().bytes());
  }
}
