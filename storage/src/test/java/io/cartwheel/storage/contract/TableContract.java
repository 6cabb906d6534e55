package io.cartwheel.storage.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.storage.Durability;
import io.cartwheel.storage.StorageEngine;
import io.cartwheel.storage.StorageIterator;
import io.cartwheel.storage.Table;
import io.cartwheel.storage.WriteBatch;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What tables hold, in which order, and who sees what while others write. */
public abstract class TableContract extends EngineUnderTest {

  @Test
  void get_returnsWhatWasPutAndNullForTheRest() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");

    assertEquals("v", get(engine, ROWS, "k"));
    assertNull(get(engine, ROWS, "absent"));
    assertNull(get(engine, META, "k"), "another table");
    put(engine, ROWS, "k", "w");
    assertEquals("w", get(engine, ROWS, "k"));
    delete(engine, ROWS, "k");
    delete(engine, ROWS, "never there");
    assertNull(get(engine, ROWS, "k"));
  }

  @Test
  void tryWrite_isAWriteWhereNothingHoldsItUp() {
    StorageEngine engine = open();
    for (Durability durability : Durability.values()) {
      try (WriteBatch batch = engine.newBatch()) {
        batch.put(ROWS, bytes("k"), bytes(durability.name()));
        batch.put(META, bytes("m"), bytes(durability.name()));
        assertTrue(engine.tryWrite(batch, durability));
      }
      assertEquals(durability.name(), get(engine, ROWS, "k"));
      assertEquals(durability.name(), get(engine, META, "m"));
    }
  }

  @Test
  void emptyKeysAndEmptyValuesAreEntriesLikeAnyOther() {
    StorageEngine engine = open();
    put(engine, ROWS, "", "of the empty key");
    put(engine, ROWS, "k", "");

    assertEquals("of the empty key", get(engine, ROWS, ""));
    assertEquals("", get(engine, ROWS, "k"));
    assertNotSame(StorageEngine.COLD, engine.getIfWarm(ROWS, bytes("k")), "empty is not cold");
    assertEquals("", text(engine.getIfWarm(ROWS, bytes("k"))));
    assertEquals(List.of("=of the empty key", "k="), range(engine, ROWS, null, null));
    assertEquals(List.of("=of the empty key"), range(engine, ROWS, "", "k"));
  }

  @Test
  void getIfWarm_knowsWhatWasJustWritten() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");

    assertEquals("v", text(engine.getIfWarm(ROWS, bytes("k"))));
    byte[] absent = engine.getIfWarm(ROWS, bytes("absent"));
    assertTrue(absent == null || absent == StorageEngine.COLD);
    delete(engine, ROWS, "k");
    assertNull(engine.getIfWarm(ROWS, bytes("k")), "the deletion is as warm as the value was");
  }

  @Test
  void arraysHandedOutBelongToTheCaller() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    try (StorageIterator iterator = engine.iterate(ROWS, null, null)) {
      assertTrue(iterator.next());
      iterator.key()[0] = 'x';
      iterator.value()[0] = 'x';
    }
    engine.get(ROWS, bytes("k"))[0] = 'x';
    engine.getIfWarm(ROWS, bytes("k"))[0] = 'x';

    assertEquals(List.of("k=v"), range(engine, ROWS, null, null));
  }

  @Test
  void keysOrderAsUnsignedBytesShorterFirst() {
    StorageEngine engine = open();
    List<String> inOrder =
        List.of("00", "0000", "0001", "01", "6162", "616200", "61627f", "616280", "6162ff", "7f")
            .stream()
            .toList();
    List<String> higher = List.of("80", "8000", "fe", "ff", "ff00", "ffff");
    for (int i = higher.size() - 1; i >= 0; i--) {
      put(engine, ROWS, hex(higher.get(i)), bytes(""));
    }
    inOrder.forEach(key -> put(engine, ROWS, hex(key), bytes("")));

    StringBuilder seen = new StringBuilder();
    try (StorageIterator iterator = engine.iterate(ROWS, null, null)) {
      while (iterator.next()) {
        seen.append(HexFormat.of().formatHex(iterator.key())).append(' ');
      }
    }
    assertEquals(String.join(" ", inOrder) + " " + String.join(" ", higher) + " ", seen.toString());
  }

  @Test
  void rangesIncludeTheirStartAndExcludeTheirEnd() {
    StorageEngine engine = open();
    for (String key : List.of("a", "b", "ba", "c", "d")) {
      put(engine, ROWS, key, "1");
      put(engine, META, key, "2");
    }

    assertEquals(List.of("b=1", "ba=1"), range(engine, ROWS, "b", "c"));
    assertEquals(List.of("ba=1", "c=1", "d=1"), range(engine, ROWS, "b!", null));
    assertEquals(List.of("a=2", "b=2"), range(engine, META, null, "ba"));
    assertEquals(List.of(), range(engine, ROWS, "b", "b"));
    assertEquals(List.of(), range(engine, ROWS, "c", "b"));
    assertEquals(List.of(), range(engine, ROWS, "c", ""));
    assertEquals(List.of(), range(engine, ROWS, null, ""), "nothing is below the empty key");
    assertEquals(List.of(), range(engine, ROWS, "e", null));
  }

  @Test
  void anIteratorStandsNowhereBeforeTheFirstAndAfterTheLastEntry() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    try (StorageIterator iterator = engine.iterate(ROWS, null, null)) {
      assertThrows(NoSuchElementException.class, iterator::key);
      assertTrue(iterator.next());
      assertFalse(iterator.next());
      assertFalse(iterator.next(), "the end stays the end");
      assertThrows(NoSuchElementException.class, iterator::value);
    }
  }

  @Test
  void aClosedIteratorSaysSo() {
    StorageEngine engine = open();
    put(engine, ROWS, "k", "v");
    StorageIterator iterator = engine.iterate(ROWS, null, null);
    assertTrue(iterator.next());
    iterator.close();
    iterator.close();
    assertThrows(IllegalStateException.class, iterator::next);
    assertThrows(IllegalStateException.class, iterator::key);
  }

  @Test
  void inABatchLaterCallsWin() {
    StorageEngine engine = open();
    put(engine, ROWS, "gone", "old");
    try (WriteBatch batch = engine.newBatch()) {
      batch.put(ROWS, bytes("k"), bytes("1"));
      batch.put(ROWS, bytes("k"), bytes("2"));
      batch.put(ROWS, bytes("gone"), bytes("3"));
      batch.delete(ROWS, bytes("gone"));
      batch.delete(ROWS, bytes("back"));
      batch.put(ROWS, bytes("back"), bytes("4"));
      assertEquals(6, batch.size());
      engine.write(batch, Durability.SYNCED);
    }

    assertEquals(List.of("back=4", "k=2"), range(engine, ROWS, null, null));
  }

  @Test
  void aClearedBatchCanBeUsedAgainAndAnEmptyOneWritten() {
    StorageEngine engine = open();
    try (WriteBatch batch = engine.newBatch()) {
      engine.write(batch, Durability.BUFFERED);
      batch.put(ROWS, bytes("a"), bytes("1"));
      batch.clear();
      assertEquals(0, batch.size());
      batch.put(META, bytes("b"), bytes("2"));
      engine.write(batch, Durability.BUFFERED);
    }

    assertEquals(List.of(), range(engine, ROWS, null, null));
    assertEquals(List.of("b=2"), range(engine, META, null, null));
  }

  @Test
  void aBatchThatNamesAnUnknownTableChangesNothing() {
    StorageEngine engine = open();
    try (WriteBatch batch = engine.newBatch()) {
      batch.put(ROWS, bytes("k"), bytes("v"));
      batch.put(new Table("unknown"), bytes("k"), bytes("v"));
      assertThrows(IllegalArgumentException.class, () -> engine.write(batch, Durability.BUFFERED));
    }
    assertThrows(
        IllegalArgumentException.class, () -> engine.get(new Table("unknown"), bytes("k")));

    assertNull(get(engine, ROWS, "k"));
    put(engine, ROWS, "k", "later");
    assertEquals("later", get(engine, ROWS, "k"), "the engine goes on");
  }

  @Test
  void anIteratorShowsTheMomentItWasMadeWhateverIsWritten() {
    StorageEngine engine = open();
    List.of("b", "d", "f").forEach(key -> put(engine, ROWS, key, "old"));
    try (StorageIterator iterator = engine.iterate(ROWS, bytes("a"), null)) {
      put(engine, ROWS, "a", "new");
      put(engine, ROWS, "b", "new");
      delete(engine, ROWS, "d");
      assertTrue(iterator.next());
      put(engine, ROWS, "e", "new");
      delete(engine, ROWS, "f");
      assertEquals("b=old", text(iterator.key()) + "=" + text(iterator.value()));
      assertEquals(List.of("d=old", "f=old"), rest(iterator));
    }

    assertEquals(List.of("a=new", "b=new", "e=new"), range(engine, ROWS, null, null));
  }

  @Test
  void readersSeeABatchWholeOrNotAtAll() throws InterruptedException {
    StorageEngine engine = open();
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              while (!done.get()) {
                List<String> seen = range(engine, ROWS, null, null);
                long values = seen.stream().map(entry -> entry.substring(1)).distinct().count();
                assertTrue(seen.isEmpty() || (seen.size() == 8 && values == 1), seen::toString);
              }
            });
    reader.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
    reader.start();
    for (int i = 0; i < 3_000; i++) {
      try (WriteBatch batch = engine.newBatch()) {
        for (char key = 'a'; key <= 'h'; key++) {
          batch.put(ROWS, bytes("" + key), bytes("" + i));
        }
        engine.write(batch, Durability.BUFFERED);
      }
    }
    done.set(true);
    reader.join();
    assertNull(failure.get());
  }

  @Test
  void anyMixOfBatchesAndRangesAgreesWithASortedMap() {
    long seed = Long.getLong("seed", new Random().nextLong());
    Random random = new Random(seed);
    String repeat = "repeat with -Dseed=" + seed;
    StorageEngine engine = open();
    TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    for (int round = 0; round < 400; round++) {
      StorageIterator snapshot = engine.iterate(ROWS, null, null);
      TreeMap<byte[], byte[]> then = new TreeMap<>(model);
      try (WriteBatch batch = engine.newBatch()) {
        for (int i = random.nextInt(20); i >= 0; i--) {
          byte[] key = randomKey(random);
          if (random.nextInt(3) == 0) {
            batch.delete(ROWS, key);
            model.remove(key);
          } else {
            byte[] value = new byte[random.nextInt(300)];
            random.nextBytes(value);
            batch.put(ROWS, key, value);
            model.put(key, value);
          }
        }
        engine.write(batch, Durability.BUFFERED);
      }
      assertSame(then, snapshot, repeat);
      byte[] from = randomKey(random);
      byte[] to = randomKey(random);
      assertArrayEquals(model.get(from), engine.get(ROWS, from), repeat);
      if (Arrays.compareUnsigned(from, to) <= 0) {
        assertSame(model.subMap(from, to), engine.iterate(ROWS, from, to), repeat);
      }
    }
  }

  @Test
  void approximateSizeFollowsTheData() {
    StorageEngine engine = open();
    assertTrue(engine.approximateSizeBytes(META, null, null) < 100_000);
    Random random = new Random(1);
    byte[] value = new byte[1_000];
    for (int i = 0; i < 4_000; i++) {
      random.nextBytes(value);
      put(engine, ROWS, bytes(String.format("%06d", i)), value.clone());
    }

    long all = engine.approximateSizeBytes(ROWS, null, null);
    long half = engine.approximateSizeBytes(ROWS, bytes("002000"), null);
    assertTrue(all > 2_000_000 && all < 12_000_000, () -> "all: " + all);
    assertTrue(half > all / 5 && half < all * 4 / 5, () -> "half: " + half + " of " + all);
    assertEquals(0, engine.approximateSizeBytes(ROWS, bytes("b"), bytes("a")));
  }

  private static void assertSame(
      Map<byte[], byte[]> expected, StorageIterator iterator, String message) {
    try (iterator) {
      expected.forEach(
          (key, value) -> {
            assertTrue(iterator.next(), message);
            assertArrayEquals(key, iterator.key(), message);
            assertArrayEquals(value, iterator.value(), message);
          });
      assertFalse(iterator.next(), message);
    }
  }

  /** Few different bytes and short keys: many hits, many prefixes. */
  private static byte[] randomKey(Random random) {
    byte[] key = new byte[random.nextInt(5)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) new int[] {0, 1, 0x7f, 0x80, 0xff}[random.nextInt(5)];
    }
    return key;
  }
}
