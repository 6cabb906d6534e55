package io.cartwheel.storage.rocksdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageEngines;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.WriteBatch;
import io.cartwheel.storage.contract.StorageEngineContract;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDB;

class RocksDbEngineTest extends StorageEngineContract {
  @Override
  protected String engineName() {
    return "rocksdb";
  }

  /** Small enough that the tests reach flushes and compactions. */
  @Override
  protected Map<String, String> settings() {
    return Map.of("memtable-size", "256 KiB", "block-cache-size", "4 MiB");
  }

  @Override
  protected void damage(Path directory) throws IOException {
    truncate(file(directory, ".*\\.sst"), 1);
  }

  @Test
  void damagedOrMissingFilesAreRefused() throws IOException {
    Path current = file(closedCopy(), "CURRENT");
    Path copy = temporary.resolve("copy");
    final byte[] good = Files.readAllBytes(current);
    Files.writeString(current, "garbage");
    assertRefused(copy, "damaged");
    Files.writeString(current, "MANIFEST-999999\n");
    assertRefused(copy, "damaged");
    Files.delete(current);
    assertRefused(copy, "no data/CURRENT");
    Files.write(current, good);

    Path manifest = file(copy, "MANIFEST-.*");
    byte[] sound = Files.readAllBytes(manifest);
    flip(manifest, sound.length / 2);
    assertRefused(copy, "damaged");
    assertFalse(assertRefused(copy, "MANIFEST").getMessage().contains("wal-recovery"));
    Files.write(manifest, new byte[0]);
    assertRefused(copy, "damaged");
    Files.write(manifest, sound);

    Path table = file(copy, ".*\\.sst");
    Path aside = temporary.resolve("aside");
    Files.move(table, aside);
    assertRefused(copy, "damaged");
    Files.move(aside, table);
    assertEquals("value7", get(open(copy), ROWS, "key7"), "sound again, and no refusal hurt it");
  }

  @Test
  void aFlippedBitInATableIsAnErrorAndNeverAWrongAnswer() throws IOException {
    Path copy = closedCopy();
    flip(file(copy, ".*\\.sst"), 100);
    StorageEngine engine = open(copy);
    StorageException failure =
        assertThrows(StorageException.class, () -> range(engine, ROWS, null, null));
    assertTrue(failure.getMessage().contains(copy.toString()), failure.getMessage());
    assertTrue(failure.getMessage().contains("restore a copy"), failure.getMessage());
  }

  @Test
  void aTornTailOfTheLogIsForgivenAndCostsOnlyTheLastRecord() throws IOException {
    Path directory = temporary.resolve("db");
    truncate(killedLog(directory), 3);

    StorageEngine engine = open(directory);
    assertEquals("8".repeat(100), get(engine, ROWS, "key8"));
    assertNull(get(engine, ROWS, "key9"));
  }

  @Test
  void damageInTheMiddleOfTheLogIsRefusedUnlessTheOperatorChoosesOtherwise() throws IOException {
    Path directory = temporary.resolve("db");
    Path log = killedLog(directory);
    flip(log, Files.size(log) / 2);
    assertRefused(directory, "damaged");
    assertRefused(directory, "set storage.rocksdb.wal-recovery = point-in-time");

    try (StorageEngine engine =
        StorageEngines.open(
            "rocksdb", directory, TABLES, Map.of("wal-recovery", "point-in-time"))) {
      assertEquals("0".repeat(100), get(engine, ROWS, "key0"));
      assertNull(get(engine, ROWS, "key9"));
    }
  }

  @Test
  void aMissingLogIsRefused() throws IOException {
    Path live = temporary.resolve("live");
    StorageEngine engine = open(live);
    // The entry keeps its log alive, while the other table fills log after log.
    put(engine, META, "m", "v");
    for (int i = 0; i < 100; i++) {
      put(engine, ROWS, bytes("key" + i), new byte[10_000]);
      engine.sync();
    }
    Path directory = temporary.resolve("db");
    copyTree(live, directory);
    try (Stream<Path> files = Files.list(directory.resolve("data"))) {
      Files.delete(
          files.filter(file -> file.toString().endsWith(".log")).sorted().findFirst().get());
    }
    assertRefused(directory, "damaged");
  }

  @Test
  @Timeout(60)
  void tryWrite_writesNothingInAStallWhileReadsGoOn() throws Exception {
    StorageEngine engine =
        StorageEngines.open(
            "rocksdb",
            temporary.resolve("db"),
            TABLES,
            Map.of("memtable-size", "64 KiB", "memtables", "2"));
    try (engine) {
      RocksDB db = ((RocksDbEngine) engine).db();
      db.pauseBackgroundWork();
      int taken = 0;
      while (tryPut(engine, taken)) {
        taken++;
        assertTrue(taken < 1_000, "no stall");
      }
      assertTrue(taken > 0);
      assertNull(engine.get(ROWS, bytes("key" + taken)), "nothing of the batch is there");
      assertNull(engine.get(META, bytes("key" + taken)), "nothing of the batch is there");
      assertEquals(10_000, engine.getIfWarm(ROWS, bytes("key0")).length);
      assertFalse(tryPut(engine, taken), "not before the stall has ended");

      db.continueBackgroundWork();
      while (!tryPut(engine, taken)) {
        Thread.onSpinWait();
      }
      assertEquals(10_000, engine.get(ROWS, bytes("key" + taken)).length);
      assertEquals("v", get(engine, META, "key" + taken));
    }
  }

