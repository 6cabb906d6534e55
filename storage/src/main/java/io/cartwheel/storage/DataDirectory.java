package io.cartwheel.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory that belongs to one engine of one process: an identity file, a lock, and the engine's
 * own files below {@code data}.
 *
 * <pre>
 * FORMAT   "cartwheel-storage", the engine's name and the version of its format
 * LOCK     locked while a process has the directory open
 * data/    whatever the engine likes
 * </pre>
 *
 * <p>The identity is written before the engine writes anything, so a directory that has files but
 * no identity was not written by Cartwheel, and is refused rather than mixed up with.
 */
public final class DataDirectory implements AutoCloseable {
  private static final String FORMAT = "FORMAT";
  private static final String FORMAT_BEING_WRITTEN = "FORMAT.tmp";
  private static final String LOCK = "LOCK";
  private static final String DATA = "data";
  private static final String MAGIC = "cartwheel-storage";
  private static final long FORMAT_LIMIT_BYTES = 4096;

  /** What may be there before the identity is; {@code lost+found}: a file system of its own. */
  private static final Set<String> HARMLESS = Set.of(LOCK, FORMAT_BEING_WRITTEN, "lost+found");

  /**
   * The directories that this process holds. POSIX drops all locks that a process has on a file
   * when it closes any channel to it, so a second attempt must not even open the lock file.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path path;
  private final Path heldAs;
  private final FileChannel lockChannel;
  private boolean closed;

  private DataDirectory(Path path, Path heldAs, FileChannel lockChannel) {
    this.path = path;
    this.heldAs = heldAs;
    this.lockChannel = lockChannel;
  }

  /**
   * Creates the directory (mode 0700) when absent, locks it, and checks or writes its identity.
   *
   * @param engine the engine's name
   * @param version the format it writes; every earlier one, from 1, must be readable
   * @throws StorageException naming the directory and what to do, when it is not a directory, not
   *     writable, in use, foreign, damaged, another engine's, or of a later version
   */
  public static DataDirectory open(Path path, String engine, int version) {
    return open(path, engine, version, DataDirectory::syncDirectory);
  }

