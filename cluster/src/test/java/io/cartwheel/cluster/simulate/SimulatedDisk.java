package io.cartwheel.cluster.simulate;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.OperationList;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * A disk that outlives the processes on it, and knows what of it would survive a crash of the
 * machine: batches that were only buffered are kept in a list until a sync. Each process has an
 * {@link Engine} of its own over it.
 */
final class SimulatedDisk {
  /** Told of every row before it is stored. */
  interface Observer {
    /** What follows is of one batch. */
    void onBatch();

    /**
     * @param before null where there was none
     * @param after null where it is deleted
     */
    void onWrite(Table table, byte[] key, byte[] before, byte[] after);
  }

  /** How the disk behaves now. */
  static final class Mood {
    /** How long a commit holds up its loop. */
    long commitNanos;

    /** How much longer a sync takes, which a commit may have to wait for. */
    long syncNanos;

    /** Of a hundred reads so many find a row that is not in memory. */
    int coldPercent;

    /** Whether who does not want to wait cannot write. */
    boolean stalls;

    /** Whether the next write fails. */
    boolean fails;
  }

  private final SimulatedTime time;
  private final SplittableRandom random;
  private final Observer observer;
  private final Fault.Counts counts;
  final Mood mood = new Mood();
  private SortedMap<String, TreeMap<byte[], byte[]>> contents = empty();

  /** The state before each batch that has not been synced, oldest first. */
  private final List<List<Undo>> unsynced = new ArrayList<>();

  private record Undo(String table, byte[] key, byte[] before) {}

  SimulatedDisk(SimulatedTime time, Observer observer, Fault.Counts counts) {
    this.time = time;
    this.random = time.newRandom();
    this.observer = observer;
    this.counts = counts;
  }

  private static SortedMap<String, TreeMap<byte[], byte[]>> empty() {
    return new TreeMap<>();
  }

  private TreeMap<byte[], byte[]> table(Table table) {
    return contents.computeIfAbsent(table.name(), t -> new TreeMap<>(Arrays::compareUnsigned));
  }

  /** What is stored, for those who look from outside. */
  Map<byte[], byte[]> rows(Table table) {
    return table(table);
  }

  byte[] row(Table table, byte[] key) {
    return table(table).get(key);
  }

  /** As a crash would leave it that takes all that was not synced. */
  byte[] syncedRow(Table table, byte[] key) {
    for (List<Undo> batch : unsynced) {
      for (Undo undo : batch) {
        if (undo.table.equals(table.name()) && Arrays.equals(undo.key, key)) {
          return undo.before;
        }
      }
    }
    return row(table, key);
  }

  /**
   * The machine crashes: of the batches that were not synced all are gone, or a random number of
   * the last.
   *
   * @return whether anything is
   */
  boolean crash() {
    boolean all = unsynced.isEmpty() || random.nextBoolean();
    int kept = all ? 0 : random.nextInt(unsynced.size() + 1);
    boolean lost = kept < unsynced.size();
    for (int i = unsynced.size() - 1; i >= kept; i--) {
      List<Undo> batch = unsynced.get(i);
      for (int j = batch.size() - 1; j >= 0; j--) {
        Undo undo = batch.get(j);
        TreeMap<byte[], byte[]> table = contents.get(undo.table);
        if (undo.before == null) {
          table.remove(undo.key);
        } else {
          table.put(undo.key, undo.before);
        }
      }
    }
    unsynced.clear();
    return lost;
  }

  void lose() {
    contents = empty();
    unsynced.clear();
  }

  /** A copy as somebody might keep in a cupboard. */
  Copy copy() {
    return new Copy(copyOf(contents), time.monotonicNanos());
  }

  void restore(Copy copy) {
    contents = copyOf(copy.contents);
    unsynced.clear();
  }

  record Copy(SortedMap<String, TreeMap<byte[], byte[]>> contents, long madeNanos) {}

