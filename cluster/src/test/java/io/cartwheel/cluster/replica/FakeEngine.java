package io.cartwheel.cluster.replica;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** An engine whose rows are cold, and whose disk fails, when the test says so. */
final class FakeEngine implements StorageEngine {
  /** One write: how many changes, how durable. */
  record Written(int size, Durability durability) {}

  final List<Written> writes = new ArrayList<>();
  int syncs;
  int openIterators;
  boolean failsWrites;

  /** Whether whoever does not want to wait is sent away. */
  boolean stalls;

  int refusedWrites;
  boolean failsReads;
  boolean failsSyncs;

  private final Map<Table, NavigableMap<byte[], byte[]>> tables = new HashMap<>();
  private final Set<List<Byte>> cold = new HashSet<>();
  private boolean allCold;

  /** From now on {@link #getIfWarm} does not know the row, until it is read or written. */
  void evict(byte[] rowKey) {
    cold.add(boxed(rowKey));
  }

  /** Nothing is ever warm. */
  void coolForGood() {
    allCold = true;
  }

  @Override
  public byte[] get(Table table, byte[] key) {
    if (failsReads) {
      throw new StorageException("a bad sector");
    }
    cold.remove(boxed(key));
    return table(table).get(key);
  }

  @Override
  public byte[] getIfWarm(Table table, byte[] key) {
    return allCold || cold.contains(boxed(key)) ? COLD : table(table).get(key);
  }

  @Override
  public StorageIterator iterate(Table table, byte[] from, byte[] to) {
    NavigableMap<byte[], byte[]> snapshot = new TreeMap<>(table(table));
    Map<byte[], byte[]> range = from == null ? snapshot : snapshot.tailMap(from, true);
    openIterators++;
    return new Walk(range.entrySet().iterator(), to);
  }

  @Override
  public WriteBatch newBatch() {
    return new Batch();
  }

  @Override
  public void write(WriteBatch batch, Durability durability) {
    if (failsWrites) {
      throw new StorageException("no space left");
    }
    writes.add(new Written(batch.size(), durability));
    for (Change change : ((Batch) batch).changes) {
      cold.remove(boxed(change.key));
      if (change.value == null) {
        table(change.table).remove(change.key);
      } else {
        table(change.table).put(change.key, change.value);
      }
    }
  }

  @Override
  public boolean tryWrite(WriteBatch batch, Durability durability) {
    if (stalls) {
      refusedWrites++;
      return false;
    }
    write(batch, durability);
    return true;
  }

  @Override
  public void sync() {
    if (failsSyncs) {
      throw new StorageException("input/output error");
    }
    syncs++;
  }

  @Override
  public void checkpoint(Path target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long approximateSizeBytes(Table table, byte[] from, byte[] to) {
    return 0;
  }

  @Override
  public void close() {}

  private NavigableMap<byte[], byte[]> table(Table table) {
    return tables.computeIfAbsent(table, absent -> new TreeMap<>(Arrays::compareUnsigned));
  }

  private static List<Byte> boxed(byte[] bytes) {
    List<Byte> boxed = new ArrayList<>(bytes.length);
    for (byte b : bytes) {
      boxed.add(b);
    }
    return boxed;
  }

  private record Change(Table table, byte[] key, byte[] value) {}

  private static final class Batch implements WriteBatch {
    final List<Change> changes = new ArrayList<>();

    @Override
    public void put(Table table, byte[] key, byte[] value) {
      changes.add(new Change(table, key, value));
    }

    @Override
    public void delete(Table table, byte[] key) {
      changes.add(new Change(table, key, null));
    }

    @Override
    public int size() {
      return changes.size();
    }

    @Override
    public void clear() {
      changes.clear();
    }

    @Override
    public void close() {}
  }

  private final class Walk implements StorageIterator {
    private final Iterator<Map.Entry<byte[], byte[]>> entries;
    private final byte[] to;
    private Map.Entry<byte[], byte[]> present;

    Walk(Iterator<Map.Entry<byte[], byte[]>> entries, byte[] to) {
      this.entries = entries;
      this.to = to;
    }

    @Override
    public boolean next() {
      if (failsReads) {
        throw new StorageException("a bad sector");
      }
      present = entries.hasNext() ? entries.next() : null;
      return present != null && (to == null || Arrays.compareUnsigned(present.getKey(), to) < 0);
    }

    @Override
    public byte[] key() {
      return present.getKey();
    }

    @Override
    public byte[] value() {
      return present.getValue();
    }

    @Override
    public void close() {
      openIterators--;
    }
  }
}
