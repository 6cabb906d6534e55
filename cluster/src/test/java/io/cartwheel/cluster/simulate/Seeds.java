package io.cartwheel.cluster.simulate;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/**
 * Runs many seeds on all cores.
 *
 * @param nodes 0 to draw them
 * @param steps 0 for as many as usual
 * @param twice whether each is run again, to see that it does the same
 * @param log told what happens in the first run of each
 */
record Seeds(int nodes, int steps, boolean twice, Consumer<String> log) {
  private static final int AHEAD_PER_CORE = 4;

  /**
   * @param from first seed
   * @param to last seed
   * @param then told of each, in their order, on the caller's thread; false where none is to follow
   */
  void run(long from, long to, Predicate<Report> then) throws InterruptedException {
    int cores = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(cores);
    try {
      Queue<Future<Report>> reports = new ArrayDeque<>();
      for (long seed = from; seed <= to || !reports.isEmpty(); seed++) {
        if (seed <= to) {
          long next = seed;
          reports.add(pool.submit(() -> one(next)));
        }
        boolean isDue = seed > to || reports.size() > cores * AHEAD_PER_CORE;
        if (isDue && !then.test(reports.remove().get())) {
          return;
        }
      }
    } catch (ExecutionException broken) {
      throw new IllegalStateException(broken.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  /** Runs a seed, perhaps again; differing traces are a failure. */
  Report one(long seed) {
    Plan plan = Plan.draw(seed, nodes, steps);
    Report once = Run.of(plan, log);
    if (!twice) {
      return once;
    }
    Report again = Run.of(plan, Run.SILENT);
    if (again.trace() == once.trace()) {
      return once;
    }
    String failure =
        String.format(
            "a second run of the seed leaves the trace %016x, not %016x",
            again.trace(), once.trace());
    return once.failed(once.passed() ? failure : once.failure() + "; " + failure);
  }

  /** Nodes that fail say so, which is what they are here for. */
  static void silence() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
    ((Logger) LoggerFactory.getLogger("io.cartwheel")).setLevel(Level.OFF);
  }
}