  private static SortedMap<String, TreeMap<byte[], byte[]>> copyOf(
      SortedMap<String, TreeMap<byte[], byte[]>> from) {
    SortedMap<String, TreeMap<byte[], byte[]>> copy = empty();
    from.forEach((name, table) -> copy.put(name, new TreeMap<>(table)));
    return copy;
  }

  /**
   * The disk as one process has it open.
   *
   * @param hold makes the calling loop wait so many nanoseconds
   */
  Engine open(LongConsumer hold) {
    return new Engine(hold);
  }

  /** What a process sees of the disk; refuses everything once that process is gone. */
  final class Engine implements StorageEngine {
    private final LongConsumer hold;
    private boolean closed;
    private boolean broken;

    private Engine(LongConsumer hold) {
      this.hold = hold;
    }

    private void requireOpen() {
      if (closed) {
        throw new IllegalStateException("this engine is closed");
      }
      if (broken) {
        throw new StorageException("the disk has failed");
      }
    }

    @Override
    public byte[] get(Table table, byte[] key) {
      requireOpen();
      return row(table, key);
    }

    @Override
    public byte[] getIfWarm(Table table, byte[] key) {
      requireOpen();
      if (mood.coldPercent > 0 && random.nextInt(100) < mood.coldPercent) {
        counts.add(Fault.COLD_READ);
        return COLD;
      }
      return row(table, key);
    }

    @Override
    public StorageIterator iterate(Table table, byte[] from, byte[] to) {
      requireOpen();
      SortedMap<byte[], byte[]> range = table(table);
      range = from == null ? range : range.tailMap(from);
      range = to == null ? range : range.headMap(to);
      return new Walk(new TreeMap<>(range).entrySet().iterator());
    }

    @Override
    public WriteBatch newBatch() {
      return new OperationList();
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
      requireOpen();
      boolean fails = mood.fails;
      if (!fails || random.nextBoolean()) {
        apply(OperationList.of(batch));
      }
      if (fails) {
        mood.fails = false;
        broken = true;
        counts.add(Fault.FAILED_DISK);
        throw new StorageException("input/output error");
      }
      if (durability == Durability.SYNCED) {
        unsynced.clear();
      }
      hold.accept(mood.commitNanos + (durability == Durability.SYNCED ? mood.syncNanos : 0));
    }

    @Override
    public boolean tryWrite(WriteBatch batch, Durability durability) {
      requireOpen();
      if (mood.stalls) {
        counts.add(Fault.REFUSED_COMMIT);
        return false;
      }
      write(batch, durability);
      return true;
    }

    private void apply(List<OperationList.Operation> operations) {
      List<Undo> undo = new ArrayList<>(operations.size());
      observer.onBatch();
      for (OperationList.Operation operation : operations) {
        byte[] key = operation.key();
        TreeMap<byte[], byte[]> table = table(operation.table());
        byte[] before = table.get(key);
        observer.onWrite(operation.table(), key, before, operation.value());
        undo.add(new Undo(operation.table().name(), key, before));
        if (operation.value() == null) {
          table.remove(key);
        } else {
          table.put(key, operation.value());
        }
      }
      unsynced.add(undo);
    }

    @Override
    public void sync() {
      requireOpen();
      unsynced.clear();
      hold.accept(mood.syncNanos);
    }

    @Override
    public void checkpoint(Path target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long approximateSizeBytes(Table table, byte[] from, byte[] to) {
      return 0;
    }

    /** The process is gone. */
    void abandon() {
      closed = true;
    }

    @Override
    public void close() {
      if (!closed) {
        unsynced.clear();
        closed = true;
      }
    }
  }

  private static final class Walk implements StorageIterator {
    private final Iterator<Map.Entry<byte[], byte[]>> entries;
    private Map.Entry<byte[], byte[]> present;

    Walk(Iterator<Map.Entry<byte[], byte[]>> entries) {
      this.entries = entries;
    }

    @Override
    public boolean next() {
      present = entries.hasNext() ? entries.next() : null;
      return present != null;
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
      present = null;
    }
  }
}
