package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.ConfirmDead;
import io.cartwheel.cluster.message.Message.DeadConfirmed;
import io.cartwheel.cluster.message.Message.ForgetDead;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.reap.DeadRows;
import io.cartwheel.cluster.reap.Neighbours;
import io.cartwheel.cluster.reap.ReapMetrics;
import io.cartwheel.cluster.reap.ReapPorts;
import io.cartwheel.cluster.reap.ReapSettings;
import io.cartwheel.cluster.reap.Reaper;
import io.cartwheel.cluster.reap.Sweeper;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The reaper of one shard over real rows, its peers played by the test. */
class ReaperTest {
  private static final NodeName SELF = new NodeName("a");
  private static final NodeName B = new NodeName("b");
  private static final NodeName C = new NodeName("c");
  private static final long EPOCH = 4;
  private static final long FLOOR_MILLIS = 8_000;
  private static final long GRACE_MILLIS = 1_000;

  private final OneShard shard = new OneShard(9);
  private final MetricRegistry metrics = new MetricRegistry();
  private final FakeNeighbours neighbours = new FakeNeighbours();
  private Reaper reaper;

  private static final class FakeNeighbours implements Neighbours {
    final List<Message> sent = new ArrayList<>();
    boolean allReachable = true;
    boolean handingOn;

    @Override
    public NodeName self() {
      return SELF;
    }

    @Override
    public PartitionTable table() {
      List<NodeName> owners = List.of(SELF, B, C);
      return new PartitionTable(List.of(new PartitionTable.Entry(EPOCH, SELF, owners, owners)));
    }

    @Override
    public boolean areAllReachable() {
      return allReachable;
    }

    @Override
    public boolean isAnyHandingOn(int partition) {
      return handingOn;
    }

    @Override
    public boolean send(NodeName to, Message message) {
      sent.add(message);
      return true;
    }

    <M extends Message> List<M> sent(Class<M> type) {
      return sent.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }

  @BeforeEach
  void start() {
    ReapSettings settings =
        new ReapSettings(OneShard.KEYSPACES, 1, new DeadRows(1_000, GRACE_MILLIS, FLOOR_MILLIS));
    ReapPorts ports =
        new ReapPorts(
            shard.loop,
            shard.time,
            shard.clock,
            shard.rows,
            new RowWalk(shard.rows, shard.disk, shard.loop),
            neighbours);
    ReapMetrics reapMetrics = new ReapMetrics(metrics);
    reaper = new Reaper(0, settings, ports, 77, reapMetrics);
    Sweeper sweeper = new Sweeper(0, settings, ports, reaper, reapMetrics);
    shard.loop.execute(
        () -> {
          reaper.start();
          sweeper.start();
        });
  }

  @Test
  void aTombstoneGoes_aFloorAfterAllHaveConfirmed() {
    delete("k");
    shard.time.advanceMillis(GRACE_MILLIS + FLOOR_MILLIS / 2);
    ConfirmDead asked = asked();
    confirm(B, asked);
    shard.time.advanceMillis(FLOOR_MILLIS / 2);
    confirm(C, asked);
    shard.time.advanceMillis(FLOOR_MILLIS - 100);
    assertFalse(shard.onDisk(key("k")).isAbsent());

    shard.time.advanceMillis(1_000);
    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertEquals(asked.rows(), neighbours.sent(ForgetDead.class).get(0).rows());
    assertEquals(2, neighbours.sent(ForgetDead.class).size());
    assertEquals(1, metrics.counter("reaped").getCount());
  }

  @Test
  void oneAnswerTwiceIsNotTwoAnswers() {
    delete("k");
    shard.time.advanceMillis(GRACE_MILLIS + FLOOR_MILLIS / 2);
    confirm(B, asked());
    confirm(B, asked());
    shard.time.advanceMillis(4 * FLOOR_MILLIS);
    assertFalse(shard.onDisk(key("k")).isAbsent());
  }

  @Test
  void nothingIsAskedWhileSomebodyHandsOnOrIsAway() {
    delete("k");
    neighbours.handingOn = true;
    shard.time.advanceMillis(3 * FLOOR_MILLIS);
    neighbours.handingOn = false;
    neighbours.allReachable = false;
    shard.time.advanceMillis(3 * FLOOR_MILLIS);
    assertEquals(List.of(), neighbours.sent);

    neighbours.allReachable = true;
    shard.time.advanceMillis(2 * FLOOR_MILLIS);
    assertFalse(neighbours.sent(ConfirmDead.class).isEmpty());
  }

  @Test
  void whoHandsOnMeanwhile_voidsWhatWasConfirmed() {
    delete("k");
    shard.time.advanceMillis(GRACE_MILLIS + FLOOR_MILLIS / 2);
    confirm(B, asked());
    confirm(C, asked());
    neighbours.handingOn = true;
    shard.time.advanceMillis(500);
    neighbours.handingOn = false;
    shard.time.advanceMillis(FLOOR_MILLIS + 1_000);
    assertFalse(shard.onDisk(key("k")).isAbsent());
  }

