package io.cartwheel.cluster.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.coordinate.Coordinator.WriteResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Merge;
import org.junit.jupiter.api.Test;

/** Values whose transfer alone takes longer than the timeouts of small messages. */
class LargeWritesTest {
  private static final int VALUE_BYTES = 12_000_000;
  private static final long TRANSFER_MILLIS = 800;

  @Test
  void largeValue_isSentOnceToEach_andNobodyIsReplacedWhileItIsOnItsWay() {
    TestCluster cluster = new TestCluster(1, 5, 3, 2, 2);
    cluster.hasFallbacks = true;
    cluster.extraMillis =
        message -> message instanceof Forward || message instanceof Merge ? TRANSFER_MILLIS : 0;
    assertEquals("OK", cluster.awaitReply(cluster.set(5, "k", "v".repeat(VALUE_BYTES))));
    cluster.settle();
    assertEquals(1, cluster.sentCount(s -> s.is(Forward.class)));
    assertEquals(2, cluster.sentCount(s -> s.is(Merge.class)));
  }

  @Test
  void largeValue_whoseCoordinatorIsSilent_isTriedElsewhereInTime() {
    TestCluster cluster = new TestCluster(1, 5, 3, 2, 2);
    cluster.lost = s -> s.is(Forward.class, "n1");
    cluster.extraMillis = message -> message instanceof Forward ? TRANSFER_MILLIS : 0;
    Later<WriteResult> write = cluster.set(5, "k", "v".repeat(VALUE_BYTES));
    cluster.settle();
    assertEquals("OK", cluster.awaitReply(write));
    assertEquals(2, cluster.sentCount(s -> s.is(Forward.class)));
  }
}
