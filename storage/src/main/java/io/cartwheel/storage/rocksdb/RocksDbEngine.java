package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.Durability;
import io.cartwheel.storage.Gate;
import io.cartwheel.storage.OperationList;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * One RocksDB, a column family per table.
 *
 * <p>{@code BUFFERED} hands the record of the write-ahead log to the operating system before it
 * returns, so a killed process loses nothing; {@code SYNCED} forces it to the disk, with all that
 * came before it.
 *
 * <p>Every native call is made inside a {@link Gate}, which {@link #close} shuts before it frees
 * anything: a late call gets an exception, not a freed pointer.
 */
final class RocksDbEngine implements StorageEngine {
  /** Beyond any key in practice; the end of an open range, where RocksDB wants a key. */
  private static final byte[] FAR = new byte[64];

  static {
    Arrays.fill(FAR, (byte) 0xff);
  }

  private final DataDirectory directory;
  private final OpenDatabase database;
  private final RocksDB db;
  private final Gate gate = new Gate();
  private final ReadOptions anyTier;
  private final ReadOptions warmTier;
  private final WriteOptions buffered;
  private final WriteOptions synced;
  private final WriteOptions bufferedAtOnce;
  private final WriteOptions syncedAtOnce;
  private final Set<RocksDbIterator> iterators = ConcurrentHashMap.newKeySet();
  private volatile RocksDBException broken;

  RocksDbEngine(DataDirectory directory, OpenDatabase database) {
    this.directory = directory;
    this.database = database;
    this.db = database.db();
    this.anyTier = database.keep(new ReadOptions());
    this.warmTier = database.keep(new ReadOptions()).setReadTier(ReadTier.BLOCK_CACHE_TIER);
    this.buffered = database.keep(new WriteOptions()).setSync(false);
    this.synced = database.keep(new WriteOptions()).setSync(true);
    this.bufferedAtOnce = database.keep(new WriteOptions()).setSync(false).setNoSlowdown(true);
    this.syncedAtOnce = database.keep(new WriteOptions()).setSync(true).setNoSlowdown(true);
  }

  @Override
  public byte[] get(Table table, byte[] key) {
    enter();
    try {
      return db.get(handle(table), anyTier, key);
    } catch (RocksDBException e) {
      throw failedRead(e);
    } finally {
      gate.leave();
    }
  }

  @Override
  public byte[] getIfWarm(Table table, byte[] key) {
    enter();
    try {
      return db.get(handle(table), warmTier, key);
    } catch (RocksDBException e) {
      if (isIncomplete(e)) {
        return COLD;
      }
      throw failedRead(e);
    } finally {
      gate.leave();
    }
  }

  @Override
  public StorageIterator iterate(Table table, byte[] from, byte[] to) {
    enter();
    try {
      ColumnFamilyHandle handle = handle(table);
      RocksDbIterator iterator = new RocksDbIterator(this, db, handle, from, to);
      iterators.add(iterator);
      return iterator;
    } finally {
      gate.leave();
    }
  }

  @Override
  public WriteBatch newBatch() {
    return new OperationList();
  }

  @Override
  public void write(WriteBatch batch, Durability durability) {
    try {
      write(batch, durability == Durability.SYNCED ? synced : buffered);
    } catch (RocksDBException e) {
      throw breakDown(e);
    }
  }

  /** Says no in a write stall: while writes are stopped, and where a slowed down one would wait. */
  @Override
  public boolean tryWrite(WriteBatch batch, Durability durability) {
    try {
      write(batch, durability == Durability.SYNCED ? syncedAtOnce : bufferedAtOnce);
      return true;
    } catch (RocksDBException e) {
      if (isIncomplete(e)) {
        return false;
      }
      throw breakDown(e);
    }
  }

  private void write(WriteBatch batch, WriteOptions options) throws RocksDBException {
    List<OperationList.Operation> operations = OperationList.of(batch);
    enter();
    try (org.rocksdb.WriteBatch natively = new org.rocksdb.WriteBatch()) {
      for (OperationList.Operation operation : operations) {
        ColumnFamilyHandle handle = handle(operation.table());
        if (operation.value() == null) {
          natively.delete(handle, operation.key());
        } else {
          natively.put(handle, operation.key(), operation.value());
        }
      }
      db.write(options, natively);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void sync() {
    enter();
    try {
      db.flushWal(true);
    } catch (RocksDBException e) {
      throw breakDown(e);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void checkpoint(Path target) {
    enter();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      DataDirectory.createCopy(
          target,
          RocksDbProvider.NAME,
          RocksDbProvider.FORMAT_VERSION,
          data -> {
            try {
              checkpoint.createCheckpoint(data.toString());
            } catch (RocksDBException e) {
              throw new StorageException(
                  "checkpoint of " + directory.path() + " into " + target + ": " + e.getMessage(),
                  e);
            }
          });
    } finally {
      gate.leave();
    }
  }

  @Override
  public long approximateSizeBytes(Table table, byte[] from, byte[] to) {
    byte[] first = from == null ? new byte[0] : from;
    byte[] end = to == null ? FAR : to;
    enter();
    try {
      ColumnFamilyHandle handle = handle(table);
      if (Arrays.compareUnsigned(first, end) >= 0) {
        return 0;
      }
      try (Slice start = new Slice(first);
          Slice limit = new Slice(end)) {
        return db.getApproximateSizes(
                handle,
                List.of(new Range(start, limit)),
                SizeApproximationFlag.INCLUDE_FILES,
                SizeApproximationFlag.INCLUDE_MEMTABLES)[0];
      }
    } finally {
      gate.leave();
    }
  }

  /**
   * {@code write-stopped} is 1 while writes wait for flushes or compactions, {@code
   * delayed-write-rate-bytes-per-second} is above 0 while they are slowed down.
   */
  @Override
  public Map<String, Long> gauges() {
    enter();
    try {
      Map<String, Long> gauges = new TreeMap<>();
      gauges.put("write-stopped", db.getLongProperty("rocksdb.is-write-stopped"));
      gauges.put(
          "delayed-write-rate-bytes-per-second",
          db.getLongProperty("rocksdb.actual-delayed-write-rate"));
      gauges.put("block-cache-used-bytes", db.getLongProperty("rocksdb.block-cache-usage"));
      gauges.put("memtables-size-bytes", sum("rocksdb.cur-size-all-mem-tables"));
      gauges.put("live-data-size-bytes", sum("rocksdb.estimate-live-data-size"));
      gauges.put("pending-compaction-bytes", sum("rocksdb.estimate-pending-compaction-bytes"));
      return gauges;
    } catch (RocksDBException e) {
      throw failedRead(e);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void close() {
    if (!gate.shut()) {
      return;
    }
    RocksDBException failure = null;
    try {
      if (broken == null) {
        db.flushWal(true);
      }
    } catch (RocksDBException e) {
      failure = e;
    } finally {
      iterators.forEach(RocksDbIterator::free);
      database.close();
      directory.close();
    }
    if (failure != null) {
      throw new StorageException(
          directory.path() + " could not be synced when closed: " + failure.getMessage(), failure);
    }
  }

  /** Enters the gate, or throws because the engine is closed or broken. */
  void enter() {
    if (!gate.tryEnter()) {
      throw new IllegalStateException("the storage engine at " + directory.path() + " is closed");
    }
    RocksDBException cause = broken;
    if (cause != null) {
      gate.leave();
      throw new StorageException(
          directory.path()
              + " is broken since a write failed ("
              + cause.getMessage()
              + "); stop the process, look at the disk, start again",
          cause);
    }
  }

  /** What RocksDB says where it would have had to wait. */
  private static boolean isIncomplete(RocksDBException e) {
    return e.getStatus() != null && e.getStatus().getCode() == Status.Code.Incomplete;
  }

  RocksDB db() {
    return db;
  }

  Gate gate() {
    return gate;
  }

  void forget(RocksDbIterator iterator) {
    iterators.remove(iterator);
  }

  StorageException failedRead(RocksDBException e) {
    return new StorageException(
        "reading "
            + directory.path()
            + " failed: "
            + e.getMessage()
            + "; look at the disk, or restore a copy",
        e);
  }

  private StorageException breakDown(RocksDBException e) {
    broken = e;
    return new StorageException(
        "writing to "
            + directory.path()
            + " failed: "
            + e.getMessage()
            + "; nothing more is accepted: stop the process, look at the disk, start again",
        e);
  }

  private ColumnFamilyHandle handle(Table table) {
    ColumnFamilyHandle handle = database.handle(table);
    if (handle == null) {
      throw new IllegalArgumentException(directory.path() + " has no table " + table);
    }
    return handle;
  }

  private long sum(String property) throws RocksDBException {
    long sum = 0;
    for (ColumnFamilyHandle handle : database.handles()) {
      sum += db.getLongProperty(handle, property);
    }
    return sum;
  }
}
