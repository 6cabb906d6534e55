package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Forward;
import io.cartwheel.cluster.message.Message.Forwarded;
import io.cartwheel.cluster.message.Message.Forwarded.Outcome;
import io.cartwheel.cluster.message.Message.Write;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.VersionVector;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What no node of this version sends: it is refused, and nothing breaks. */
class StrangeForwardsTest {
  private final TestCluster cluster = new TestCluster(1, 3, 3, 2, 2);
  private long requests;

  private Write write(List<String> keys, String update, long firstSent, long deadline) {
    return new Write(
        keys.stream().map(key -> key.getBytes(UTF_8)).toList(),
        Kind.PLAIN,
        update.getBytes(UTF_8),
        VersionVector.EMPTY,
        0,
        new RequestId(9, ++requests),
        firstSent,
        deadline,
        false);
  }

  private Write write(List<String> keys) {
    long now = cluster.node(1).hybrid.now();
    return write(keys, "SET v", now, now + HybridClock.ofMillis(300));
  }

  /** What the first owner answers; nothing where it waits. */
  private List<Outcome> answers(int partition, Write write) {
    TestNode first = cluster.node(1);
    NodeName from = cluster.names.get(2);
    int before = cluster.sent.size();
    first.loop.execute(
        () -> first.shard.onMessage(from, new Forward(7_000_000, partition, 1, write, false)));
    cluster.settle();
    assertTrue(cluster.inFlight().isEmpty(), () -> "left: " + cluster.inFlight());
    return cluster.sent.subList(before, cluster.sent.size()).stream()
        .filter(s -> s.message() instanceof Forwarded)
        .map(s -> ((Forwarded) s.message()).outcome())
        .toList();
  }

  @Test
  void partition_thatTheRingHasNot() {
    assertEquals(List.of(Outcome.NOT_SERVING), answers(16_383, write(List.of("k"))));
  }

  @Test
  void noKeys() {
    assertEquals(List.of(Outcome.NOT_SERVING), answers(0, write(List.of())));
  }

  @Test
  void oneKeyTwice() {
    assertEquals(List.of(Outcome.NOT_SERVING), answers(0, write(List.of("k", "k"))));
  }

  @Test
  void updateThatIsNone() {
    long now = cluster.node(1).hybrid.now();
    Write nonsense = write(List.of("k"), "?", now, now + HybridClock.ofMillis(300));
    assertEquals(List.of(Outcome.NOT_SERVING), answers(0, nonsense));
  }

  @Test
  void timesOutOfAllBounds() {
    long now = cluster.node(1).hybrid.now();
    long[] times = {0, 1, -1, now, Long.MAX_VALUE, Long.MIN_VALUE, now + (1L << 50)};
    for (long firstSent : times) {
      for (long deadline : times) {
        List<Outcome> answers = answers(0, write(List.of("k"), "SET v", firstSent, deadline));
        assertEquals(1, answers.size(), firstSent + " to " + deadline + ": " + answers);
      }
    }
  }
}
