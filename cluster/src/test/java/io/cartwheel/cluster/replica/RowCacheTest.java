package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.StoredRow;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowCacheTest {
  private static final long MAX_BYTES = 20_000;
  private final OneShard shard = new OneShard(1);

  @Test
  void leastRecentlyUsedRowsGoFirst() {
    RowCache cache = new RowCache(MAX_BYTES);
    int fit = 0;
    while (cache.size() == fit) {
      fit++;
      cache.put(OneShard.key("k" + fit), StoredRow.ABSENT);
      cache.get(OneShard.key("k1"));
    }
    assertNull(cache.get(OneShard.key("k2")));
    assertSame(StoredRow.ABSENT, cache.get(OneShard.key("k1")));
  }

  @Test
  void rowTooLargeIsNotKeptAndDropsItsForerunner() {
    RowCache cache = new RowCache(MAX_BYTES);
    cache.put(OneShard.key("k"), StoredRow.ABSENT);
    cache.put(OneShard.key("k"), shard.overwritten(StoredRow.ABSENT, "x".repeat(2_000)));
    assertNull(cache.get(OneShard.key("k")));
    assertEquals(0, cache.bytes());
  }

  @Test
  void whatIsThereIsWhatWasPutLastAndNeverTooMuch() {
    SplittableRandom random = new SplittableRandom(5);
    RowCache cache = new RowCache(MAX_BYTES);
    Map<String, StoredRow> last = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String name = "k" + random.nextInt(200);
      StoredRow found = cache.get(OneShard.key(name));
      assertTrue(found == null || found == last.get(name), name);
      if (random.nextBoolean()) {
        StoredRow row = shard.overwritten(StoredRow.ABSENT, "x".repeat(random.nextInt(900)));
        cache.put(OneShard.key(name), row);
        last.put(name, row);
      }
      assertTrue(cache.bytes() >= 0 && cache.bytes() <= MAX_BYTES);
    }
    assertTrue(cache.size() > 10);
  }
}
