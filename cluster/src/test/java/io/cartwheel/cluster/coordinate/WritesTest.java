package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.GetResult;
import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.VersionVector;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WritesTest {
  private final TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);

  @Test
  void set_isStoredByAllOwnersWhileNothingFails() {
    assertEquals("OK", cluster.awaitReply(cluster.set(1, "k", "v")));
    cluster.settle();
    for (int node = 1; node <= 3; node++) {
      assertEquals(List.of("v"), cluster.held(node, "k"));
    }
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
  }

  @Test
  void set_isForwardedToTheFirstReachableOwner() {
    cluster.awaitReply(cluster.set(3, "k", "v"));
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class, "n1")));
    assertEquals(1, cluster.node(3).counter(CoordinatorMetrics.FORWARDS));
    cluster.part(3, 1);
    cluster.settle();
    cluster.awaitReply(cluster.set(3, "k", "w"));
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class, "n2")));
  }

  @Test
  void relay_happensOnceAndNeverBack() {
    cluster.part(3, 1);
    cluster.settle();
    cluster.awaitReply(cluster.set(3, "k", "v"));
    // n3 cannot reach n1, but n2 can: it passes the write on, flagged.
    assertEquals(1, cluster.sentCount(s -> s.message() instanceof Forward f && f.relayed()));
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(1, "k"));
    assertEquals(List.of("v"), cluster.held(2, "k"));
  }

  @Test
  void notCurrent_asksAllOthersBeforeItStamps() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    assertEquals(2, cluster.sentCount(s -> s.is(ReadRow.class)));
  }

  @Test
  void firstOwnerAndCurrent_stampsWithoutAsking() {
    cluster.node(1).isCurrent = true;
    cluster.awaitReply(cluster.set(2, "k", "v"));
    assertEquals(0, cluster.sentCount(s -> s.is(ReadRow.class)));
    assertEquals(List.of("v"), cluster.read(3, "k"));
  }

  @Test
  void currentButNotFirst_asks() {
    cluster.node(2).isCurrent = true;
    cluster.kill(1, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(2, "k", "v"));
    assertEquals(1, cluster.sentCount(s -> s.is(ReadRow.class)));
  }

  @Test
  void writesOfOneKeyThatWait_shareOneAskRound() {
    List<Later<WriteResult>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(cluster.incr(1, "k"));
    }
    for (int i = 0; i < 50; i++) {
      assertEquals(Integer.toString(i + 1), cluster.awaitReply(all.get(i)));
    }
    assertTrue(cluster.sentCount(s -> s.is(ReadRow.class)) <= 6);
    assertTrue(cluster.sentCount(s -> s.is(Merge.class)) <= 6);
  }

  @Test
  void silentReplica_holdsAWriteUpNoLongerThanTheReplicaTimeout() {
    cluster.awaitReply(cluster.set(1, "k", "1"));
    cluster.settle();
    cluster.lost = s -> s.is(ReadRow.class);
    long before = cluster.time.monotonicNanos();
    assertEquals("OK", cluster.awaitReply(cluster.set(1, "k", "2")));
    long tookMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertTrue(tookMillis >= 75 && tookMillis < 200, tookMillis + " ms");
  }

  @Test
  void staleCoordinator_learnsFromTheOthersBeforeItComputes() {
    cluster.kill(1, 0);
    cluster.settle();
    assertEquals("1", cluster.awaitReply(cluster.incr(2, "k")));
    assertEquals("2", cluster.awaitReply(cluster.incr(2, "k")));
    cluster.restart(1);
    cluster.settle();
    assertEquals("3", cluster.awaitReply(cluster.incr(2, "k")));
    cluster.settle();
    for (int node = 1; node <= 3; node++) {
      assertEquals(List.of("3"), cluster.held(node, "k"));
    }
  }

  @Test
  void staleCoordinator_overwritesByVersionsAlone() {
    cluster.kill(1, 0);
    cluster.settle();
    cluster.awaitReply(cluster.set(2, "k", "old"));
    cluster.restart(1);
    cluster.settle();
    long before = cluster.sentCount(s -> s.message() instanceof ReadRow r && !r.versionsOnly());
    cluster.awaitReply(cluster.set(3, "k", "new"));
    cluster.settle();
    assertEquals(
        before, cluster.sentCount(s -> s.message() instanceof ReadRow r && !r.versionsOnly()));
    for (int node = 1; node <= 3; node++) {
      assertEquals(List.of("new"), cluster.held(node, "k"));
    }
  }

  @Test
  void killedCoordinator_aPlainWriteIsRetriedAtTheNext() {
    cluster.onFirst(s -> s.is(Forward.class, "n1"), s -> cluster.kill(1, 10));
    Later<WriteResult> write = cluster.set(3, "k", "v");
    assertEquals("OK", cluster.awaitReply(write));
    assertTrue(cluster.sentCount(s -> s.message() instanceof Forward f && f.write().retry()) >= 1);
    assertEquals(List.of("v"), cluster.read(2, "k"));
  }

  @Test
  void killedCoordinator_aReadModifyWriteIsNotSentAgain() {
    cluster.onFirst(s -> s.is(Forward.class, "n1"), s -> cluster.kill(1, 10));
    WriteResult result = cluster.await(cluster.incr(3, "k"));
    Failure.NoQuorum failure = assertInstanceOf(Failure.NoQuorum.class, result.failure());
    assertTrue(failure.mayTakeEffect());
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class)));
  }

  @Test
  void attemptThatDidNotLeave_isProof() {
    cluster.node(3).refused.add(cluster.names.get(0));
    assertEquals("1", cluster.awaitReply(cluster.incr(3, "k")));
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class, "n2")));
  }

  @Test
  void pausedCoordinator_refusesWhenItWakes() {
    cluster.node(1).isPaused = true;
    cluster.awaitReply(cluster.set(3, "k", "first"));
    cluster.awaitReply(cluster.write(2, List.of("k"), Kind.PLAIN, "SET x", none(), 1));
    cluster.node(1).isPaused = false;
    cluster.settle();
    assertTrue(
        cluster.sentCount(
                s -> s.message() instanceof Forwarded f && f.outcome() == Forwarded.Outcome.LATE)
            >= 1);
    assertEquals(List.of("x"), cluster.read(3, "k"));
  }

  @Test
  void lateAttempt_isRepeatedOnceByTheCoordinatorsClock() {
    long wrong = 5_000L << 16;
    cluster.node(1).hybrid.observe(cluster.node(1).hybrid.now() + wrong);
    assertEquals("1", cluster.awaitReply(cluster.incr(3, "k")));
    assertEquals(2, cluster.sentCount(s -> s.is(Forward.class, "n1")));
  }

  @Test
  void retry_endsTheCurrencyOfThoseItPassedOver() {
    cluster.lost = s -> s.is(Forward.class, "n1");
    cluster.awaitReply(cluster.set(3, "k", "v"));
    cluster.settle();
    // By the coordinator itself, and by the owner after it.
    assertEquals(2, cluster.node(1).endedCurrency);
    assertEquals(0, cluster.node(3).endedCurrency);
  }

  @Test
  void retry_keepsWhatCameAfterTheFirstAttempt() {
    cluster.loseFirst(s -> s.is(Forward.class, "n1"));
    Later<WriteResult> early = cluster.set(3, "k", "early");
    cluster.time.advanceMillis(50);
    cluster.awaitReply(cluster.set(2, "k", "late"));
    assertEquals("OK", cluster.awaitReply(early));
    cluster.settle();
    assertEquals(List.of("early", "late"), cluster.read(1, "k"));
  }

  @Test
  void retry_ofAWriteThatWasExecutedIsFoundInTheRow() {
    cluster.lost = s -> s.is(Forwarded.class);
    Later<WriteResult> write = cluster.set(3, "k", "v");
    cluster.time.advanceMillis(290);
    cluster.lost = s -> false;
    assertEquals("OK", cluster.awaitReply(write));
    cluster.settle();
    for (int node = 1; node <= 3; node++) {
      assertEquals(1, cluster.row(node, "k").row().siblings().size());
      assertEquals(1, cluster.row(node, "k").row().context().size());
    }
  }

  @Test
  void contextRetry_isExecutedThoughAnotherCameAfterIt() {
    cluster.loseFirst(s -> s.is(Forward.class, "n1"));
    Later<WriteResult> early = cluster.write(3, List.of("k"), Kind.CONTEXT, "SET mine", none(), 0);
    cluster.time.advanceMillis(50);
    cluster.awaitReply(cluster.set(2, "k", "late"));
    assertEquals("OK", cluster.awaitReply(early));
    assertEquals(List.of("late", "mine"), cluster.read(1, "k"));
  }

  @Test
  void concurrentContextWrites_surviveAsSiblingsAndAreResolved() {
    cluster.awaitReply(cluster.set(1, "k", "base"));
    VersionVector token = cluster.await(cluster.get(1, "k")).reading().context();
    cluster.awaitReply(cluster.write(2, List.of("k"), Kind.CONTEXT, "SET a", token, 0));
    cluster.awaitReply(cluster.write(3, List.of("k"), Kind.CONTEXT, "SET b", token, 0));
    assertEquals(List.of("a", "b"), cluster.read(1, "k"));
    assertEquals("CONFLICT", cluster.awaitReply(cluster.incr(1, "k")));
    VersionVector both = cluster.await(cluster.get(2, "k")).reading().context();
    cluster.awaitReply(cluster.write(2, List.of("k"), Kind.CONTEXT, "SET c", both, 0));
    assertEquals(List.of("c"), cluster.read(3, "k"));
  }

  @Test
  void siblingLimit_refusesTheWriteThatWouldExceedIt() {
    for (int i = 0; i < 100; i++) {
      cluster.awaitReply(cluster.write(1, List.of("k"), Kind.CONTEXT, "SET " + i, none(), 0));
    }
    WriteResult refused =
        cluster.await(cluster.write(2, List.of("k"), Kind.CONTEXT, "SET x", none(), 0));
    assertEquals(new Failure.TooManySiblings(100), refused.failure());
    assertEquals("OK", cluster.awaitReply(cluster.set(2, "k", "one")));
    assertEquals(List.of("one"), cluster.read(1, "k"));
  }

  @Test
  void multiKeyWrite_isDecidedInOneStep() {
    List<String> keys = List.of("{t}a", "{t}b");
    Later<WriteResult> first =
        cluster.write(1, keys, Kind.READ_MODIFY_WRITE, "SETNX one", none(), 0);
    Later<WriteResult> second =
        cluster.write(2, List.of("{t}b", "{t}a"), Kind.READ_MODIFY_WRITE, "SETNX two", none(), 0);
    List<String> replies =
        List.of(cluster.awaitReply(first), cluster.awaitReply(second)).stream().sorted().toList();
    assertEquals(List.of("0", "1"), replies);
    assertEquals(cluster.read(3, "{t}a"), cluster.read(3, "{t}b"));
  }

  @Test
  void delete_writesNothingWhereNothingWas() {
    assertEquals("0", cluster.awaitReply(cluster.write(2, "k", Kind.PLAIN, "DEL")));
    assertTrue(cluster.row(1, "k").isAbsent());
    cluster.awaitReply(cluster.set(1, "k", "v"));
    assertEquals("1", cluster.awaitReply(cluster.write(2, "k", Kind.PLAIN, "DEL")));
    assertEquals(List.of(), cluster.read(3, "k"));
  }

  @Test
  void tooFewOwners_isSaidHonestly() {
    cluster.kill(2, 0);
    cluster.kill(3, 0);
    cluster.settle();
    long before = cluster.time.monotonicNanos();
    WriteResult result = cluster.await(cluster.set(1, "k", "v"));
    long waitedMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertEquals(new Failure.NoQuorum(1, 2, waitedMillis, true), result.failure());
    assertTrue(waitedMillis <= 1_000 && waitedMillis > 900, waitedMillis + " ms");
    assertEquals(
        "OK", cluster.awaitReply(cluster.write(1, List.of("k"), Kind.PLAIN, "SET w", none(), 1)));
  }

  @Test
  void forwardedWithTooFewOwners_saysHowManyAnswered() {
    cluster.kill(2, 0);
    cluster.settle();
    cluster.lost = s -> s.is(Merge.class);
    long before = cluster.time.monotonicNanos();
    WriteResult result = cluster.await(cluster.set(3, "k", "v"));
    long waitedMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertEquals(new Failure.NoQuorum(1, 2, waitedMillis, true), result.failure());
    assertTrue(waitedMillis <= 1_000 && waitedMillis > 900, waitedMillis + " ms");
  }

  @Test
  void busyRequest_tellsHowLongItHasReallyWaited() {
    cluster.nodes.values().forEach(node -> node.isWhole = true);
    cluster.lost = s -> s.is(Merge.class);
    long before = cluster.time.monotonicNanos();
    TestCluster.Later<WriteResult> later = cluster.set(1, "k", "v");
    assertTrue(cluster.time.runUntil(later::isDone, 60_000));
    long waitedMillis = (cluster.time.monotonicNanos() - before) / 1_000_000;
    assertEquals(new Failure.NoQuorum(0, 2, waitedMillis, true), later.value.failure());
    assertTrue(waitedMillis > 5_000, waitedMillis + " ms");
  }

  @Test
  void noOwnerReachable_certainlyHasNoEffect() {
    TestCluster five = new TestCluster(2, 5, 3, 2, 2);
    for (int owner = 1; owner <= 3; owner++) {
      five.kill(owner, 0);
    }
    five.settle();
    WriteResult result = five.await(five.set(5, "k", "v"));
    assertEquals(new Failure.NoQuorum(0, 2, 1_000, false), result.failure());
  }

  @Test
  void ownerThatComesBackInTime_getsTheMerge() {
    cluster.kill(2, 0);
    cluster.kill(3, 0);
    cluster.settle();
    Later<WriteResult> write = cluster.set(1, "k", "v");
    cluster.time.advanceMillis(400);
    assertFalse(write.isDone());
    cluster.restart(3);
    assertEquals("OK", cluster.awaitReply(write));
    assertEquals(List.of("v"), cluster.held(3, "k"));
  }

  @Test
  void lostMerge_isSentAgain() {
    boolean[] lose = {true};
    cluster.lost = s -> lose[0] && s.is(Merge.class);
    Later<WriteResult> write = cluster.set(1, "k", "v");
    cluster.time.advanceMillis(20);
    lose[0] = false;
    assertEquals("OK", cluster.awaitReply(write));
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(2, "k"));
    assertEquals(List.of("v"), cluster.held(3, "k"));
  }

  @Test
  void siblingsHeldByAnOwner_areMergedAndEndTheCurrency() {
    cluster.node(1).isCurrent = true;
    TestCluster other = new TestCluster(77, 3, 3, 2, 2);
    other.awaitReply(other.set(1, "k", "unknown"));
    cluster
        .node(3)
        .rows
        .plant(new io.cartwheel.cluster.ring.Key("k".getBytes(UTF_8)), other.row(1, "k").row());
    cluster.awaitReply(cluster.set(1, "k", "mine"));
    cluster.settle();
    assertFalse(cluster.node(1).isCurrent);
    assertEquals(2, cluster.held(1, "k").size());
  }

  private static TestCluster withShortQueues() {
    CoordinatorSettings tight =
        new CoordinatorSettings(
            1_000,
            300,
            150,
            100,
            1 << 20,
            5_000,
            30_000,
            new CoordinatorSettings.Limits(1_000, 4, 10));
    return new TestCluster(3, 3, tight, TestCluster.keyspace(3, 2, 2));
  }

  @Test
  void writesThatFindNoPlace_waitForOneAndAreCarriedOut() {
    TestCluster small = withShortQueues();
    List<Later<WriteResult>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(small.incr(2, "k"));
    }
    all.forEach(small::awaitReply);
    assertEquals(List.of("20"), small.read(1, "k"));
  }

  @Test
  void writesThatNeverFindAPlace_areBusyAndNotExecuted() {
    TestCluster small = withShortQueues();
    small.lost = s -> s.is(ReadRow.class);
    List<Later<WriteResult>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(small.incr(2, "k"));
    }
    int busy = 0;
    for (Later<WriteResult> one : all) {
      Failure failure = small.await(one).failure();
      busy += failure instanceof Failure.Busy ? 1 : 0;
      assertTrue(failure instanceof Failure.Busy || failure instanceof Failure.NoQuorum);
    }
    assertTrue(busy > 0);
    small.lost = s -> false;
    small.settle();
    assertEquals(List.of(), small.read(1, "k"));
  }

  @Test
  void silenceWhileNobodyIsMissing_isWaitedFor() {
    cluster.nodes.values().forEach(node -> node.isWhole = true);
    cluster.lost = s -> s.is(Merged.class);
    Later<WriteResult> write = cluster.incr(3, "k");
    cluster.time.advanceMillis(2_500);
    assertFalse(write.isDone());
    cluster.lost = s -> false;
    assertEquals("1", cluster.awaitReply(write));
    cluster.lost = s -> s.is(ReadRow.class);
    Later<GetResult> read = cluster.get(3, "k");
    cluster.time.advanceMillis(2_500);
    assertFalse(read.isDone());
    cluster.lost = s -> false;
    assertEquals(List.of("1"), cluster.values(cluster.await(read)));
  }

  @Test
  void stalledCoordinator_isPassedOverByPlainAndComputedWrites() {
    cluster.node(1).rows.stalled = true;
    for (int at = 1; at <= 3; at++) {
      assertEquals("OK", cluster.awaitReply(cluster.set(at, "k" + at, "v")));
      assertEquals("1", cluster.awaitReply(cluster.incr(at, "n" + at)));
    }
    cluster.node(1).rows.stalled = false;
    assertEquals("2", cluster.awaitReply(cluster.incr(3, "n1")));
  }

  /** Its own refusals come at once, and must not be answered at once without end. */
  @Test
  void retryAtAStalledNodeThatCannotSend_waitsForItsDeadline() {
    cluster.node(2).rows.stalled = true;
    cluster.lost = s -> s.is(Forward.class, "n1");
    cluster.onFirst(
        s -> s.is(Forward.class, "n1"),
        s -> cluster.unsendable = later -> later.from().value().equals("n2"));
    WriteResult result = cluster.await(cluster.set(2, "k", "v"));
    assertInstanceOf(Failure.NoQuorum.class, result.failure());
  }

  @Test
  void everyOwnerStalled_isBusyAtOnceAndSaysWhy() {
    for (int node = 1; node <= 3; node++) {
      cluster.node(node).rows.stalled = true;
    }
    long before = cluster.time.monotonicNanos();
    WriteResult result = cluster.await(cluster.set(2, "k", "v"));
    Failure.Busy busy = assertInstanceOf(Failure.Busy.class, result.failure());
    assertEquals("the storage engine of n3 stalls", busy.reason());
    assertTrue(cluster.time.monotonicNanos() - before < 20_000_000);
    assertEquals(0, cluster.sentCount(s -> s.is(Merge.class)));

    cluster.node(2).rows.stalled = false;
    cluster.node(3).rows.stalled = false;
    assertEquals("OK", cluster.awaitReply(cluster.set(2, "k", "v")));
  }

  @Test
  void doubledForward_isExecutedOnce() {
    cluster.doubleRate = 1;
    for (int i = 1; i <= 10; i++) {
      assertEquals(Integer.toString(i), cluster.awaitReply(cluster.incr(3, "k")));
    }
    cluster.settle();
    assertEquals(List.of("10"), cluster.read(2, "k"));
  }

  @Test
  void laterEpoch_isLearnedAndTheWriteStartsAnew() {
    var moved = TestCluster.table(2, List.of(cluster.names.get(1), cluster.names.get(2)));
    cluster.node(1).table = moved;
    cluster.node(2).table = moved;
    assertEquals("OK", cluster.awaitReply(cluster.set(3, "k", "v")));
    assertEquals(2, cluster.node(3).table.entry(0).epoch());
    cluster.settle();
    assertEquals(List.of("v"), cluster.held(2, "k"));
    assertEquals(List.of(), cluster.held(1, "k"));
  }

  @Test
  void coldRows_areWaitedFor() {
    for (int node = 1; node <= 3; node++) {
      cluster.node(node).rows.coldMillis = 20;
    }
    assertEquals("1", cluster.awaitReply(cluster.incr(2, "k")));
    assertEquals("2", cluster.awaitReply(cluster.incr(3, "k")));
    assertEquals(List.of("2"), cluster.read(1, "k"));
  }

  @Test
  void notServing_untilThereIsATable() {
    cluster.node(1).table = null;
    WriteResult result = cluster.await(cluster.set(1, "k", "v"));
    assertInstanceOf(Failure.NotReady.class, result.failure());
    assertNull(result.reply());
    // Another node finds another coordinator.
    assertEquals("OK", cluster.awaitReply(cluster.set(2, "k", "v")));
    assertEquals(0, cluster.sentCount(s -> s.is(Merged.class, "n1")));
  }

  private static VersionVector none() {
    return VersionVector.EMPTY;
  }
}
