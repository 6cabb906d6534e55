package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cartwheel.cluster.message.Message.Write.Kind;
import org.junit.jupiter.api.Test;

/** A read-modify-write that changes nothing has only read: it answers as a read would. */
class UnchangedTest {
  private final TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);

  @Test
  void nodeByItself_doesNotAnswerFromItsOwnRowAlone() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.part(1, 2);
    cluster.part(1, 3);
    cluster.awaitReply(cluster.write(2, "k", Kind.READ_MODIFY_WRITE, "DEL"));
    assertInstanceOf(Failure.NoQuorum.class, cluster.await(cluster.get(1, "k")).failure());
    var late = cluster.await(cluster.write(1, "k", Kind.READ_MODIFY_WRITE, "SETNX w"));
    assertInstanceOf(Failure.NoQuorum.class, late.failure());
  }

  @Test
  void twoOfThree_areEnough() {
    cluster.awaitReply(cluster.set(1, "k", "v"));
    cluster.settle();
    cluster.part(1, 2);
    assertEquals("0", cluster.awaitReply(cluster.write(1, "k", Kind.READ_MODIFY_WRITE, "SETNX w")));
  }
}
