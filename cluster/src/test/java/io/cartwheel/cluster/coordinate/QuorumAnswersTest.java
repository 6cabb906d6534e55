package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.version.VersionVector;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What rests on what is there is told, and done, only where as many replicas have told of it as a
 * read asks: else the answer is that of a read that finds too few.
 */
class QuorumAnswersTest {
  private final TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);

  @BeforeEach
  void makeCurrent() {
    cluster.makeCurrent();
  }

  private void cutOff(int number) {
    for (int other = 1; other <= 3; other++) {
      if (other != number) {
        cluster.part(number, other);
      }
    }
  }

  private void rejoin(int number) {
    for (int other = 1; other <= 3; other++) {
      if (other != number) {
        cluster.join(number, other);
      }
    }
  }

  /** What n1 sends is lost, though its connections stand. */
  private void silence() {
    cluster.lost = s -> s.from().value().equals("n1");
  }

  private WriteResult setIfNone(int at, String value) {
    return cluster.await(cluster.write(at, "lock", Kind.READ_MODIFY_WRITE, "SETNX " + value));
  }

  private static String reply(WriteResult result) {
    return result.failure() == null
        ? new String(result.reply(), UTF_8)
        : result.failure().toString();
  }

  private static void assertUnread(WriteResult result) {
    Failure.NoQuorum failure = assertInstanceOf(Failure.NoQuorum.class, result.failure());
    assertEquals(1, failure.answered());
    assertEquals(2, failure.needed());
    assertEquals(false, failure.mayTakeEffect());
  }

  @Test
  void lock_isNotGivenTwiceWhileAnswersAreSlow() {
    cutOff(1);
    assertEquals("1", reply(setIfNone(2, "a")));
    cluster.settle();
    rejoin(1);
    long until = cluster.time.monotonicNanos() + 200_000_000L;
    cluster.lost = s -> s.is(Message.RowRead.class, "n1") && cluster.time.monotonicNanos() < until;
    assertEquals("0", reply(setIfNone(1, "b")));
    cluster.settle();
    assertEquals(List.of("a"), cluster.read(2, "lock"));
  }

  @Test
  void firstOwnerThatHoldsItselfCurrent_seesWhatItHasMissed() {
    cutOff(1);
    assertEquals("1", reply(setIfNone(2, "a")));
    cluster.settle();
    rejoin(1);
    cluster.node(1).isCurrent = true;
    assertEquals("0", reply(setIfNone(1, "b")));
    assertEquals(List.of("a"), cluster.read(2, "lock"));
  }

  @Test
  void readModifyWrite_isNotExecutedWhereTooFewAnswer() {
    cluster.awaitReply(cluster.set(1, "k", "1"));
    cutOff(1);
    assertUnread(cluster.await(cluster.incr(1, "k")));
    rejoin(1);
    silence();
    assertInstanceOf(Failure.NoQuorum.class, cluster.await(cluster.incr(1, "k")).failure());
    cluster.lost = s -> false;
    cluster.settle();
    assertEquals(List.of("1"), cluster.read(2, "k"));
  }

  @Test
  void readModifyWrite_isTakenToAnOwnerThatHearsEnough() {
    cluster.awaitReply(cluster.set(1, "k", "1"));
    cluster.settle();
    cluster.lost = s -> s.is(Message.RowRead.class, "n1");
    assertEquals("2", cluster.awaitReply(cluster.incr(3, "k")));
  }

  @Test
  void plainDelete_ofNothingIsAnsweredByAQuorum() {
    cutOff(1);
    cluster.awaitReply(cluster.set(2, "k", "v"));
    cluster.settle();
    cluster.node(1).isCurrent = true;
    assertUnread(cluster.await(cluster.write(1, "k", Kind.PLAIN, "DEL")));
    rejoin(1);
    cluster.node(1).isCurrent = true;
    silence();
    WriteResult silent = cluster.await(cluster.write(1, "k", Kind.PLAIN, "DEL"));
    assertInstanceOf(Failure.NoQuorum.class, silent.failure());
    cluster.lost = s -> false;
    assertEquals("1", cluster.awaitReply(cluster.write(1, "k", Kind.PLAIN, "DEL")));
    cluster.settle();
    assertEquals(List.of(), cluster.read(2, "k"));
  }

  @Test
  void plainDelete_ofSeveralKeysCountsNoneThatWasNotRead() {
    cluster.awaitReply(cluster.set(1, "a", "v"));
    cutOff(1);
    cluster.awaitReply(cluster.set(2, "b", "v"));
    cluster.settle();
    rejoin(1);
    cluster.node(1).isCurrent = true;
    assertEquals(
        "2",
        cluster.awaitReply(
            cluster.write(1, List.of("a", "b"), Kind.PLAIN, "DEL", VersionVector.EMPTY, 0)));
    cluster.settle();
    assertEquals(List.of(), cluster.read(2, "b"));
  }

  @Test
  void plainWrite_goesOnWithWhatItKnows() {
    cluster.lost = s -> s.is(Message.ReadRow.class) || s.is(Message.RowRead.class);
    assertEquals("OK", cluster.awaitReply(cluster.set(1, "k", "v")));
  }

  @Test
  void deleteSentTwice_saysThatItHasDeleted() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.lost = s -> s.is(Message.Forwarded.class);
    Later<WriteResult> delete = cluster.write(3, "k", Kind.PLAIN, "DEL");
    cluster.time.advanceMillis(250);
    cluster.lost = s -> false;
    assertEquals("1", cluster.awaitReply(delete));
  }

  @Test
  void deleteSentTwice_thatFindsLaterOnesDoesNotGuess() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.lost = s -> s.is(Message.Forwarded.class);
    Later<WriteResult> delete = cluster.write(3, "k", Kind.PLAIN, "DEL");
    cluster.time.advanceMillis(10);
    cluster.awaitReply(cluster.set(1, "k", "w"));
    cluster.awaitReply(cluster.write(1, "k", Kind.PLAIN, "DEL"));
    cluster.time.advanceMillis(200);
    cluster.lost = s -> false;
    Failure.NoQuorum failure =
        assertInstanceOf(Failure.NoQuorum.class, cluster.await(delete).failure());
    assertEquals(true, failure.mayTakeEffect());
  }
}