  @Test
  void whoIsAwayMeanwhile_voidsWhatWasConfirmed() {
    delete("k");
    shard.time.advanceMillis(GRACE_MILLIS + FLOOR_MILLIS / 2);
    confirm(B, asked());
    confirm(C, asked());
    shard.loop.execute(reaper::onDisturbed);
    shard.time.advanceMillis(FLOOR_MILLIS + 1_000);
    assertFalse(shard.onDisk(key("k")).isAbsent());
  }

  @Test
  void aRowThatIsWrittenMeanwhileStays() {
    delete("k");
    shard.time.advanceMillis(GRACE_MILLIS + FLOOR_MILLIS / 2);
    confirm(B, asked());
    confirm(C, asked());
    update("k", row -> shard.overwritten(row, "new"));
    shard.time.advanceMillis(2 * FLOOR_MILLIS);
    assertEquals("new", OneShard.text(shard.onDisk(key("k"))));
    assertEquals(List.of(), neighbours.sent(ForgetDead.class));
  }

  @Test
  void whoIsAsked_takesTheRowToItsDisk_andConfirmsWhatIsAllThatItHas() {
    Row dead = deadRow();
    update("newer", row -> shard.overwritten(row, "lives"));
    int before = shard.engine.writes.size();
    ask(new KeyedRow(bytes("k"), dead), new KeyedRow(bytes("newer"), dead));

    assertEquals(dead, shard.onDisk(key("k")).row());
    assertEquals(Durability.SYNCED, shard.engine.writes.get(before).durability());
    assertEquals("lives", liveText("newer"));
    List<byte[]> confirmed = neighbours.sent(DeadConfirmed.class).get(0).keys();
    assertEquals(1, confirmed.size());
    assertEquals("k", new String(confirmed.get(0), StandardCharsets.UTF_8));
  }

  @Test
  void whoIsAskedByAnotherTable_confirmsNothing() {
    shard.loop.execute(
        () ->
            reaper.onMessage(
                B, new ConfirmDead(1, 0, EPOCH + 1, List.of(new KeyedRow(bytes("k"), deadRow())))));
    shard.time.advanceMillis(20);
    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertTrue(neighbours.sent(DeadConfirmed.class).stream().allMatch(m -> m.keys().isEmpty()));
  }

  @Test
  void whoIsTold_forgetsOnlyWhatHasNotChanged() {
    Row dead = deadRow();
    ask(new KeyedRow(bytes("k"), dead), new KeyedRow(bytes("written"), dead));
    update("written", row -> shard.overwritten(row, "again"));
    forget(new KeyedRow(bytes("k"), dead), new KeyedRow(bytes("written"), dead));

    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertEquals("again", OneShard.text(shard.onDisk(key("written"))));
  }

  /** What it had read before it was held up is older than the others reckon with. */
  @Test
  void whoWasHeldUp_forgetsNothing() {
    Row dead = deadRow();
    ask(new KeyedRow(bytes("k"), dead));
    shard.loop.pause();
    shard.time.advanceMillis(3_000);
    shard.loop.resume();
    forget(new KeyedRow(bytes("k"), dead));
    assertEquals(dead, shard.onDisk(key("k")).row());

    shard.time.advanceMillis(FLOOR_MILLIS);
    forget(new KeyedRow(bytes("k"), dead));
    assertTrue(shard.onDisk(key("k")).isAbsent());
  }

  private ConfirmDead asked() {
    return neighbours.sent(ConfirmDead.class).get(0);
  }

  private void confirm(NodeName from, ConfirmDead asked) {
    List<byte[]> keys = asked.rows().stream().map(KeyedRow::key).toList();
    shard.loop.execute(() -> reaper.onMessage(from, new DeadConfirmed(asked.id(), keys)));
    shard.time.advanceMillis(1);
  }

  private void ask(KeyedRow... rows) {
    shard.loop.execute(() -> reaper.onMessage(B, new ConfirmDead(1, 0, EPOCH, List.of(rows))));
    shard.time.advanceMillis(20);
  }

  private void forget(KeyedRow... rows) {
    shard.loop.execute(() -> reaper.onMessage(B, new ForgetDead(1, 0, EPOCH, List.of(rows))));
    shard.time.advanceMillis(20);
  }

  /** A tombstone that another node has written over a value. */
  private Row deadRow() {
    StoredRow value = shard.overwritten(StoredRow.ABSENT, "v");
    return shard.overwritten(value, null).row();
  }

  private void delete(String name) {
    update(name, row -> shard.overwritten(row, "v"));
    update(name, row -> shard.overwritten(row, null));
  }

  private void update(String name, UnaryOperator<StoredRow> step) {
    shard.loop.execute(() -> shard.rows.tryUpdate(key(name), step, () -> {}));
    shard.time.advanceMillis(20);
  }

  private String liveText(String name) {
    return shard.onDisk(key(name)).row().siblings().stream()
        .filter(s -> s.form() == Sibling.Form.VALUE)
        .map(s -> new String(s.value(), StandardCharsets.UTF_8))
        .reduce("", String::concat);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
