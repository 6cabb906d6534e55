package io.cartwheel.storage.rocksdb;

import io.cartwheel.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native library, once for the process, before any class of RocksDB that needs it.
 *
 * <p>RocksDB unpacks it (17 MB) under a new name in the temporary directory at each start, and a
 * killed process leaves it there. So it is unpacked under a fixed name below the data directory,
 * which the next start replaces; it goes to the temporary directory only where programs may not be
 * mapped from the data directory.
 */
final class NativeLibrary {
  private static boolean loaded;

  private NativeLibrary() {}

  static synchronized void load(Path dataDirectory) {
    if (loaded) {
      return;
    }
    try {
      if (System.getenv("ROCKSDB_SHAREDLIB_DIR") == null) {
        loadFrom(dataDirectory.resolve("native"));
      }
      RocksDB.loadLibrary();
      loaded = true;
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      throw new StorageException(
          "RocksDB's native library cannot be loaded on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + e.getMessage()
              + "; set ROCKSDB_SHAREDLIB_DIR to a directory that allows execution",
          e);
    }
  }

  private static void loadFrom(Path directory) {
    try {
      Files.createDirectories(directory);
      NativeLibraryLoader.getInstance().loadLibrary(directory.toAbsolutePath().toString());
    } catch (IOException | UnsatisfiedLinkError e) {
      // A full disk or a mount without execution; the temporary directory may do.
      return;
    }
  }
}
