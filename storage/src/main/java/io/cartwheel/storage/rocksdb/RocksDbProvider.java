package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngineProvider;
import io.cartwheel.storage.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens {@link RocksDbEngine}s, with the settings of {@link RocksDbSettings}. */
public final class RocksDbProvider implements StorageEngineProvider {
  static final String NAME = "rocksdb";

  /** What version 1 says: RocksDB as it is, a column family per table, the bytewise order. */
  static final int FORMAT_VERSION = 1;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StorageEngine open(Path directory, List<Table> tables, Map<String, String> settings) {
    RocksDbSettings checked = RocksDbSettings.of(settings);
    DataDirectory owned = DataDirectory.open(directory, NAME, FORMAT_VERSION);
    boolean opened = false;
    try {
      NativeLibrary.load(owned.path());
      StorageEngine engine =
          new RocksDbEngine(owned, OpenDatabase.open(owned, List.copyOf(tables), checked));
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        owned.close();
      }
    }
  }
}
