package io.cartwheel.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.StoredRow;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LiveCountTest {

  @Test
  void rows_countUntilTheyExpire() {
    LiveCount count = new LiveCount();
    count.add(LiveCount.FOREVER, 2);
    count.add(LiveCount.DEAD, 5);
    count.add(10_000, 1);
    count.add(20_000, 1);

    assertEquals(4, count.live(9_999));
    assertEquals(3, count.live(10_000));
    assertEquals(2, count.live(20_000));
  }

  @Test
  void rowThatHasExpired_isNotTakenAwayTwice() {
    LiveCount count = new LiveCount();
    count.add(10_000, 1);
    count.add(LiveCount.FOREVER, 1);
    assertEquals(1, count.live(10_000));

    count.add(10_000, -1);
    assertEquals(1, count.live(10_001));
  }

  @Test
  void rowThatHasExpired_isNotTakenAwayFromAWidenedBucket() {
    LiveCount count = new LiveCount();
    count.add(900, 1);
    assertEquals(0, count.live(1_000));
    for (int i = 0; i <= LiveCount.MAX_BUCKETS; i++) {
      count.add(10_000 + i * LiveCount.FINEST_WIDTH_MILLIS, 1);
    }

    count.add(900, -1);
    assertEquals(LiveCount.MAX_BUCKETS + 1, count.live(1_500));
  }

  @Test
  void add_ofCountsOfDifferentWidthsLosesNone() {
    LiveCount wide = new LiveCount();
    for (int i = 0; i <= LiveCount.MAX_BUCKETS; i++) {
      wide.add(i * LiveCount.FINEST_WIDTH_MILLIS, 1);
    }
    LiveCount narrow = new LiveCount();
    narrow.add(3_000, -1);
    narrow.add(wide);
    narrow.add(wide.buckets() * 2_000L, -1);

    assertEquals(LiveCount.MAX_BUCKETS - 1, narrow.live(-1));
    assertEquals(0, narrow.live(2_000_000));
    assertTrue(narrow.buckets() <= LiveCount.MAX_BUCKETS);
  }

  @Test
  void rowCountedInWiderBuckets_isTakenAwayFromItsBucket() {
    LiveCount wide = new LiveCount();
    for (int i = 1; i <= LiveCount.MAX_BUCKETS + 1; i++) {
      wide.add(i * LiveCount.FINEST_WIDTH_MILLIS, 1);
    }
    LiveCount narrow = new LiveCount();
    narrow.add(wide);
    narrow.add(LiveCount.FINEST_WIDTH_MILLIS, -1);

    assertEquals(LiveCount.MAX_BUCKETS, narrow.live(1_500));
  }

  @Test
  void farExpiry_isForEver() {
    LiveCount count = new LiveCount();
    OneShard shard = new OneShard(1);
    var far = shard.overwritten(StoredRow.ABSENT, "v", 1L << 60);
    assertEquals(LiveCount.FOREVER, LiveCount.liveUntil(far.row()));
    count.add(LiveCount.liveUntil(far.row()), 1);
    assertEquals(1, count.live(Long.MAX_VALUE));
  }

  @Test
  void buckets_areBoundedAndWiden() {
    LiveCount count = new LiveCount();
    long dayMillis = 86_400_000;
    for (int i = 0; i < 100_000; i++) {
      count.add(dayMillis * i / 100_000, 1);
      assertTrue(count.buckets() <= LiveCount.MAX_BUCKETS);
    }
    assertEquals(100_000, count.live(-1));
    double shareLate = (count.live(dayMillis / 2) - 50_000) / 100_000.0;
    assertTrue(shareLate >= 0 && shareLate < 1.0 / 256, "counted too long: " + shareLate);
  }

  /** A naive list of rows, looked through at every question. */
  @Test
  void randomRows_countAsANaiveListDoesWithinABucket() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long spanMillis = 1L << random.nextInt(10, 32);
      LiveCount before = new LiveCount();
      LiveCount since = new LiveCount();
      List<Long> rows = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        rows.add(until(random, 0, spanMillis));
        before.add(rows.get(i), 1);
      }
      for (int i = 0; i < 300; i++) {
        change(random, rows, since, 0, spanMillis);
      }
      since.add(before);
      long now = 0;
      for (int i = 0; i < 300; i++) {
        now += random.nextLong(spanMillis / 200 + 1);
        change(random, rows, since, now, spanMillis);
        // The whole span is 2 * spanMillis, and a bucket less than a 256th of it, or a second.
        long widthMillis = Math.max(LiveCount.FINEST_WIDTH_MILLIS, 4 * spanMillis / 256);
        long counted = since.live(now);
        String atSeed = "seed " + seed + " step " + i;
        assertTrue(counted >= naive(rows, now), atSeed + ": too few");
        assertTrue(counted <= naive(rows, now - widthMillis), atSeed + ": too many");
      }
      assertEquals(naive(rows, Long.MAX_VALUE - 1), since.live(1L << 53), "seed " + seed);
    }
  }

  private static void change(
      SplittableRandom random, List<Long> rows, LiveCount count, long now, long spanMillis) {
    int at = random.nextInt(rows.size());
    count.add(rows.get(at), -1);
    rows.set(at, until(random, now, spanMillis));
    count.add(rows.get(at), 1);
  }

  private static long until(SplittableRandom random, long now, long spanMillis) {
    int kind = random.nextInt(6);
    return kind == 0
        ? LiveCount.FOREVER
        : kind == 1 ? LiveCount.DEAD : now + random.nextLong(spanMillis);
  }

  private static long naive(List<Long> rows, long now) {
    return rows.stream().filter(until -> until > now).count();
  }
}
