package io.cartwheel.cluster.antientropy;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/** What exchanges count, under these names. Safe for use by all threads. */
public final class RepairMetrics {
  /** Exchanges with a peer that this node began and completed. */
  public static final String EXCHANGES = "antientropy.exchanges";

  /** Exchanges that ended early: the peer was gone, busy, or silent. */
  public static final String FAILED = "antientropy.failed";

  /** Rows that exchanges have brought to this node or to its peers. */
  public static final String ROWS = "antientropy.rows";

  /** About how many bytes these rows took. */
  public static final String BYTES = "antientropy.bytes";

  final Counter exchanges;
  final Counter failed;
  final Counter rows;
  final Counter bytes;

  public RepairMetrics(MetricRegistry registry) {
    exchanges = registry.counter(EXCHANGES);
    failed = registry.counter(FAILED);
    rows = registry.counter(ROWS);
    bytes = registry.counter(BYTES);
  }
}