  /** As {@link #open(Path, String, int)}; {@code sync} makes the names in a directory durable. */
  static DataDirectory open(Path path, String engine, int version, DirectorySync sync) {
    try {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw new StorageException(path + " is a file; a storage directory is needed there");
      }
      createPrivate(path, sync);
      if (!Files.isWritable(path)) {
        throw notWritable(path, null);
      }
      refuseForeign(path);
      Path heldAs = path.toRealPath();
      DataDirectory directory = new DataDirectory(path, heldAs, lock(path, heldAs));
      boolean opened = false;
      try {
        directory.checkIdentity(engine, version, sync);
        createPrivate(directory.data(), sync);
        // Even if it was there: by a process that was killed before it came to this.
        sync.sync(path);
        opened = true;
      } finally {
        if (!opened) {
          directory.close();
        }
      }
      return directory;
    } catch (IOException e) {
      throw notWritable(path, e);
    }
  }

  /** The directory as it was given. */
  public Path path() {
    return path;
  }

  /** Where the engine keeps its files; exists. */
  public Path data() {
    return path.resolve(DATA);
  }

  /**
   * Makes a new data directory at {@code target}, whole or not at all: {@code fill} gets the absent
   * path of its {@code data}, and what it makes must be on the disk when it returns.
   *
   * @throws StorageException when the target exists or cannot be written
   */
  public static void createCopy(Path target, String engine, int version, Filler fill) {
    Path absolute = target.toAbsolutePath();
    if (Files.exists(absolute)) {
      throw new StorageException(target + " exists already; a checkpoint needs a new directory");
    }
    Path parent = absolute.getParent();
    Path partial = null;
    try {
      createPrivate(parent, DataDirectory::syncDirectory);
      partial = Files.createTempDirectory(parent, absolute.getFileName() + ".partial-");
      fill.fill(partial.resolve(DATA));
      writeIdentity(partial, engine, version, DataDirectory::syncDirectory);
      Files.move(partial, absolute, StandardCopyOption.ATOMIC_MOVE);
      partial = null;
      syncDirectory(parent);
    } catch (IOException e) {
      throw new StorageException("checkpoint into " + target + " failed: " + e, e);
    } finally {
      if (partial != null) {
        deleteTree(partial);
      }
    }
  }

  /** Writes the contents of a copy. */
  @FunctionalInterface
  public interface Filler {
    void fill(Path data) throws IOException;
  }

  /** Makes the names in a directory durable. */
  @FunctionalInterface
  interface DirectorySync {
    void sync(Path directory) throws IOException;
  }

  /** Makes the entries of a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Releases the directory. Idempotent. */
  @Override
  public void close() {
    synchronized (HELD) {
      if (closed) {
        return;
      }
      closed = true;
      try {
        lockChannel.close();
      } catch (IOException e) {
        throw new StorageException("cannot release " + path + ": " + e.getMessage(), e);
      } finally {
        HELD.remove(heldAs);
      }
    }
  }

  /** Creates a directory, and those above it, when absent; a loss of power does not undo it. */
  private static void createPrivate(Path directory, DirectorySync sync) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path lowestThere = directory.toAbsolutePath().getParent();
    while (lowestThere != null && !Files.isDirectory(lowestThere)) {
      lowestThere = lowestThere.getParent();
    }
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path above = directory.toAbsolutePath().getParent();
    while (above != null) {
      syncIfReadable(above, sync);
      above = above.equals(lowestThere) ? null : above.getParent();
    }
  }

  /** A directory of somebody else may hold ours and yet not be ours to read. */
  private static void syncIfReadable(Path directory, DirectorySync sync) throws IOException {
    if (Files.isReadable(directory)) {
      sync.sync(directory);
    }
  }

  private static void refuseForeign(Path path) throws IOException {
    if (Files.exists(path.resolve(FORMAT))) {
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      List<String> foreign =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !HARMLESS.contains(name))
              .sorted()
              .toList();
      if (!foreign.isEmpty()) {
        throw new StorageException(
            path
                + " has no "
                + FORMAT
                + " file but holds '"
                + foreign.get(0)
                + "', so Cartwheel did not write it; give an empty or a new directory");
      }
    }
  }

  private static FileChannel lock(Path path, Path heldAs) throws IOException {
    synchronized (HELD) {
      if (!HELD.add(heldAs)) {
        throw new StorageException(path + " is open already in this process; close it first");
      }
      FileChannel channel = null;
      FileLock lock = null;
      try {
        channel =
            FileChannel.open(
                path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = channel.tryLock();
        if (lock == null) {
          throw new StorageException(
              path + " is open in another process; stop that one or give another directory");
        }
        return channel;
      } finally {
        if (lock == null) {
          HELD.remove(heldAs);
          if (channel != null) {
            channel.close();
          }
        }
      }
    }
  }

  private void checkIdentity(String engine, int version, DirectorySync sync) throws IOException {
    Path file = path.resolve(FORMAT);
    if (!Files.exists(file)) {
      // Again, now that nobody else can be creating it: the first look was without the lock.
      refuseForeign(path);
      writeIdentity(path, engine, version, sync);
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        syncIfReadable(parent, sync);
      }
      return;
    }
    List<String> lines =
        Files.size(file) > FORMAT_LIMIT_BYTES
            ? List.of()
            : new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList();
    if (lines.size() != 3
        || !lines.get(0).equals(MAGIC)
        || !lines.get(1).matches("engine=[a-z0-9-]+")
        || !lines.get(2).matches("version=[1-9][0-9]{0,8}")) {
      throw new StorageException(
          path + " has a damaged " + FORMAT + " file; restore a copy or give an empty directory");
    }
    String writer = lines.get(1).substring("engine=".length());
    if (!writer.equals(engine)) {
      throw new StorageException(
          path
              + " was written by the storage engine '"
              + writer
              + "', not '"
              + engine
              + "'; set storage.engine = "
              + writer
              + " or give another directory");
    }
    int written = Integer.parseInt(lines.get(2).substring("version=".length()));
    if (written > version) {
      throw new StorageException(
          path
              + " has format version "
              + written
              + " of the engine '"
              + engine
              + "', this release reads up to "
              + version
              + "; use the release that wrote it or a later one");
    }
  }

  private static void writeIdentity(Path directory, String engine, int version, DirectorySync sync)
      throws IOException {
    byte[] text =
        (MAGIC + "\nengine=" + engine + "\nversion=" + version + "\n")
            .getBytes(StandardCharsets.US_ASCII);
    Path unfinished = directory.resolve(FORMAT_BEING_WRITTEN);
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer rest = ByteBuffer.wrap(text);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(unfinished, directory.resolve(FORMAT), StandardCopyOption.ATOMIC_MOVE);
    sync.sync(directory);
  }

  private static void deleteTree(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The failure that led here is on its way; what stays is called ".partial-" and harms nobody.
      return;
    }
  }

  private static StorageException notWritable(Path path, IOException cause) {
    String reason = cause == null ? "" : ": " + reason(cause);
    return new StorageException(
        path
            + " cannot be used as a storage directory"
            + reason
            + "; it must be writable by "
            + System.getProperty("user.name"),
        cause);
  }

  private static String reason(IOException e) {
    return e instanceof AccessDeniedException ? "permission denied" : e.toString();
  }
}
