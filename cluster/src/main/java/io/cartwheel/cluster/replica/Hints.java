package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;

/**
 * Which rows of one shard this node keeps for which other nodes. A hint is an index entry beside
 * the row, and is committed in the batch of the turn that makes or drops it. In memory all entries
 * are at hand; at the start they are read from the disk in the background.
 *
 * <p>A foreign row is never without a hint: where one is staged that has none, it gets one for each
 * owner. On the shard's loop only, but for {@link #mark}.
 */
public final class Hints implements RowStore.Listener, RowStore.Rider {
  /** In the order in which the rows are stored. */
  private static final Comparator<Key> BY_PLACE =
      (a, b) -> {
        int order = Long.compareUnsigned(a.position(), b.position());
        if (order == 0) {
          order = Integer.compare(a.bytes().length, b.bytes().length);
        }
        return order != 0 ? order : Arrays.compareUnsigned(a.bytes(), b.bytes());
      };

  /** About what an index entry costs beside its key and row, in memory and on the disk. */
  private static final int ENTRY_BYTES = 128;

  private static final int SIBLING_BYTES = 64;

  /** After so many entries the walk at the start lets other work have its thread. */
  private static final int ENTRIES_PER_SLICE = 4_096;

  /**
   * A hint.
   *
   * @param createdMillis when it was made, by the cluster's clock
   * @param bytes about what it takes, its row included
   */
  public record Hint(long createdMillis, int bytes) {}

  /**
   * What is kept for one node.
   *
   * @param oldestMillis when the oldest was made
   */
  public record Held(long count, long bytes, long oldestMillis) {
    public static final Held NOTHING = new Held(0, 0, Long.MAX_VALUE);

    public Held plus(Held other) {
      return new Held(
          count + other.count, bytes + other.bytes, Math.min(oldestMillis, other.oldestMillis));
    }
  }

  private record Change(NodeName target, Key key) {}

  private record Loaded(NodeName target, Key key, Hint hint) {}

  /** What is kept for one node; {@code byPartition} is read by other threads. */
  private static final class Index {
    final NavigableMap<Key, Hint> hints = new TreeMap<>(BY_PLACE);
    final AtomicIntegerArray byPartition;
    long bytes;

    Index(int partitions) {
      byPartition = new AtomicIntegerArray(partitions);
    }
  }

  private final int shard;
  private final int shards;
  private final int partitions;
  private final RowStore rows;
  private final Disk disk;
  private final EventLoop loop;
  private final KeyOwners owners;
  private final HintBudget budget;
  private final HybridClock clock;

  /** Replaced by a larger one when there is a new target, for it is read by other threads. */
  private volatile SortedMap<NodeName, Index> targets = Collections.emptySortedMap();

  /** What this turn's commit is to write: a hint, or null where it is dropped. */
  private final Map<Change, Hint> staged = new LinkedHashMap<>();

  private Consumer<NodeName> onAdded = target -> {};
  private volatile boolean loaded;

  Hints(
      int shard,
      int shards,
      int partitions,
      RowStore rows,
      Disk disk,
      EventLoop loop,
      KeyOwners owners,
      HintBudget budget,
      HybridClock clock) {
    this.shard = shard;
    this.shards = shards;
    this.partitions = partitions;
    this.rows = rows;
    this.disk = disk;
    this.loop = loop;
    this.owners = owners;
    this.budget = budget;
    this.clock = clock;
  }

  /** Who wants to know of each node that a hint is made for. */
  public void listen(Consumer<NodeName> listener) {
    onAdded = listener;
  }

  /**
   * Reads what an earlier process has left; once.
   *
   * @param then called when all is known
   */
  public void load(Runnable then) {
    rows.atBoundary(() -> loadSlice(disk.snapshotOfHints(), then));
  }

  private void loadSlice(StorageIterator snapshot, Runnable then) {
    List<Loaded> slice = new ArrayList<>();
    disk.onIo(
        () -> walk(snapshot, slice),
        loop,
        more -> {
          slice.forEach(this::onLoaded);
          if (more) {
            loadSlice(snapshot, then);
          } else {
            loaded = true;
            then.run();
          }
        });
  }

