package io.cartwheel.cluster.replica;

import static io.cartwheel.cluster.replica.OneShard.key;
import static io.cartwheel.cluster.replica.OneShard.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.NotServing;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.StaleEpoch;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.PartitionTable.Entry;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaShardTest {
  private static final NodeName SELF = new NodeName("self");
  private static final NodeName PEER = new NodeName("peer");
  private static final long EPOCH = 5;
  private static final long OLDEST_MERGE_MILLIS = 30_000;

  private final OneShard shard = new OneShard(1);
  private final FakeStanding standing = new FakeStanding(SELF, table(EPOCH, SELF));
  private final ReplicaShard replica = shard.replica(standing, OLDEST_MERGE_MILLIS);
  private final List<Message> replies = new ArrayList<>();

  @Test
  void merge_storesTheRowAndAnswersAfterTheCommit() {
    shard.loop.execute(() -> merge(shard.foreign("v")));
    shard.loop.execute(() -> assertEquals(List.of(), replies));
    shard.time.settle();

    assertEquals(List.of(new Merged(1, false, true, Row.EMPTY)), replies);
    assertEquals("v", text(shard.onDisk(key("k"))));
  }

  /** What it hid may be gone by now, and the tombstone with it. */
  @Test
  void merge_thatWasReadTooLongAgoIsRefused() {
    Row row = shard.foreign("v");
    long readTime = shard.clock.now();
    Merge merge = new Merge(1, 0, EPOCH, bytes("k"), row, readTime, true, null, false);
    shard.time.advanceMillis(OLDEST_MERGE_MILLIS + 1);
    standing.current = true;
    run(() -> replica.onMerge(PEER, merge, replies::add));

    assertEquals(List.of(new Overloaded(1)), replies);
    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertTrue(standing.current);
    assertEquals(1, shard.metrics.counter("storage.merges.old").getCount());
  }

  @Test
  void merge_ofWhatIsThereWritesNothing() {
    Row row = shard.foreign("v");
    run(() -> merge(row));
    run(() -> merge(new Row(row.context(), List.copyOf(row.siblings()))));

    assertEquals(2, replies.size());
    assertEquals(1, shard.engine.writes.size());
  }

  @Test
  void merge_namesLiveSiblingsThatItDoesNotCover() {
    Row first = shard.foreign("first");
    Row second = shard.foreign("second");
    run(() -> merge(first));
    run(() -> merge(second));
    run(() -> merge(first));

    assertEquals(first, ((Merged) replies.get(1)).held());
    assertEquals("first,second", sorted(shard.onDisk(key("k"))));
    assertEquals("first,second", sorted(new StoredRow(((Merged) replies.get(2)).held(), null)));
  }

  @Test
  void merge_doesNotNameWhatItCoversOrWhatIsDead() {
    StoredRow first = shard.overwritten(StoredRow.ABSENT, "first");
    Row overwriting = shard.overwritten(first, "second").row();
    Row tombstone = shard.overwritten(StoredRow.ABSENT, null, Sibling.NO_EXPIRY).row();
    run(() -> merge(first.row()));
    run(() -> merge(overwriting));
    assertEquals(Row.EMPTY, ((Merged) replies.get(1)).held());

    run(() -> merge("other", tombstone));
    run(() -> merge("other", shard.foreign("v")));
    assertEquals(Row.EMPTY, ((Merged) replies.get(3)).held());
  }

  @Test
  void merge_neverTouchesTheRightToMint() {
    shard.loop.execute(
        () -> shard.rows.tryUpdate(key("k"), row -> shard.overwritten(row, "own"), () -> {}));
    shard.time.settle();
    StoredRow own = shard.onDisk(key("k"));
    run(() -> merge(shard.foreign("theirs")));

    assertEquals(own.mint(), shard.onDisk(key("k")).mint());
    assertEquals("own,theirs", sorted(shard.onDisk(key("k"))));
  }

  @Test
  void merge_intoAnAlwaysKeyspaceIsSynced() {
    run(() -> merge("always:k", shard.foreign("v")));
    assertEquals(Durability.SYNCED, shard.engine.writes.get(0).durability());
  }

  @Test
  void merge_thatPassedThisNodeOverEndsItsCurrency() {
    standing.current = true;
    run(() -> merge(shard.foreign("v")));
    run(
        () ->
            replica.onMerge(
                PEER,
                new Merge(
                    2,
                    0,
                    EPOCH,
                    bytes("k"),
                    shard.foreign("w"),
                    shard.clock.now(),
                    true,
                    null,
                    false),
                replies::add));

    assertTrue(((Merged) replies.get(0)).current());
    assertFalse(((Merged) replies.get(1)).current());
    assertEquals(List.of(0), standing.ended);
  }

  @Test
  void merge_toANodeThatDoesNotOwnIsStoredAndSaysSo() {
    standing.table = table(EPOCH, PEER);
    run(() -> merge(shard.foreign("v")));

    assertEquals(List.of(new Merged(1, false, false, Row.EMPTY)), replies);
    assertEquals("v", text(shard.onDisk(key("k"))));
  }

  @Test
  void merge_ofARowWithoutItsValuesIsNotExecuted() {
    run(() -> merge(shard.foreign("v").versionsOnly()));

    assertEquals(List.of(), replies);
    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertEquals(List.of(), shard.broken);
  }

  @Test
  void merge_underAForeignPartitionIsNotExecuted() {
    standing.table = new PartitionTable(List.of(entry(EPOCH, SELF), entry(EPOCH, SELF)));
    int wrong = 1 - key("k").partition(2);
    run(
        () ->
            replica.onMerge(
                PEER,
                new Merge(
                    1,
                    wrong,
                    EPOCH,
                    bytes("k"),
                    shard.foreign("v"),
                    shard.clock.now(),
                    false,
                    null,
                    false),
                replies::add));

    assertEquals(List.of(), replies);
    assertTrue(shard.onDisk(key("k")).isAbsent());
  }

  @Test
  void readRow_givesTheRowOrItsVersions() {
    Row row = shard.foreign("v");
    run(() -> merge(row));
    replies.clear();
    run(() -> read(false));
    run(() -> read(true));
    run(() -> replica.onReadRow(PEER, new ReadRow(9, 0, EPOCH, bytes("x"), false), replies::add));

    assertEquals("v", text(((RowRead) replies.get(0)).row()));
    assertEquals(new RowRead(1, false, row.versionsOnly()), replies.get(1));
    assertEquals(new RowRead(9, false, Row.EMPTY), replies.get(2));
  }

  @Test
  void readRow_ofAStagedRowIsAnsweredAfterTheCommit() {
    shard.loop.execute(
        () -> {
          merge(shard.foreign("v"));
          read(false);
          assertEquals(List.of(), replies);
        });
    shard.time.settle();

    assertEquals("v", text(((RowRead) replies.get(1)).row()));
  }

  @Test
  void readRow_ofAStagedRowIsNotAnsweredWhereTheCommitFails() {
    shard.engine.failsWrites = true;
    run(
        () -> {
          merge(shard.foreign("v"));
          read(false);
        });

    assertEquals(List.of(), replies);
    assertEquals(1, shard.broken.size());
  }

  @Test
  void readRow_fromAnUnownedPartitionAnswersWhatItHolds() {
    run(() -> merge(shard.foreign("v")));
    standing.table = table(EPOCH, PEER);
    run(() -> read(false));

    assertEquals("v", text(((RowRead) replies.get(1)).row()));
  }

  @Test
  void coldRows_pastTheBoundAreRefused() {
    shard.evict(key("k"));
    shard.loop.execute(
        () -> {
          for (int i = 0; i < OneShard.MAX_WAITING; i++) {
            read(true);
          }
          read(true);
          merge(shard.foreign("v"));
        });
    shard.time.settle();
    assertEquals(List.of(new Overloaded(1), new Overloaded(1)), replies);

    shard.time.advanceMillis(10);
    assertEquals(2 + OneShard.MAX_WAITING, replies.size());
  }

  @Test
  void earlierEpoch_isAnsweredByTheLaterEntryAndNotExecuted() {
    run(
        () -> {
          replica.onReadRow(PEER, new ReadRow(1, 0, EPOCH - 1, bytes("k"), false), replies::add);
          replica.onMerge(
              PEER,
              new Merge(
                  2,
                  0,
                  EPOCH - 1,
                  bytes("k"),
                  shard.foreign("v"),
                  shard.clock.now(),
                  true,
                  null,
                  false),
              replies::add);
          replica.onScan(PEER, new Scan(3, 0, EPOCH - 1, 0, 0, 10), replies::add);
        });

    Entry entry = entry(EPOCH, SELF);
    assertEquals(
        List.of(
            new StaleEpoch(1, 0, entry), new StaleEpoch(2, 0, entry), new StaleEpoch(3, 0, entry)),
        replies);
    assertTrue(shard.onDisk(key("k")).isAbsent());
    assertEquals(List.of(), standing.askedBecauseOf);
    assertEquals(List.of(), standing.ended);
  }

  @Test
  void laterEpoch_isNotServedAndTheTableIsAskedFor() {
    run(
        () ->
            replica.onReadRow(PEER, new ReadRow(1, 0, EPOCH + 1, bytes("k"), false), replies::add));

    assertEquals(List.of(new NotServing(1, 0)), replies);
    assertEquals(List.of(PEER), standing.askedBecauseOf);
  }

  @Test
  void withoutATable_nothingIsServed() {
    standing.table = null;
    run(
        () -> {
          read(false);
          merge(shard.foreign("v"));
          replica.onScan(PEER, new Scan(3, 0, EPOCH, 0, 0, 10), replies::add);
        });

    assertEquals(
        List.of(new NotServing(1, 0), new NotServing(1, 0), new NotServing(3, 0)), replies);
  }

  @Test
  void partitionThatDoesNotExist_isNotServed() {
    run(() -> replica.onScan(PEER, new Scan(3, 77, EPOCH, 0, 0, 10), replies::add));
    run(() -> replica.onScan(PEER, new Scan(4, -1, EPOCH, 0, 0, 10), replies::add));

    assertEquals(List.of(new NotServing(3, 77), new NotServing(4, -1)), replies);
  }

  private void run(Runnable task) {
    shard.loop.execute(task);
    shard.time.advanceMillis(10);
  }

  private void merge(Row row) {
    merge("k", row);
  }

  private void merge(String name, Row row) {
    replica.onMerge(
        PEER,
        new Merge(1, 0, EPOCH, bytes(name), row, shard.clock.now(), false, null, false),
        replies::add);
  }

  private void read(boolean versionsOnly) {
    replica.onReadRow(PEER, new ReadRow(1, 0, EPOCH, bytes("k"), versionsOnly), replies::add);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private static String sorted(StoredRow row) {
    List<String> values = new ArrayList<>(List.of(text(row).split(",")));
    values.sort(null);
    return String.join(",", values);
  }

  private static PartitionTable table(long epoch, NodeName owner) {
    return new PartitionTable(List.of(entry(epoch, owner)));
  }

  private static Entry entry(long epoch, NodeName owner) {
    return new Entry(epoch, owner, List.of(owner), List.of(owner));
  }
}
