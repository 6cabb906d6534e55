package io.cartwheel.storage.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageException;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left after a close or a kill, what a copy holds, and what a closed engine answers. */
public abstract class LifecycleContract extends TableContract {

  @Test
  void open_createsAPrivateDirectory() throws IOException {
    Path directory = temporary.resolve("new/below");
    open(directory);
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
  }

  @Test
  void afterACloseEverythingIsThereAgain() {
    assumeTrue(isDurable(), "the engine promises nothing after a close");
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    put(engine, ROWS, "deleted", "v");
    put(engine, META, "m", "");
    delete(engine, ROWS, "deleted");
    engine.close();

    StorageEngine again = open();
    assertEquals(List.of("k=v"), range(again, ROWS, null, null));
    assertEquals(List.of("m="), range(again, META, null, null));
    put(again, ROWS, "k", "w");
    again.close();
    assertEquals("w", get(open(), ROWS, "k"));
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  @Timeout(60)
  void afterAKilledProcessNothingAcknowledgedIsMissing(Durability durability) throws Exception {
    assumeTrue(isDurable(), "the engine promises nothing after its process has ended");
    Path directory = temporary.resolve("db");
    long acknowledged = -1;
    long enough = durability == Durability.SYNCED ? 200 : 3_000;
    try (EngineProcess process =
        EngineProcess.write(temporary, engineName(), directory, durability, settings())) {
      assertEquals("open", process.expectLine());
      while (acknowledged < enough) {
        acknowledged = Long.parseLong(process.expectLine());
      }
      process.kill();
      // What it had printed when it died counts; a last line may be torn.
      for (String line = process.readLine(); line != null; line = process.readLine()) {
        acknowledged = line.equals("" + (acknowledged + 1)) ? acknowledged + 1 : acknowledged;
      }
    }

    StorageEngine engine = open(directory);
    for (long batch = 0; batch <= acknowledged; batch++) {
      for (int entry = 0; entry < EngineProcess.BATCH_ENTRIES; entry++) {
        assertArrayEquals(
            EngineProcess.value(batch, entry),
            engine.get(EngineProcess.table(entry), EngineProcess.key(batch, entry)),
            "batch " + batch + " of " + acknowledged + ", entry " + entry);
      }
    }
    int half = EngineProcess.BATCH_ENTRIES / 2;
    int rows = range(engine, ROWS, null, null).size();
    assertEquals(0, rows % half, "the batch that was not acknowledged is whole or absent");
    assertEquals(rows, range(engine, META, null, null).size(), "in both tables");
  }

  @Test
  void sync_andClose_mayBeCalledAtAnyTime() {
    StorageEngine engine = open();
    engine.sync();
    put(engine, ROWS, "k", "v");
    engine.sync();
    engine.sync();
    engine.close();
    engine.close();
  }

  @Test
  void afterACloseEveryCallSaysSo() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    StorageIterator iterator = engine.iterate(ROWS, null, null);
    assertTrue(iterator.next());
    WriteBatch batch = engine.newBatch();
    batch.put(ROWS, bytes("k"), bytes("w"));
    engine.close();

    batch.put(ROWS, bytes("l"), bytes("w"));
    assertClosed(() -> engine.write(batch, Durability.BUFFERED));
    assertClosed(() -> engine.get(ROWS, bytes("k")));
    assertClosed(() -> engine.getIfWarm(ROWS, bytes("k")));
    assertClosed(() -> engine.iterate(ROWS, null, null));
    assertClosed(engine::sync);
    assertClosed(() -> engine.checkpoint(temporary.resolve("copy")));
    assertClosed(() -> engine.approximateSizeBytes(ROWS, null, null));
    assertClosed(engine::gauges);
    assertClosed(iterator::next);
    assertClosed(iterator::key);
    iterator.close();
    batch.close();
  }

  @Test
  @Timeout(60)
  void close_waitsForCallsThatAreInsideAndRefusesTheRest() throws InterruptedException {
    for (int round = 0; round < 5; round++) {
      StorageEngine engine = open(temporary.resolve("db" + round));
      for (int i = 0; i < 100; i++) {
        put(engine, ROWS, "k" + i, "v");
      }
      AtomicReference<Throwable> failure = new AtomicReference<>();
      CountDownLatch running = new CountDownLatch(3);
      List<Thread> threads = new ArrayList<>();
      threads.add(untilClosed(running, failure, () -> get(engine, ROWS, "k7")));
      threads.add(untilClosed(running, failure, () -> range(engine, ROWS, null, null)));
      threads.add(untilClosed(running, failure, () -> put(engine, META, "k", "v")));
      running.await();
      engine.close();
      for (Thread thread : threads) {
        thread.join();
      }
      assertNull(failure.get());
    }
  }

