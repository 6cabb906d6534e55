package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReadQuorumTest {
  private static final List<NodeName> NODES =
      List.of(new NodeName("a"), new NodeName("b"), new NodeName("c"));
  private static final long EVER = Long.MAX_VALUE >> 20;

  private final SimulatedTime time = new SimulatedTime(1);
  private final HybridClock clock = new HybridClock(time);
  private final Minter minter = new Minter(new SplittableRandom(1), 7);
  private long request;

  private Row stamp(Row row, VersionVector past, String value, long expiryMillis) {
    byte[] bytes = value == null ? null : value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Minter.NewValue fresh =
        new Minter.NewValue(
            bytes, Sibling.STRING, expiryMillis, new RequestId(1, ++request), false);
    return minter.stamp(new StoredRow(row, null), past, fresh, clock).row();
  }

  private Row overwrite(Row row, String value) {
    return stamp(row, row.context(), value, Sibling.NO_EXPIRY);
  }

  private Asking asking;

  /** Whether enough have answered and every live value is at hand. */
  private boolean isComplete(ReadQuorum quorum) {
    return asking.isEnough(n -> true) && quorum.missing(clock.nowMillis()) == null;
  }

  private ReadQuorum quorum(int needed) {
    asking = new Asking(NODES, needed, n -> true);
    for (NodeName node = asking.next(n -> true); node != null; node = asking.next(n -> true)) {
      asking.onAsked(node, 0);
    }
    return new ReadQuorum(asking);
  }

  @Test
  void readIsComplete_onlyWithAllLiveValues() {
    Row row = overwrite(Row.EMPTY, "v");
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), Row.EMPTY, true);
    assertFalse(isComplete(quorum));
    quorum.add(NODES.get(1), row.versionsOnly(), true);
    assertFalse(isComplete(quorum));
    Sibling missing = quorum.missing(clock.nowMillis());
    assertEquals(List.of(NODES.get(1)), quorum.holders(missing.dot()));
    quorum.add(NODES.get(1), row, true);
    assertTrue(isComplete(quorum));
    assertEquals(row, quorum.merged());
  }

  @Test
  void withdraw_forgetsWhatOnlyThatReplicaTold() {
    Row row = overwrite(Row.EMPTY, "v");
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), Row.EMPTY, false);
    quorum.add(NODES.get(1), row.versionsOnly(), false);
    quorum.withdraw(NODES.get(1));
    assertTrue(quorum.merged().isEmpty());
    assertFalse(isComplete(quorum));
  }

  /** Or a read would ask for it again until its deadline. */
  @Test
  void addFetched_forgetsWhatHasBeenOverwrittenMeanwhileAndCutFromTheContext() {
    Row old = overwrite(Row.EMPTY, "old");
    Row fresh = stamp(old, old.context(), "new", Sibling.NO_EXPIRY);
    int oldActor = fresh.context().actorAt(0) == old.context().actorAt(0) ? 0 : 1;
    Row cut = new Row(fresh.context().without(oldActor), fresh.siblings());
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), Row.EMPTY, false);
    quorum.add(NODES.get(1), old.versionsOnly(), false);
    assertNotNull(quorum.missing(clock.nowMillis()));
    quorum.addFetched(NODES.get(1), cut, false);
    assertNull(quorum.missing(clock.nowMillis()));
    assertTrue(quorum.merged().sameDots(fresh));
  }

  /** Or a reader would be shown nothing, with a token that covers the value. */
  @Test
  void addFetched_ofARowThatIsGone_doesNotCount() {
    Row row = overwrite(Row.EMPTY, "v");
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), Row.EMPTY, false);
    quorum.add(NODES.get(1), row.versionsOnly(), false);
    quorum.addFetched(NODES.get(1), Row.EMPTY, false);
    assertTrue(quorum.merged().isEmpty());
    assertFalse(isComplete(quorum));
  }

  /** Or a reader's token would cover a value that it was not shown, and others still hold. */
  @Test
  void addFetched_ofARowThatHasGoneBack_coversOnlyWhatItKnows() {
    Row old = overwrite(Row.EMPTY, "old");
    Row fresh = overwrite(old, "new");
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), Row.EMPTY, false);
    quorum.add(NODES.get(1), fresh.versionsOnly(), false);
    quorum.addFetched(NODES.get(1), old, false);
    assertEquals(old, quorum.merged());
    quorum.add(NODES.get(2), fresh, false);
    assertEquals(fresh, quorum.merged());
  }

  @Test
  void addFetched_ofAFallbackThatHasHandedOnWhatItTold_doesNotCount() {
    Asking asking = new Asking(NODES, 1, 2, n -> true);
    ReadQuorum quorum = new ReadQuorum(asking);
    Row row = overwrite(Row.EMPTY, "v");
    quorum.add(NODES.get(0), Row.EMPTY, true);
    quorum.add(NODES.get(1), row.versionsOnly(), true);
    quorum.addFetched(NODES.get(1), overwrite(Row.EMPTY, "another"), true);
    assertTrue(quorum.merged().isEmpty());
    quorum.add(NODES.get(2), row, true);
    assertEquals(row, quorum.merged());
    assertEquals(List.of(NODES.get(0)), quorum.stale(clock.nowMillis(), EVER));
  }

  @Test
  void stale_namesThoseWithOtherSiblings() {
    Row old = overwrite(Row.EMPTY, "old");
    Row fresh = overwrite(old, "new");
    ReadQuorum quorum = quorum(3);
    quorum.add(NODES.get(0), fresh, false);
    quorum.add(NODES.get(1), old.versionsOnly(), false);
    quorum.add(NODES.get(2), Row.EMPTY, false);
    assertEquals(NODES.subList(1, 3), quorum.stale(clock.nowMillis(), EVER));
    assertEquals(List.of(), quorum.stale(clock.nowMillis(), clock.nowMillis() - 1_000));
  }

  @Test
  void stale_isNotWhoLacksOnlyContext() {
    Row row = overwrite(overwrite(Row.EMPTY, "old"), "new");
    Row cut = new Row(row.context().without(0), row.siblings());
    Row kept = cut.context().covers(row.siblings().get(0).dot()) ? cut : row;
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), row, false);
    quorum.add(NODES.get(1), kept, false);
    assertEquals(List.of(), quorum.stale(clock.nowMillis(), EVER));
  }

  @Test
  void stale_isNotWhoHasNothingWhereNothingLives() {
    Row dead = overwrite(overwrite(Row.EMPTY, "v"), null);
    ReadQuorum quorum = quorum(2);
    quorum.add(NODES.get(0), dead, false);
    quorum.add(NODES.get(1), Row.EMPTY, false);
    assertEquals(List.of(), quorum.stale(clock.nowMillis(), EVER));
  }

  @Test
  void storable_stripsOnlyWhatExpiredLongAgo() {
    long expiryMillis = clock.nowMillis() + 100;
    Row row = stamp(Row.EMPTY, VersionVector.EMPTY, "v", expiryMillis);
    ReadQuorum quorum = quorum(1);
    quorum.add(NODES.get(0), row.versionsOnly(), false);
    assertNull(quorum.storable(expiryMillis + 10, 5_000));
    Row stripped = quorum.storable(expiryMillis + 5_000, 5_000);
    assertNotNull(stripped);
    assertEquals(Sibling.Form.STRIPPED, stripped.siblings().get(0).form());
  }

  /** Replicas with random pasts: the answer is the merge of all rows, whatever the order. */
  @Test
  void randomReplies_mergeToTheSameInAnyOrder() {
    for (long seed = 1; seed <= 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Row> rows = new ArrayList<>(List.of(Row.EMPTY, Row.EMPTY, Row.EMPTY));
      for (int i = 0; i < 8; i++) {
        int at = random.nextInt(3);
        Row row = rows.get(at);
        if (random.nextInt(3) == 0) {
          rows.set(at, row.merge(rows.get(random.nextInt(3))));
        } else {
          VersionVector past = random.nextBoolean() ? row.context() : VersionVector.EMPTY;
          rows.set(at, stamp(row, past, "v" + i, Sibling.NO_EXPIRY));
        }
      }
      Row naive = rows.get(0).merge(rows.get(1)).merge(rows.get(2));
      ReadQuorum quorum = quorum(3);
      int first = random.nextInt(3);
      for (int i = 0; i < 3; i++) {
        int at = (first + i) % 3;
        boolean whole = random.nextBoolean();
        quorum.add(NODES.get(at), whole ? rows.get(at) : rows.get(at).versionsOnly(), false);
      }
      assertTrue(quorum.merged().sameDots(naive), "seed " + seed);
      for (Sibling s = quorum.missing(0); s != null; s = quorum.missing(0)) {
        NodeName holder = quorum.holders(s.dot()).get(0);
        quorum.add(holder, rows.get(NODES.indexOf(holder)), false);
      }
      assertEquals(naive.context(), quorum.merged().context(), "seed " + seed);
      assertTrue(quorum.merged().isWhole(), "seed " + seed);
      List<NodeName> stale = new ArrayList<>(NODES);
      stale.removeIf(n -> rows.get(NODES.indexOf(n)).sameDots(naive));
      assertEquals(stale, quorum.stale(0, EVER), "seed " + seed);
    }
  }
}
