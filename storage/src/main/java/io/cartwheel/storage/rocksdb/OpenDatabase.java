package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** An open RocksDB with everything native that must live as long as it, closed in order. */
final class OpenDatabase implements AutoCloseable {
  private static final double BLOOM_BITS_PER_KEY = 10;
  private static final long BLOCK_SIZE_BYTES = 8 << 10;
  private static final long INFO_LOG_LIMIT_BYTES = 1 << 20;
  private static final int INFO_LOG_FILES = 3;

  /** Data and log files are handed to the disk in pieces, so that no sync meets a mountain. */
  private static final long BYTES_PER_SYNC = 1 << 20;

  private final Deque<AbstractNativeReference> natives = new ArrayDeque<>();
  private final Map<Table, ColumnFamilyHandle> handles = new HashMap<>();
  private RocksDB db;

  private OpenDatabase() {}

  /**
   * Opens or creates the database in {@code directory.data()}.
   *
   * @throws StorageException naming the directory, when RocksDB finds it damaged
   */
  static OpenDatabase open(DataDirectory directory, List<Table> tables, RocksDbSettings settings) {
    OpenDatabase opening = new OpenDatabase();
    boolean opened = false;
    try {
      opening.openIn(directory, tables, settings);
      opened = true;
      return opening;
    } catch (RocksDBException e) {
      throw refused(directory, e);
    } catch (IOException e) {
      throw new StorageException(directory.path() + " cannot be read: " + e.getMessage(), e);
    } finally {
      if (!opened) {
        opening.close();
      }
    }
  }

  RocksDB db() {
    return db;
  }

  /** The handle of a table, or null. */
  ColumnFamilyHandle handle(Table table) {
    return handles.get(table);
  }

  Iterable<ColumnFamilyHandle> handles() {
    return handles.values();
  }

  /** Keeps {@code reference} until the database is closed; the last kept goes first. */
  <T extends AbstractNativeReference> T keep(T reference) {
    natives.push(reference);
    return reference;
  }

  @Override
  public void close() {
    while (!natives.isEmpty()) {
      natives.pop().close();
    }
  }

  private void openIn(DataDirectory directory, List<Table> tables, RocksDbSettings settings)
      throws RocksDBException, IOException {
    Path data = directory.data();
    boolean create = isNew(directory);
    ColumnFamilyOptions familyOptions = familyOptions(settings);
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
    for (Table table : tables) {
      byte[] name = table.name().getBytes(StandardCharsets.UTF_8);
      if (!isDefault(table.name())) {
        families.add(new ColumnFamilyDescriptor(name, familyOptions));
      }
    }
    if (!create) {
      refuseUnknownTables(directory, tables);
    }
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    DBOptions options = databaseOptions(settings, create);
    db = keep(RocksDB.open(options, data.toString(), families, opened));
    opened.forEach(this::keep);
    for (ColumnFamilyHandle handle : opened) {
      String name = new String(handle.getName(), StandardCharsets.UTF_8);
      Table table = new Table(name);
      if (tables.contains(table)) {
        handles.put(table, handle);
      }
    }
  }

  /**
   * Whether there is no database yet. RocksDB takes a missing CURRENT for a new directory, and then
   * deletes the files it does not know, which are all: so anything that holds data forbids it.
   */
  private static boolean isNew(DataDirectory directory) throws IOException {
    if (Files.exists(directory.data().resolve("CURRENT"))) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory.data())) {
      List<Path> withData =
          files.filter(file -> file.toString().matches(".*\\.(sst|log|blob)")).sorted().toList();
      if (!withData.isEmpty()) {
        throw new StorageException(
            directory.path()
                + " is damaged: it holds "
                + directory.path().relativize(withData.get(0))
                + " but no data/CURRENT; restore a copy or give an empty directory");
      }
    }
    return true;
  }

  private void refuseUnknownTables(DataDirectory directory, List<Table> tables)
      throws RocksDBException {
    try (Options options = new Options()) {
      for (byte[] family : RocksDB.listColumnFamilies(options, directory.data().toString())) {
        String name = new String(family, StandardCharsets.UTF_8);
        if (!isDefault(name) && tables.stream().noneMatch(table -> table.name().equals(name))) {
          throw new StorageException(
              directory.path()
                  + " holds the table '"
                  + name
                  + "', which was not asked for; use the release that wrote it or a later one");
        }
      }
    }
  }

  private static boolean isDefault(String name) {
    return name.equals("default");
  }

  private DBOptions databaseOptions(RocksDbSettings settings, boolean create) {
    Properties verified = new Properties();
    // A log that was synced and then switched away from must be there, whole, at the next opening.
    verified.setProperty("track_and_verify_wals_in_manifest", "true");
    return keep(DBOptions.getDBOptionsFromProps(verified))
        .setCreateIfMissing(create)
        .setCreateMissingColumnFamilies(true)
        .setParanoidChecks(true)
        .setWalRecoveryMode(settings.walRecovery().mode)
        .setMaxOpenFiles(settings.maxOpenFiles())
        .setMaxBackgroundJobs(settings.backgroundJobs())
        .setBytesPerSync(BYTES_PER_SYNC)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(INFO_LOG_LIMIT_BYTES)
        .setKeepLogFileNum(INFO_LOG_FILES);
  }

  private ColumnFamilyOptions familyOptions(RocksDbSettings settings) {
    // Indexes and filters live in the cache with the blocks: memory has one bound, the cache's.
    BlockBasedTableConfig format =
        new BlockBasedTableConfig()
            .setBlockCache(keep(new LRUCache(settings.blockCacheSizeBytes())))
            .setBlockSize(BLOCK_SIZE_BYTES)
            .setFilterPolicy(keep(new BloomFilter(BLOOM_BITS_PER_KEY)))
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    return keep(new ColumnFamilyOptions())
        .setTableFormatConfig(format)
        .setWriteBufferSize(settings.memtableSizeBytes())
        .setMaxWriteBufferNumber(settings.memtables())
        .setCompressionType(settings.compression())
        .setLevelCompactionDynamicLevelBytes(true);
  }

  private static StorageException refused(DataDirectory directory, RocksDBException e) {
    String reason = e.getMessage();
    if (reason.contains("While lock file")) {
      return new StorageException(
          directory.path() + " is open in another process; stop that one or give another directory",
          e);
    }
    boolean damaged = e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption;
    // RocksDB names the file unless it is the log.
    boolean inLog = damaged && !reason.contains("MANIFEST") && !reason.contains("CURRENT");
    return new StorageException(
        directory.path()
            + (damaged ? " is damaged: " : " cannot be opened, the disk fails or it is damaged: ")
            + reason.replaceAll("\\s+", " ")
            + "; restore a copy or give an empty directory"
            + (inLog
                ? ", or set storage.rocksdb.wal-recovery = point-in-time to open it with what was"
                    + " written before the damage"
                : ""),
        e);
  }
}
