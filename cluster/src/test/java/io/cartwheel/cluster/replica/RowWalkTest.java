package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.version.Sibling;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RowWalkTest {
  private final OneShard shard = new OneShard(3);
  private final RowWalk walk = new RowWalk(shard.rows, shard.disk, shard.loop);
  private final List<RowWalk.Slice> slices = new ArrayList<>();

  @Test
  void slices_coverThePartitionWithoutGapsAndRepeats() {
    TreeSet<String> all = new TreeSet<>();
    for (int i = 0; i < 25; i++) {
      put("k" + i, "v");
      all.add("k" + i);
    }
    byte[] from = null;
    do {
      from = slice(from, new RowWalk.Limits(10, 1 << 20)).next();
    } while (from != null);

    assertEquals(List.of(10, 10, 5), slices.stream().map(RowWalk.Slice::rows).toList());
    TreeSet<String> found = new TreeSet<>();
    slices.forEach(s -> s.found().forEach(f -> assertTrue(found.add(text(f)))));
    assertEquals(all, found);
    assertEquals(0, shard.engine.openIterators);
  }

  @Test
  void largeRows_makeSmallSlices() {
    for (int i = 0; i < 5; i++) {
      put("k" + i, "v".repeat(1_000));
    }
    assertEquals(2, slice(null, new RowWalk.Limits(10, 1_500)).rows());
  }

  @Test
  void onlyWhatIsWanted_isFound_asItIsCommitted() {
    put("a", "v");
    shard.loop.execute(
        () -> {
          shard.rows.tryUpdate(
              key("b"), row -> shard.overwritten(row, null, Sibling.NO_EXPIRY), () -> {});
          walk.slice(
              0,
              1,
              null,
              new RowWalk.Limits(10, 1 << 20),
              row -> row.row().siblings().get(0).value() == null,
              slices::add);
        });
    shard.time.advanceMillis(50);

    assertEquals(1, slices.get(0).found().size());
    assertEquals("b", text(slices.get(0).found().get(0)));
    assertEquals(2, slices.get(0).rows());
    assertNull(slices.get(0).next());
  }

  private RowWalk.Slice slice(byte[] from, RowWalk.Limits limits) {
    shard.loop.execute(() -> walk.slice(0, 1, from, limits, row -> true, slices::add));
    shard.time.advanceMillis(50);
    return slices.get(slices.size() - 1);
  }

  private void put(String name, String value) {
    shard.loop.execute(
        () -> shard.rows.tryUpdate(key(name), row -> shard.overwritten(row, value), () -> {}));
    shard.time.advanceMillis(10);
  }

  private static String text(RowWalk.Found found) {
    return new String(found.key().bytes(), StandardCharsets.UTF_8);
  }
}