  private static boolean tryPut(StorageEngine engine, int number) {
    try (WriteBatch batch = engine.newBatch()) {
      batch.put(ROWS, bytes("key" + number), new byte[10_000]);
      batch.put(META, bytes("key" + number), bytes("v"));
      return engine.tryWrite(batch, Durability.BUFFERED);
    }
  }

  @Test
  void getIfWarm_isColdUntilSomebodyHasReadFromTheDisk() {
    Path copy = closedCopy();
    StorageEngine engine = open(copy);
    assertSame(StorageEngine.COLD, engine.getIfWarm(ROWS, bytes("key7")));
    assertEquals("value7", get(engine, ROWS, "key7"));
    assertEquals("value7", text(engine.getIfWarm(ROWS, bytes("key7"))));
    assertNull(engine.getIfWarm(ROWS, bytes("no such key")), "the filter is in memory by now");
  }

  @Test
  @Timeout(60)
  void afterAFailedWriteNothingIsAcceptedAnyMore() throws IOException {
    Path directory = temporary.resolve("db");
    StorageEngine engine = open(directory);
    StorageIterator iterator = engine.iterate(ROWS, null, null);
    // Without its directory RocksDB cannot begin the next file when the memtable is full.
    Files.move(directory.resolve("data"), temporary.resolve("lost"));
    byte[] value = new byte[10_000];
    StorageException failure =
        assertThrows(
            StorageException.class,
            () -> {
              for (int i = 0; i < 10_000; i++) {
                put(engine, ROWS, bytes("key" + i), value);
              }
            });
    assertTrue(failure.getMessage().contains(directory.toString()), failure.getMessage());

    assertBroken(() -> put(engine, ROWS, "k", "v"));
    assertBroken(() -> engine.get(ROWS, bytes("key0")));
    assertBroken(engine::sync);
    assertBroken(iterator::next);
    iterator.close();
    engine.close();
    assertThrows(IllegalStateException.class, engine::sync);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "lz4", "zstd"})
  void everyCompressionIsInTheLibrary(String compression) {
    Path directory = temporary.resolve("db");
    Map<String, String> settings = Map.of("compression", compression);
    try (StorageEngine engine = StorageEngines.open("rocksdb", directory, TABLES, settings)) {
      put(engine, ROWS, "k", "v".repeat(10_000));
      engine.checkpoint(temporary.resolve("copy"));
    }
    assertEquals("v".repeat(10_000), get(open(temporary.resolve("copy")), ROWS, "k"));
  }

  @Test
  void dataLargerThanAllBuffersIsReadBackWhole() {
    StorageEngine engine = open();
    Random random = new Random(7);
    byte[] value = new byte[4_000];
    for (int i = 0; i < 3_000; i++) {
      random.nextBytes(value);
      put(engine, ROWS, bytes(String.format("%05d", i * 7919 % 3_000)), value.clone());
    }
    assertEquals(3_000, range(engine, ROWS, null, null).size());
    engine.close();
    assertEquals(3_000, range(open(), ROWS, null, null).size());
  }

  @Test
  void gaugesShowWriteStalls() {
    Map<String, Long> gauges = open().gauges();
    assertEquals(0L, gauges.get("write-stopped"));
    assertEquals(0L, gauges.get("delayed-write-rate-bytes-per-second"));
    assertTrue(gauges.get("memtables-size-bytes") > 0);
  }

  /** A log with ten records of about 130 bytes and no table file, as a killed process leaves it. */
  private Path killedLog(Path directory) throws IOException {
    Path live = temporary.resolve("live");
    StorageEngine engine = open(live);
    for (int i = 0; i < 10; i++) {
      put(engine, ROWS, "key" + i, ("" + i).repeat(100));
    }
    engine.sync();
    // The files as they are now are what a kill would leave.
    copyTree(live, directory);
    return file(directory, ".*\\.log");
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    }
  }

  private static void assertBroken(Runnable call) {
    StorageException thrown = assertThrows(StorageException.class, call::run);
    assertTrue(thrown.getMessage().contains("is broken since a write failed"), thrown::toString);
  }

  private static Path file(Path directory, String name) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("data"))) {
      return files
          .filter(file -> file.getFileName().toString().matches(name))
          .max(RocksDbEngineTest::bySize)
          .orElseThrow();
    }
  }

  private static int bySize(Path a, Path b) {
    return Long.compare(a.toFile().length(), b.toFile().length());
  }

  private static void truncate(Path file, int bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - bytes);
    }
  }

  private static void flip(Path file, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) at] ^= 0x10;
    // Not in place: a checkpoint shares its table files with the original by hard links.
    Files.delete(file);
    Files.write(file, bytes);
  }
}
