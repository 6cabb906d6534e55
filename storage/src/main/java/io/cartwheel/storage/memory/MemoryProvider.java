package io.cartwheel.storage.memory;

import io.cartwheel.storage.DataDirectory;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngineProvider;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens {@link MemoryEngine}s; it has no settings. */
public final class MemoryProvider implements StorageEngineProvider {
  static final String NAME = "memory";
  static final int FORMAT_VERSION = 1;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StorageEngine open(Path directory, List<Table> tables, Map<String, String> settings) {
    if (!settings.isEmpty()) {
      String unknown = settings.keySet().stream().sorted().toList().get(0);
      throw new StorageException(
          "storage.memory."
              + unknown
              + " = '"
              + settings.get(unknown)
              + "': unknown setting; the engine 'memory' has none");
    }
    DataDirectory owned = DataDirectory.open(directory, NAME, FORMAT_VERSION);
    boolean opened = false;
    try {
      Map<Table, Treap> contents = CheckpointFile.read(owned, List.copyOf(tables));
      StorageEngine engine = new MemoryEngine(owned, contents);
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        owned.close();
      }
    }
  }
}
