package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.coordinate.TestCluster.Sent;
import io.cartwheel.cluster.message.Message.Merged;
import io.cartwheel.cluster.message.Message.RowRead;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.Dot;
import io.cartwheel.cluster.version.RequestId;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * A shard that is held up between hearing of a row and storing it: what it holds may have been
 * deleted meanwhile, and the tombstone reaped, so what is too old is not stored.
 */
class OldRowsTest {
  private static final int DRAWS = 20;
  private static final long LIMIT_MILLIS = CoordinatorSettings.DEFAULTS.maxRowAgeMillis();

  /** Longer than any operation takes beside the time for which it is held up. */
  private static final long SLACK_MILLIS = 3_000;

  private static final Row ROW =
      Row.EMPTY.with(
          new Sibling(
              new Dot(77, 1),
              1,
              Sibling.NO_EXPIRY,
              Sibling.STRING,
              Sibling.Form.VALUE,
              "5".getBytes(UTF_8),
              new RequestId(77, 1),
              false));

  /**
   * Draws for how long the first owner is held up once it has been told, and looks at whether it
   * holds then what only the second held before.
   */
  private static void draw(Consumer<TestCluster> ask, Predicate<Sent> tells) {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < DRAWS; i++) {
      TestCluster cluster = new TestCluster(seed + i, 3, 3, 2, 2);
      cluster.node(2).rows.plant(new Key("k".getBytes(UTF_8)), ROW);
      boolean isLong = random.nextBoolean();
      long heldUpMillis =
          isLong
              ? LIMIT_MILLIS + 1 + random.nextLong(LIMIT_MILLIS)
              : random.nextLong(SLACK_MILLIS, LIMIT_MILLIS - SLACK_MILLIS);
      cluster.onFirst(
          sent -> sent.to().equals(cluster.names.get(0)) && tells.test(sent),
          sent -> cluster.node(1).rows.coldMillis = heldUpMillis);
      cluster.lost = fromSecondOnly(cluster, cluster.lost);
      ask.accept(cluster);
      cluster.time.advanceMillis(heldUpMillis + SLACK_MILLIS);
      List<Dot> held =
          cluster.row(1, "k").row().siblings().stream()
              .map(Sibling::dot)
              .filter(dot -> dot.actor() == 77)
              .toList();
      assertEquals(
          isLong ? 0 : 1, held.size(), "seed " + seed + ", held up for " + heldUpMillis + " ms");
    }
  }

  /** The third owner is silent, so that the second is heard. */
  private static Predicate<Sent> fromSecondOnly(TestCluster cluster, Predicate<Sent> before) {
    return sent -> before.test(sent) || sent.from().equals(cluster.names.get(2));
  }

  private static boolean isWhole(Sent sent) {
    return sent.message() instanceof RowRead read && !read.row().isEmpty() && read.row().isWhole();
  }

  @Test
  void rowThatAReadModifyWriteHasLearned() {
    // It comes too late to be stamped, but what it has learned is stored where it is not too old.
    draw(cluster -> cluster.incr(1, "k"), OldRowsTest::isWhole);
  }

  @Test
  void rowThatAReadHasFound() {
    draw(cluster -> cluster.get(1, "k"), OldRowsTest::isWhole);
  }

  @Test
  void rowThatAMergeHasMet() {
    draw(
        cluster -> {
          cluster.makeCurrent();
          cluster.set(1, "k", "v");
        },
        sent -> sent.message() instanceof Merged merged && !merged.held().isEmpty());
  }
}
