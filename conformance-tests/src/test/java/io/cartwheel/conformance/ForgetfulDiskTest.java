package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The disk that {@code PowerLossTest} relies on forgets what was not synced, and nothing else. */
@Timeout(60)
class ForgetfulDiskTest {
  static final String SKIPPED = "skipped: cutting a disk's power needs Linux, root and /dev/fuse";

  private ForgetfulDisk disk;
  private Path root;

  @BeforeEach
  void mount(@TempDir Path directory) {
    root = directory.resolve("disk");
    disk = ForgetfulDisk.mount(root);
    assumeTrue(disk != null, SKIPPED);
  }

  @AfterEach
  void unmount() {
    if (disk != null) {
      disk.close();
    }
  }

  @Test
  void writes_surviveWhereTheFileAndItsNameWereSynced() throws IOException {
    for (String name : List.of("synced", "unsynced", "nameless")) {
      Files.writeString(root.resolve(name), "first");
    }
    sync(root.resolve("synced"));
    sync(root.resolve("nameless"));
    Files.delete(root.resolve("nameless"));
    sync(root);
    Files.writeString(root.resolve("nameless"), "again");
    sync(root.resolve("nameless"));
    Files.writeString(root.resolve("synced"), "second, longer", StandardOpenOption.WRITE);
    assertEquals("second, longer", Files.readString(root.resolve("synced")));

    powerCycle(0);

    assertEquals(List.of("synced", "unsynced"), names(root));
    assertEquals("first", Files.readString(root.resolve("synced")));
    assertEquals("", Files.readString(root.resolve("unsynced")));
  }

  @Test
  void names_surviveWhereTheirDirectoryWasSynced() throws IOException {
    Files.createDirectory(root.resolve("kept"));
    sync(root);
    Path kept = root.resolve("kept");
    for (String name : List.of("a", "b", "c")) {
      Files.writeString(kept.resolve(name), name);
      sync(kept.resolve(name));
    }
    sync(kept);
    Files.move(kept.resolve("a"), kept.resolve("b"), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(kept.resolve("c"));
    Files.createDirectory(root.resolve("lost"));
    Files.writeString(root.resolve("lost").resolve("d"), "d");
    sync(root.resolve("lost").resolve("d"));
    sync(root.resolve("lost"));
    assertEquals(List.of("b"), names(kept));

    powerCycle(0);

    assertEquals(List.of("kept"), names(root));
    assertEquals(List.of("a", "b", "c"), names(kept));
    assertEquals("b", Files.readString(kept.resolve("b")));

    Files.move(kept.resolve("a"), kept.resolve("b"), StandardCopyOption.ATOMIC_MOVE);
    sync(kept);
    powerCycle(0);

    assertEquals(List.of("b", "c"), names(kept));
    assertEquals("a", Files.readString(kept.resolve("b")));
  }

  @Test
  void truncation_isUndoneUnlessSynced() throws IOException {
    Path file = root.resolve("file");
    byte[] text = "0123456789".repeat(2_000).getBytes(StandardCharsets.US_ASCII);
    Files.write(file, text);
    sync(file);
    sync(root);
    truncate(file, 5);
    powerCycle(0);
    assertEquals(new String(text, StandardCharsets.US_ASCII), Files.readString(file));

    truncate(file, 5);
    truncate(file, 8);
    sync(file);
    powerCycle(0);
    assertEquals("01234\0\0\0", Files.readString(file));
  }

  @Test
  void seed_sparesABeginningOfWhatWasNotSynced() throws IOException {
    Path file = root.resolve("file");
    Files.writeString(file, "");
    sync(root);
    TreeSet<Long> sizes = new TreeSet<>();
    for (int seed = 1; seed <= 20; seed++) {
      truncate(file, 0);
      sync(file);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        for (int i = 0; i < 10; i++) {
          channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
        }
      }
      powerCycle(seed);
      byte[] left = Files.readAllBytes(file);
      sizes.add((long) left.length);
      for (int i = 0; i < left.length; i++) {
        assertEquals(i % 10 + 1, left[i]);
      }
    }
    assertTrue(sizes.size() > 5, "sizes that were left: " + sizes);
    assertTrue(sizes.stream().anyMatch(size -> size % 10 != 0), "none was torn: " + sizes);
  }

  @Test
  void withoutPower_nothingIsWrittenAndSyncsFail() throws IOException {
    Path file = root.resolve("file");
    Files.writeString(file, "before");
    sync(file);
    sync(root);
    try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
      disk.cut(0);
      assertThrows(IOException.class, () -> open.write(ByteBuffer.wrap(new byte[10])));
      assertThrows(IOException.class, () -> open.force(false));
      assertThrows(IOException.class, () -> Files.createFile(root.resolve("new")));
      disk.restore();
      assertThrows(IOException.class, () -> open.write(ByteBuffer.wrap(new byte[10])));
    }
    assertEquals("before", Files.readString(file));
    assertEquals(List.of("file"), names(root));
  }

  private void powerCycle(long seed) {
    disk.cut(seed);
    disk.restore();
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel =
        Files.isDirectory(path)
            ? FileChannel.open(path, StandardOpenOption.READ)
            : FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void truncate(Path file, long size) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(size);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