  /** Whether there is more; closes the snapshot at its end. */
  private boolean walk(StorageIterator snapshot, List<Loaded> into) {
    for (int i = 0; i < ENTRIES_PER_SLICE; i++) {
      if (!snapshot.next()) {
        snapshot.close();
        return false;
      }
      byte[] stored = snapshot.key();
      Key key = HintKey.key(stored);
      if (key.partition(partitions) % shards == shard) {
        into.add(new Loaded(HintKey.target(stored), key, HintKey.hint(snapshot.value())));
      }
    }
    return true;
  }

  private void onLoaded(Loaded entry) {
    Index index = indexOf(entry.target);
    // What was made since the snapshot is newer. What was dropped since is delivered once more.
    if (!index.hints.containsKey(entry.key)) {
      put(index, entry.key, entry.hint);
    }
  }

  /** Whether all is known that an earlier process has left. */
  public boolean isLoaded() {
    return loaded;
  }

  /** Whether this node may take in another row that it only keeps for others. */
  public boolean hasRoom() {
    return budget.hasRoom(ENTRY_BYTES);
  }

  /** A foreign row has come for which there is no room. */
  void onRefused() {
    budget.onRefused();
  }

  /**
   * Keeps a row for a node: noted with what this turn commits. The row itself is stored by whoever
   * calls. A row that others own is kept whatever the bounds: {@link #hasRoom} is asked before it
   * is taken in.
   *
   * @return false where there is no room
   */
  public boolean add(NodeName target, Key key, Row row) {
    if (target.equals(owners.self())) {
      return true;
    }
    Index index = targets.get(target);
    boolean isThere = index != null && index.hints.containsKey(key);
    if (!isThere && !owners.isForeign(key) && !budget.hasRoom(sizeOf(key, row))) {
      budget.onRefused();
      return false;
    }
    addAnyway(target, key, row);
    return true;
  }

  /** A row that nobody else would hand on has a hint for each owner, whatever the bounds. */
  private void addForAllOwners(Key key, Row row) {
    for (NodeName owner : owners.of(key)) {
      if (!owner.equals(owners.self())) {
        addAnyway(owner, key, row);
      }
    }
  }

  private void addAnyway(NodeName target, Key key, Row row) {
    Index index = indexOf(target);
    Hint before = index.hints.get(key);
    Hint hint =
        new Hint(before == null ? clock.nowMillis() : before.createdMillis, sizeOf(key, row));
    if (before != null) {
      remove(index, key);
    }
    put(index, key, hint);
    stage(target, key, hint);
    onAdded.accept(target);
  }

  /** Drops a hint, with what this turn commits. */
  public void drop(NodeName target, Key key) {
    Index index = targets.get(target);
    if (index != null && remove(index, key)) {
      stage(target, key, null);
    }
  }

  /**
   * Drops a hint whose row does not go to its target any more; where the row is kept for nobody
   * else and this node is no owner, it is kept for all owners instead.
   *
   * @param besides an owner that is to get none, or null
   * @return what is to become of the row: absent where nobody is left that it could be kept for
   */
  public StoredRow giveUp(NodeName target, Key key, StoredRow row, NodeName besides) {
    drop(target, key);
    if (row.isAbsent() || !owners.isForeign(key) || isHeld(key)) {
      return row;
    }
    boolean kept = false;
    for (NodeName owner : owners.of(key)) {
      if (!owner.equals(besides)) {
        addAnyway(owner, key, row.row());
        kept = true;
      }
    }
    return kept ? row : StoredRow.ABSENT;
  }

  /** A row that this node only holds for others is there: it is to be handed on. */
  public void onForeignRow(Key key) {
    rows.read(key, row -> onStaged(key, row, row));
  }

  @Override
  public void onStaged(Key key, StoredRow before, StoredRow after) {
    if (!after.isAbsent() && owners.isForeign(key) && !isHeld(key)) {
      addForAllOwners(key, after.row());
    }
  }

  /** Whether the row is kept for anybody. */
  public boolean isHeld(Key key) {
    for (Index index : targets.values()) {
      if (index.hints.containsKey(key)) {
        return true;
      }
    }
    return false;
  }

