package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.RowCodec;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.StorageIterator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RowComparisonTest {
  private static final long NOW = 1_000_000;

  /** Rows in the order of their stored keys. */
  private static TreeMap<byte[], Row> side() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  @Test
  void comparison_findsWhatTheNaiveWayFinds() {
    for (long seed = 1; seed <= 200; seed++) {
      for (boolean full : new boolean[] {false, true}) {
        compareRandomSides(seed, full);
      }
    }
  }

  private static void compareRandomSides(long seed, boolean full) {
    SplittableRandom random = new SplittableRandom(seed);
    OneShard shard = new OneShard(seed);
    TreeMap<byte[], Row> ours = side();
    TreeMap<byte[], Row> theirs = side();
    List<String> expectedRows = new ArrayList<>();
    List<String> expectedWanted = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      byte[] rowKey = RowKey.of(OneShard.key("k" + i));
      Row base = random.nextInt(3) == 0 ? Row.EMPTY : changed(shard, Row.EMPTY, random);
      ours.put(rowKey, random.nextBoolean() ? base : changed(shard, base, random));
      theirs.put(rowKey, random.nextBoolean() ? base : changed(shard, base, random));
    }
    ours.values().removeIf(Row::isEmpty);
    theirs.values().removeIf(Row::isEmpty);
    TreeMap<byte[], Row> all = side();
    all.putAll(ours);
    all.putAll(theirs);
    for (byte[] rowKey : all.keySet()) {
      Row mine = ours.getOrDefault(rowKey, Row.EMPTY);
      Row other = theirs.getOrDefault(rowKey, Row.EMPTY);
      // What a merge would change, but for dead rows that one side has never had.
      if (!other.merge(mine).sameDots(other)
          && (full || !other.isEmpty() || mine.liveCount(NOW) > 0)) {
        expectedRows.add(name(RowKey.key(rowKey)));
      }
      if (!mine.merge(other).sameDots(mine) && (!mine.isEmpty() || other.liveCount(NOW) > 0)) {
        expectedWanted.add(name(RowKey.key(rowKey)));
      }
    }

    RowComparison found =
        RowComparison.of(iterator(ours), asked(theirs, 0, 0, full), key -> true, NOW);

    assertEquals(expectedRows, names(found.rows()), "seed " + seed);
    assertEquals(
        expectedWanted,
        found.wanted().stream().map(RowComparisonTest::name).toList(),
        "seed " + seed);
    assertEquals(0, found.until());
    for (KeyedRow row : found.rows()) {
      assertEquals(ours.get(RowKey.of(new Key(row.key()))), row.row(), "rows are sent whole");
    }
  }

  private static Row changed(OneShard shard, Row row, SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> row.merge(shard.foreign("beside"));
      case 1 -> shard.overwritten(new StoredRow(row, null), null).row();
      case 2 -> shard.overwritten(new StoredRow(row, null), "expired", NOW - 1).row();
      default -> shard.overwritten(new StoredRow(row, null), "over").row();
    };
  }

  @Test
  void muchIsToldPageByPage_andNothingTwiceOrNever() {
    OneShard shard = new OneShard(1);
    TreeMap<byte[], Row> ours = side();
    TreeMap<byte[], Row> theirs = side();
    for (int i = 0; i < 2_000; i++) {
      (i % 3 == 0 ? theirs : ours).put(RowKey.of(OneShard.key("k" + i)), shard.foreign("v"));
    }
    List<String> rows = new ArrayList<>();
    List<String> wanted = new ArrayList<>();
    long from = 0;
    int pages = 0;
    do {
      RowComparison page =
          RowComparison.of(
              iterator(ours.tailMap(RowKey.first(from))),
              asked(theirs.tailMap(RowKey.first(from)), from, 0, false),
              key -> true,
              NOW);
      assertTrue(page.rows().size() <= RowComparison.MAX_ROWS);
      rows.addAll(names(page.rows()));
      page.wanted().forEach(key -> wanted.add(name(key)));
      from = page.until();
      pages++;
    } while (from != 0);

    assertTrue(pages > 1);
    assertEquals(keys(ours), rows);
    assertEquals(keys(theirs), wanted);
  }

  @Test
  void keysThatAreNotToBeAtBoth_areLeftAlone() {
    OneShard shard = new OneShard(1);
    TreeMap<byte[], Row> ours = side();
    ours.put(RowKey.of(OneShard.key("one:a")), shard.foreign("v"));
    ours.put(RowKey.of(OneShard.key("b")), shard.foreign("v"));

    RowComparison found =
        RowComparison.of(
            iterator(ours), asked(side(), 0, 0, true), key -> !name(key).startsWith("one:"), NOW);

    assertEquals(List.of("b"), names(found.rows()));
  }

  private static CompareRows asked(Map<byte[], Row> rows, long from, long to, boolean full) {
    List<KeyedRow> told = new ArrayList<>();
    rows.forEach((rowKey, row) -> told.add(new KeyedRow(RowKey.key(rowKey), row.versionsOnly())));
    return new CompareRows(1, 0, 1, from, to, told, full);
  }

  private static List<String> keys(Map<byte[], Row> rows) {
    return rows.keySet().stream().map(rowKey -> name(RowKey.key(rowKey))).toList();
  }

  private static List<String> names(List<KeyedRow> rows) {
    return rows.stream().map(row -> name(row.key())).toList();
  }

  private static String name(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  private static StorageIterator iterator(Map<byte[], Row> rows) {
    Iterator<Map.Entry<byte[], Row>> entries = rows.entrySet().iterator();
    return new StorageIterator() {
      private Map.Entry<byte[], Row> present;

      @Override
      public boolean next() {
        present = entries.hasNext() ? entries.next() : null;
        return present != null;
      }

      @Override
      public byte[] key() {
        return present.getKey();
      }

      @Override
      public byte[] value() {
        return RowCodec.encode(new StoredRow(present.getValue(), null));
      }

      @Override
      public void close() {}
    };
  }
}
