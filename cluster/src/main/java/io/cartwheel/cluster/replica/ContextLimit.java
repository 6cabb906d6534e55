package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.VectorLimit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vector limit as it is applied to every row that is stored: counts what it cuts, and tells
 * where it had to cut what the grace should have spared. Safe for use by all threads.
 */
final class ContextLimit implements UnaryOperator<Row> {
  private static final Logger log = LoggerFactory.getLogger(ContextLimit.class);

  private final VectorLimit limit;
  private final HybridClock clock;
  private final StorageMetrics metrics;

  ContextLimit(VectorLimit limit, HybridClock clock, StorageMetrics metrics) {
    this.limit = limit;
    this.clock = clock;
    this.metrics = metrics;
  }

  @Override
  public Row apply(Row row) {
    VectorLimit.Cut cut = limit.cut(row, clock.now());
    if (cut.entries() > 0) {
      metrics.cutEntries.inc(cut.entries());
    }
    if (cut.youngEntries() > 0) {
      metrics.cutYoungEntries.inc(cut.youngEntries());
      log.warn(
          "a row was written by very many nodes or restarts lately: entries younger than"
              + " tombstone.grace were cut from its context, deleted values may come back");
    }
    return cut.row();
  }
}