  public boolean contains(NodeName target, Key key) {
    Index index = targets.get(target);
    return index != null && index.hints.containsKey(key);
  }

  /** The nodes for which something is kept, in order of their names. */
  public List<NodeName> targets() {
    List<NodeName> names = new ArrayList<>();
    targets.forEach(
        (name, index) -> {
          if (!index.hints.isEmpty()) {
            names.add(name);
          }
        });
    return names;
  }

  /**
   * The next key that is kept for a node, after {@code last}, or from the start; null at the end.
   */
  public Key next(NodeName target, Key last) {
    Index index = targets.get(target);
    if (index == null || index.hints.isEmpty()) {
      return null;
    }
    return last == null ? index.hints.firstKey() : index.hints.higherKey(last);
  }

  /** When the hint was made; it must be there. */
  public long createdMillis(NodeName target, Key key) {
    return targets.get(target).hints.get(key).createdMillis;
  }

  /** What is kept for a node; looks at every hint. */
  public Held held(NodeName target) {
    Index index = targets.get(target);
    if (index == null || index.hints.isEmpty()) {
      return Held.NOTHING;
    }
    long oldest = Long.MAX_VALUE;
    for (Hint hint : index.hints.values()) {
      oldest = Math.min(oldest, hint.createdMillis);
    }
    return new Held(index.hints.size(), index.bytes, oldest);
  }

  /**
   * Sets the bits of the partitions of which something is kept, of all of this shard's while that
   * is not known; from any thread.
   *
   * @param target for whom, null for anybody
   * @param bitmap the lowest bit of the first byte for partition 0
   */
  public void mark(NodeName target, byte[] bitmap) {
    if (!loaded) {
      for (int partition = shard; partition < partitions; partition += shards) {
        bitmap[partition >> 3] |= (byte) (1 << (partition & 7));
      }
      return;
    }
    targets.forEach(
        (name, index) -> {
          if (target == null || name.equals(target)) {
            mark(index, bitmap);
          }
        });
  }

  private void mark(Index index, byte[] bitmap) {
    for (int i = 0; i < index.byPartition.length(); i++) {
      if (index.byPartition.get(i) > 0) {
        int partition = i * shards + shard;
        bitmap[partition >> 3] |= (byte) (1 << (partition & 7));
      }
    }
  }

  private Index indexOf(NodeName target) {
    Index known = targets.get(target);
    if (known != null) {
      return known;
    }
    Index fresh = new Index(shard < partitions ? (partitions - shard - 1) / shards + 1 : 0);
    SortedMap<NodeName, Index> more = new TreeMap<>(targets);
    more.put(target, fresh);
    targets = Collections.unmodifiableSortedMap(more);
    return fresh;
  }

  private void put(Index index, Key key, Hint hint) {
    index.hints.put(key, hint);
    index.bytes += hint.bytes;
    index.byPartition.incrementAndGet(key.partition(partitions) / shards);
    budget.onAdded(hint.bytes);
  }

  private boolean remove(Index index, Key key) {
    Hint hint = index.hints.remove(key);
    if (hint == null) {
      return false;
    }
    index.bytes -= hint.bytes;
    index.byPartition.decrementAndGet(key.partition(partitions) / shards);
    budget.onRemoved(hint.bytes);
    return true;
  }

  private void stage(NodeName target, Key key, Hint hint) {
    staged.put(new Change(target, key), hint);
    rows.onRiding();
  }

  @Override
  public boolean isRiding() {
    return !staged.isEmpty();
  }

  @Override
  public void addTo(WriteBatch batch) {
    staged.forEach(
        (change, hint) -> {
          byte[] stored = HintKey.of(change.target, change.key);
          if (hint == null) {
            batch.delete(NodeStore.HINTS, stored);
          } else {
            batch.put(NodeStore.HINTS, stored, HintKey.value(hint));
          }
        });
  }

  @Override
  public void onCommitted() {
    staged.clear();
  }

  private static int sizeOf(Key key, Row row) {
    long bytes = (long) ENTRY_BYTES + key.bytes().length;
    for (Sibling sibling : row.siblings()) {
      bytes += SIBLING_BYTES + (sibling.value() == null ? 0 : sibling.value().length);
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }
}
