package io.cartwheel.storage;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Opens engines of one kind; found by {@link java.util.ServiceLoader}. */
public interface StorageEngineProvider {
  /** The value of the setting {@code storage.engine} that selects this kind. */
  String name();

  /**
   * Opens or creates the engine in {@code directory} (created with mode 0700 when absent) with
   * exactly these tables.
   *
   * @param settings the settings below {@code storage.<name>.}; an unknown name or a bad value is
   *     refused
   * @throws StorageException naming the directory, when it is corrupt, was written by something
   *     else or by a later format, or is open in another process
   */
  StorageEngine open(Path directory, List<Table> tables, Map<String, String> settings);
}