  @Test
  void aCheckpointIsADirectoryOfItsOwnWithTheStateOfItsMoment() throws IOException {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "then");
    put(engine, META, "m", "then");
    Path target = temporary.resolve("copies/first");
    engine.checkpoint(target);
    put(engine, ROWS, "k", "later");
    put(engine, ROWS, "l", "later");

    StorageEngine copy = open(target);
    assertEquals(List.of("k=then"), range(copy, ROWS, null, null));
    assertEquals(List.of("m=then"), range(copy, META, null, null));
    put(copy, ROWS, "c", "only in the copy");
    assertNull(get(engine, ROWS, "c"));
    assertEquals("later", get(engine, ROWS, "k"));
    assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
    copy.close();
    assertEquals("then", get(open(target), ROWS, "k"), "and can be opened again");
  }

  @Test
  @Timeout(60)
  void aCheckpointDuringWritesHoldsEachBatchInAllTablesOrInNone() throws InterruptedException {
    StorageEngine engine = open();
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch running = new CountDownLatch(1_000);
    Thread writer =
        new Thread(
            () -> {
              for (long i = 0; !done.get(); i++) {
                try (WriteBatch batch = engine.newBatch()) {
                  for (int entry = 0; entry < 2; entry++) {
                    batch.put(
                        EngineProcess.table(entry),
                        EngineProcess.key(i, 0),
                        EngineProcess.value(i, 0));
                  }
                  engine.write(batch, Durability.BUFFERED);
                }
                running.countDown();
              }
            });
    writer.setUncaughtExceptionHandler(
        (which, thrown) -> {
          failure.set(thrown);
          while (running.getCount() > 0) {
            running.countDown();
          }
        });
    writer.start();
    running.await();
    for (int round = 0; round < 3; round++) {
      engine.checkpoint(temporary.resolve("copy" + round));
    }
    done.set(true);
    writer.join();
    assertNull(failure.get());

    for (int round = 0; round < 3; round++) {
      try (StorageEngine copy = open(temporary.resolve("copy" + round))) {
        List<String> rows = range(copy, ROWS, null, null);
        assertTrue(rows.size() >= 1_000, () -> "what was written before is in it: " + rows.size());
        assertEquals(rows, range(copy, META, null, null));
      }
    }
  }

  @Test
  void aCheckpointIntoAnExistingDirectoryIsRefusedAndTheEngineGoesOn() throws IOException {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    Path target = Files.createDirectory(temporary.resolve("copy"));

    StorageException refusal =
        assertThrows(StorageException.class, () -> engine.checkpoint(target));
    assertTrue(refusal.getMessage().contains(target.toString()), refusal.getMessage());
    put(engine, ROWS, "k", "w");
    engine.checkpoint(temporary.resolve("other"));
    try (var files = Files.list(temporary)) {
      assertFalse(files.anyMatch(file -> file.toString().contains("partial")));
    }
  }

  @Test
  void aLaterReleaseMayAddTablesAndAnEarlierOneIsToldOfThem() {
    StorageEngine engine = open();
    put(engine, META, "m", "v");
    Path target = temporary.resolve("copy");
    engine.checkpoint(target);

    Table added = new Table("added");
    StorageEngine later = open(target, ROWS, META, added);
    assertEquals("v", get(later, META, "m"));
    put(later, added, "k", "v");
    later.close();
    StorageException refusal = assertThrows(StorageException.class, () -> open(target, ROWS));
    assertTrue(refusal.getMessage().contains(target.toString()), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("holds the table"), refusal.getMessage());
  }

  private static Thread untilClosed(
      CountDownLatch running, AtomicReference<Throwable> failure, Runnable call) {
    Thread thread =
        new Thread(
            () -> {
              call.run();
              running.countDown();
              assertClosed(
                  () -> {
                    while (true) {
                      call.run();
                    }
                  });
            });
    thread.setUncaughtExceptionHandler((which, thrown) -> failure.set(thrown));
    thread.start();
    return thread;
  }

  private static void assertClosed(Runnable call) {
    IllegalStateException thrown = assertThrows(IllegalStateException.class, call::run);
    assertTrue(thrown.getMessage().contains("closed"), thrown.getMessage());
  }
}
