package io.cartwheel.storage;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Finds engines by name among the {@link StorageEngineProvider}s on the class path. */
public final class StorageEngines {
  private StorageEngines() {}

  /**
   * Opens or creates the engine called {@code name}; see {@link StorageEngineProvider#open}.
   *
   * @throws StorageException as there, or when no engine has this name; the message lists the names
   */
  public static StorageEngine open(
      String name, Path directory, List<Table> tables, Map<String, String> settings) {
    return provider(name).open(directory, tables, settings);
  }

  /** The provider called {@code name}. */
  public static StorageEngineProvider provider(String name) {
    Map<String, StorageEngineProvider> known = new TreeMap<>();
    for (StorageEngineProvider provider : ServiceLoader.load(StorageEngineProvider.class)) {
      known.put(provider.name(), provider);
    }
    StorageEngineProvider provider = known.get(name);
    if (provider == null) {
      throw new StorageException(
          "storage.engine = '" + name + "': no such engine; one of " + known.keySet());
    }
    return provider;
  }
}
