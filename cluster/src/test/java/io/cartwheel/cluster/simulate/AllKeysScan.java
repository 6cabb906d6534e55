package io.cartwheel.cluster.simulate;

import java.util.ArrayList;
import java.util.List;

/** A scan of a cluster that is well: it finds all keys that live, once each, and no other. */
final class AllKeysScan {
  private AllKeysScan() {}

  /**
   * Scans, and throws {@link Violation} where it finds something else. What may expire meanwhile,
   * and what not as many nodes as usual keep, is not asked for.
   *
   * @param at whom it asks
   */
  static void check(Run run, Machine at) {
    List<String> found = new ArrayList<>();
    boolean[] ended = {false};
    run.requests()
        .scan(
            at,
            0,
            (keys, complete) -> {
              found.addAll(keys);
              ended[0] = complete;
            });
    run.await(() -> ended[0], "end of a scan at " + at);
    found.removeIf(key -> !isToBeFound(run, key));
    List<String> expected =
        run.oracle().history().keys().stream()
            .filter(key -> isToBeFound(run, key) && isLive(run, key))
            .toList();
    if (!found.stream().sorted().toList().equals(expected)) {
      throw new Violation("a scan at " + at + " finds " + found + ", not " + expected);
    }
  }

  private static boolean isToBeFound(Run run, String key) {
    History history = run.oracle().history();
    boolean expires =
        history.writesOf(key).stream().anyMatch(write -> write.request.expiryMillis != 0);
    return !expires && history.keyspaceOf(key).n() >= Math.min(3, run.nodes());
  }

  private static boolean isLive(Run run, String key) {
    return run.oracle().history().reading(key, run.oracle().merged(key), run.nowMillis()).exists();
  }
}
