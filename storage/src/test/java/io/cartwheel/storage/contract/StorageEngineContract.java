package io.cartwheel.storage.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole contract of a {@link StorageEngine}: {@link TableContract}, {@link LifecycleContract},
 * and here what an engine refuses to open. Every refusal is one line, names the directory, and says
 * what to do.
 */
public abstract class StorageEngineContract extends LifecycleContract {

  @Test
  void aDamagedDirectoryIsRefused() throws IOException {
    Path copy = closedCopy();
    damage(copy);
    assertRefused(copy, "damaged");
    assertRefused(copy, "restore a copy");
  }

  @Test
  void aDirectoryWithFilesOfSomebodyElseIsRefusedAndLeftAlone() throws IOException {
    Path directory = Files.createDirectory(temporary.resolve("photos"));
    Files.writeString(directory.resolve("holiday.jpg"), "not ours");

    assertRefused(directory, "'holiday.jpg'");
    assertRefused(directory, "give an empty or a new directory");
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void anEmptyDirectoryIsUsedAsItIs() throws IOException {
    Path directory = Files.createDirectory(temporary.resolve("mounted"));
    Files.createDirectory(directory.resolve("lost+found"));
    put(open(directory), ROWS, "k", "v");
  }

  @Test
  void aDirectoryOfAnotherEngineIsRefused() throws IOException {
    Path copy = closedCopy();
    writeFormat(copy, "cartwheel-storage\nengine=stone-tablets\nversion=1\n");
    assertRefused(copy, "'stone-tablets'");
    assertRefused(copy, "set storage.engine = stone-tablets");
  }

  @Test
  void aLaterFormatIsRefused() throws IOException {
    Path copy = closedCopy();
    writeFormat(copy, "cartwheel-storage\nengine=" + engineName() + "\nversion=900\n");
    assertRefused(copy, "format version 900");
    assertRefused(copy, "use the release that wrote it or a later one");
  }

  @Test
  void aDamagedIdentityIsRefused() throws IOException {
    Path copy = closedCopy();
    for (String damaged : new String[] {"", "cartwheel-storage\n", "x".repeat(100_000), "\0"}) {
      writeFormat(copy, damaged);
      assertRefused(copy, "damaged FORMAT");
    }
  }

  @Test
  void anUnfinishedCreationIsTakenUpAgain() throws IOException {
    Path directory = Files.createDirectory(temporary.resolve("db"));
    Files.writeString(directory.resolve("FORMAT.tmp"), "cartw");
    Files.createFile(directory.resolve("LOCK"));
    put(open(directory), ROWS, "k", "v");
  }

  @Test
  void aDirectoryThatThisProcessHasOpenIsRefused() throws IOException {
    Path directory = temporary.resolve("db");
    StorageEngine engine = open(directory);
    assertRefused(directory, "open already in this process");
    Path link = Files.createSymbolicLink(temporary.resolve("link"), directory);
    assertRefused(link, "open already in this process");

    put(engine, ROWS, "k", "v");
    assertEquals("v", get(engine, ROWS, "k"), "the first goes on");
    engine.close();
    open(directory);
  }

  @Test
  @Timeout(60)
  void aDirectoryThatAnotherProcessHasOpenIsRefusedUntilThatEnds() throws Exception {
    Path directory = temporary.resolve("db");
    try (EngineProcess other = EngineProcess.hold(temporary, engineName(), directory, settings())) {
      assertEquals("open", other.expectLine());
      assertRefused(directory, "open in another process");
      assertRefused(directory, "stop that one");
    }
    open(directory);
  }

  @Test
  @Timeout(60)
  void aRefusedSecondOpeningDoesNotLoosenTheLockOfTheFirst() throws Exception {
    Path directory = temporary.resolve("db");
    open(directory);
    assertRefused(directory, "open already in this process");

    try (EngineProcess other = EngineProcess.hold(temporary, engineName(), directory, settings())) {
      AssertionError ended = assertThrows(AssertionError.class, other::expectLine);
      assertTrue(ended.getMessage().contains("open in another process"), ended.getMessage());
    }
  }

  @Test
  void aPathThatIsAFileIsRefused() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "here already");
    assertRefused(file, "is a file");
    assertRefused(file.resolve("below"), "cannot be used as a storage directory");
    assertEquals("here already", Files.readString(file));
  }

  @Test
  void aDirectoryThatCannotBeMadeIsRefused() {
    Path nowhere = Path.of("/proc/cartwheel-storage");
    assumeTrue(Files.isDirectory(nowhere.getParent()), "no /proc here");
    assertRefused(nowhere, "must be writable by");
  }

  @Test
  void aDirectoryThatIsNotWritableIsRefused() throws IOException {
    assumeFalse(System.getProperty("user.name").equals("root"), "root may write anywhere");
    Path directory = Files.createDirectory(temporary.resolve("read-only"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
    assertRefused(directory, "must be writable by");
  }

  @Test
  void anUnknownSettingIsRefused() {
    StorageException refusal =
        assertThrows(
            StorageException.class,
            () ->
                StorageEngines.open(
                    engineName(), temporary.resolve("db"), TABLES, Map.of("no-such", "7")));
    String prefix = "storage." + engineName() + ".no-such = '7': ";
    assertTrue(refusal.getMessage().startsWith(prefix), refusal.getMessage());
    assertFalse(Files.exists(temporary.resolve("db")), "settings are checked before anything else");
  }

  /** A directory that holds an entry and that nobody has open, of engines that forget, too. */
  protected final Path closedCopy() {
    Path copy = temporary.resolve("copy");
    try (StorageEngine engine = open(temporary.resolve("original"))) {
      for (int i = 0; i < 500; i++) {
        put(engine, ROWS, "key" + i, "value" + i);
      }
      engine.checkpoint(copy);
    }
    return copy;
  }

  /** Opening must fail in one line with the directory's name and these words. */
  protected final StorageException assertRefused(Path directory, String words) {
    StorageException refusal = assertThrows(StorageException.class, () -> open(directory));
    String message = refusal.getMessage();
    assertTrue(message.contains(directory.toString()), message);
    assertTrue(message.contains(words), message);
    assertFalse(message.contains("\n"), message);
    return refusal;
  }

  private static void writeFormat(Path directory, String text) throws IOException {
    Files.writeString(directory.resolve("FORMAT"), text);
  }
}
