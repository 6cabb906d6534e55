package io.cartwheel.resp.command.quorum;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Failure;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** Walks the ring page by page. */
public final class Walk {
  /**
   * Cursors hold so many bits of a position, and no page ends inside them: JavaScript clients hold
   * a cursor as a double.
   */
  public static final int CURSOR_BITS = Position.RUN_BITS;

  private static final int PAGE_KEYS = 500;

  private Walk() {}

  /**
   * Gathers the live keys of a part of the ring that {@code wanted} takes.
   *
   * @param from first position, unsigned
   * @param to end, exclusive; 0 for the end of the ring
   * @param atMost no more than so many keys
   * @param done given the keys, or null and the failure
   */
  public static void gather(
      Coordinator coordinator,
      long from,
      long to,
      long atMost,
      Predicate<byte[]> wanted,
      BiConsumer<List<byte[]>, Failure> done) {
    List<byte[]> keys = new ArrayList<>();
    long[] next = {from};
    Repetition.run(
        again ->
            coordinator.scan(
                new ScanRequest(next[0], to, PAGE_KEYS, CURSOR_BITS),
                page -> {
                  if (page.failure() != null) {
                    done.accept(null, page.failure());
                    return;
                  }
                  for (byte[] key : page.keys()) {
                    if (keys.size() < atMost && wanted.test(key)) {
                      keys.add(key);
                    }
                  }
                  next[0] = page.next();
                  if (isLast(page.next(), to) || keys.size() >= atMost) {
                    done.accept(keys, null);
                  } else {
                    again.run();
                  }
                }));
  }

  /** Whether the walk to {@code to} ends with the page that gave {@code next}. */
  public static boolean isLast(long next, long to) {
    return next == 0 || (to != 0 && Long.compareUnsigned(next, to) >= 0);
  }
}
