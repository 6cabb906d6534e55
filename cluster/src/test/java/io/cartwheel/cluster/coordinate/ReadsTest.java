package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.coordinate.TestCluster.Sent;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Keyspace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadsTest {
  private final TestCluster cluster = new TestCluster(5, 3, 3, 2, 2);

  @Test
  void get_findsNothingWhereNothingIs() {
    GetResult result = cluster.await(cluster.get(2, "k"));
    assertFalse(result.reading().exists());
    assertTrue(result.reading().context().isEmpty());
  }

  @Test
  void get_asksItselfForTheRowAndOneOtherForVersions() {
    cluster.makeCurrent();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.read(3, "k");
    cluster.sent.clear();
    assertEquals(List.of("v"), cluster.read(3, "k"));
    assertEquals(1, cluster.sentCount(s -> s.is(ReadRow.class)));
    assertEquals(1, cluster.sentCount(s -> s.message() instanceof ReadRow r && r.versionsOnly()));
  }

  @Test
  void getAtANodeThatIsNoOwner_asksTheFirstForTheRow() {
    TestCluster five = new TestCluster(6, 5, 3, 2, 2);
    five.awaitReply(five.set(4, "k", "v"));
    five.settle();
    five.sent.clear();
    assertEquals(List.of("v"), five.read(5, "k"));
    assertEquals(
        1,
        five.sentCount(s -> s.is(ReadRow.class, "n1") && !((ReadRow) s.message()).versionsOnly()));
    assertEquals(
        1,
        five.sentCount(s -> s.is(ReadRow.class, "n2") && ((ReadRow) s.message()).versionsOnly()));
  }

  @Test
  void get_asksTheNextReplicaWhenOneIsSilent() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.lost = s -> s.is(ReadRow.class, "n1");
    long before = cluster.time.monotonicNanos();
    assertEquals(List.of("v"), cluster.read(2, "k"));
    long tookMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertTrue(tookMillis >= 150 && tookMillis < 200, tookMillis + " ms");
  }

  @Test
  void readThatIsSlowerThanMost_asksOneMoreReplica() {
    cluster.makeCurrent();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.await(cluster.get(2, "k", 3));
    for (int i = 0; i < 2 * HedgeDelay.SAMPLES; i++) {
      cluster.read(2, "k");
    }
    long hedgedBefore = cluster.node(2).counter(CoordinatorMetrics.HEDGED_READS);
    cluster.lost = s -> s.is(ReadRow.class, "n1");
    long before = cluster.time.monotonicNanos();
    assertEquals(List.of("v"), cluster.read(2, "k"));
    long tookMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertTrue(tookMillis < 10, tookMillis + " ms");
    assertEquals(hedgedBefore + 1, cluster.node(2).counter(CoordinatorMetrics.HEDGED_READS));
  }

  @Test
  void slowReadWithNobodyElseToAsk_waits() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.await(cluster.get(2, "k", 3));
    for (int i = 0; i < 2 * HedgeDelay.SAMPLES; i++) {
      cluster.await(cluster.get(2, "k", 3));
    }
    long hedgedBefore = cluster.node(2).counter(CoordinatorMetrics.HEDGED_READS);
    cluster.maxDelayMicros = 50_000;
    cluster.sent.clear();
    assertEquals(List.of("v"), cluster.values(cluster.await(cluster.get(2, "k", 3))));
    assertEquals(2, cluster.sentCount(s -> s.is(ReadRow.class)));
    assertEquals(hedgedBefore, cluster.node(2).counter(CoordinatorMetrics.HEDGED_READS));
  }

  @Test
  void get_asksTheNextReplicaAtOnceWhenOneDisconnects() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.onFirst(s -> s.is(ReadRow.class, "n1"), s -> cluster.kill(1, 5));
    long before = cluster.time.monotonicNanos();
    assertEquals(List.of("v"), cluster.read(2, "k"));
    assertTrue(cluster.time.monotonicNanos() - before < 20_000_000);
  }

  @Test
  void staleReader_fetchesTheValueItLacks() {
    cluster.kill(3, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.restart(3);
    cluster.settle();
    assertEquals(List.of("v"), cluster.read(3, "k"));
  }

  @Test
  void failedFetch_goesToAnotherReplica() {
    cluster.kill(3, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.restart(3);
    cluster.settle();
    cluster.lost = s -> s.is(ReadRow.class, "n1") && !((ReadRow) s.message()).versionsOnly();
    assertEquals(List.of("v"), cluster.read(3, "k"));
    assertTrue(cluster.sentCount(s -> s.is(ReadRow.class, "n2")) >= 1);
  }

  /** Else what it covers would pass for overwritten, and the value for gone. */
  @Test
  void answerOfBefore_isNotTakenForTheFetchedRow() {
    cluster.kill(3, 0);
    cluster.awaitReply(cluster.set(1, "k", "old"));
    cluster.settle();
    List<Sent> held = new ArrayList<>();
    cluster.lost =
        s -> {
          boolean first = held.isEmpty() && s.is(RowRead.class, "n2");
          if (first) {
            held.add(s);
          }
          return first || s.is(Merge.class, "n2");
        };
    Later<GetResult> read = cluster.get(2, "k");
    cluster.time.advanceMillis(100);
    cluster.set(1, "k", "new");
    cluster.onFirst(
        s -> s.message() instanceof ReadRow r && !r.versionsOnly(),
        s -> cluster.time.after(0, () -> cluster.deliverNow(held.get(0))));
    assertEquals(List.of("new"), cluster.values(cluster.await(read)));
    assertEquals(1, held.size());
  }

  @Test
  void readRepair_mergesOnlyIntoStaleReplicas() {
    cluster.kill(3, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.restart(3);
    cluster.settle();
    cluster.sent.clear();
    assertEquals(List.of("v"), cluster.values(cluster.await(cluster.get(1, "k", 3))));
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(3, "k"));
    assertEquals(1, cluster.sentCount(s -> s.is(Merge.class)));
    assertEquals(1, cluster.node(1).counter(CoordinatorMetrics.READ_REPAIRS));
    cluster.sent.clear();
    cluster.await(cluster.get(1, "k", 3));
    cluster.settle();
    assertEquals(0, cluster.sentCount(s -> s.is(Merge.class)));
  }

  @Test
  void readRepair_mendsTheReadersOwnReplica() {
    cluster.kill(3, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.restart(3);
    cluster.settle();
    assertEquals(List.of("v"), cluster.read(3, "k"));
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(3, "k"));
  }

  @Test
  void readRepair_leavesYoungVersionsToTheirWrites() {
    cluster.lost = s -> s.is(Merge.class, "n3");
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.sent.clear();
    cluster.await(cluster.get(1, "k", 3));
    assertEquals(0, cluster.node(1).counter(CoordinatorMetrics.READ_REPAIRS));
  }

  @Test
  void tombstone_isNotPushedToAReplicaWithoutTheRow() {
    cluster.kill(3, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.awaitReply(cluster.write(1, "k", Kind.PLAIN, "DEL"));
    cluster.settle();
    cluster.restart(3);
    cluster.settle();
    assertEquals(List.of(), cluster.values(cluster.await(cluster.get(1, "k", 3))));
    cluster.settle();
    assertTrue(cluster.row(3, "k").isAbsent());
  }

  @Test
  void tooFewReplicas_isSaidAtTheDeadline() {
    cluster.kill(1, 0);
    cluster.kill(2, 0);
    cluster.settle();
    long before = cluster.time.monotonicNanos();
    GetResult result = cluster.await(cluster.get(3, "k"));
    assertEquals(new Failure.NoQuorum(1, 2, 1_000, false), result.failure());
    assertEquals(1_000, (cluster.time.monotonicNanos() - before) / 1_000_000);
    assertFalse(cluster.await(cluster.get(3, "k", 1)).reading().exists());
  }

  @Test
  void replicaThatComesBackInTime_isAsked() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.kill(1, 0);
    cluster.kill(2, 0);
    cluster.settle();
    Later<GetResult> get = cluster.get(3, "k");
    cluster.time.advanceMillis(500);
    assertFalse(get.isDone());
    cluster.restart(2);
    assertEquals(List.of("v"), cluster.values(cluster.await(get)));
  }

  @Test
  void lostMessages_areAskedAgain() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    boolean[] lose = {true};
    cluster.lost = s -> lose[0] && (s.is(ReadRow.class) || s.is(RowRead.class));
    Later<GetResult> get = cluster.get(3, "k");
    cluster.time.advanceMillis(500);
    assertFalse(get.isDone());
    lose[0] = false;
    assertEquals(List.of("v"), cluster.values(cluster.await(get)));
  }

  @Test
  void replicasThatAreNotCurrent_doNotCountWhileEnoughCurrentOnesAreThere() {
    cluster.node(1).isCurrent = true;
    cluster.node(2).isCurrent = true;
    cluster.await(cluster.get(3, "k", 3));
    cluster.sent.clear();
    cluster.read(3, "k");
    assertEquals(1, cluster.sentCount(s -> s.is(ReadRow.class, "n1")));
    assertEquals(1, cluster.sentCount(s -> s.is(ReadRow.class, "n2")));
  }

  @Test
  void laterEpoch_isLearnedAndTheReadStartsAnew() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    var moved = TestCluster.table(2, List.of(cluster.names.get(1), cluster.names.get(0)));
    cluster.node(1).table = moved;
    cluster.node(2).table = moved;
    assertEquals(List.of("v"), cluster.read(3, "k"));
    assertEquals(2, cluster.node(3).table.entry(0).epoch());
  }

  @Test
  void nodeWithAnOlderTable_isReplacedByAnother() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    var moved = TestCluster.table(2, cluster.names);
    cluster.node(3).table = moved;
    cluster.node(2).table = moved;
    assertEquals(List.of("v"), cluster.read(3, "k"));
  }

  @Test
  void newestKeyspace_showsOnlyTheLatest() {
    Keyspace newest =
        new Keyspace("", 3, 2, 2, Keyspace.Conflicts.NEWEST, 0, Keyspace.Fsync.EVERYSEC);
    TestCluster three = new TestCluster(9, 3, CoordinatorSettings.DEFAULTS, newest);
    var none = io.cartwheel.cluster.version.VersionVector.EMPTY;
    three.awaitReply(three.write(1, List.of("k"), Kind.CONTEXT, "SET a", none, 0));
    three.awaitReply(three.write(2, List.of("k"), Kind.CONTEXT, "SET b", none, 0));
    assertEquals(List.of("b"), three.read(3, "k"));
  }

  @Test
  void tooManyReads_areRefused() {
    CoordinatorSettings tight =
        new CoordinatorSettings(
            1_000, 300, 150, 100, 1 << 20, 5_000, 30_000, new CoordinatorSettings.Limits(5, 4, 10));
    TestCluster small = new TestCluster(3, 3, tight, TestCluster.keyspace(3, 2, 2));
    List<Later<GetResult>> all = new java.util.ArrayList<>();
    for (int i = 0; i < 6; i++) {
      all.add(small.get(1, "k"));
    }
    GetResult last = small.await(all.get(5));
    assertInstanceOf(Failure.Busy.class, last.failure());
    all.subList(0, 5).forEach(get -> assertFalse(small.await(get).reading().exists()));
  }
}
