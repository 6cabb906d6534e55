package io.cartwheel.cluster.reap;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/**
 * What a node measures of its dead rows, by the names under which it is found in the registry. Safe
 * for use by all threads.
 *
 * <table>
 * <caption>Metrics</caption>
 * <tr><td>{@code tombstones}</td><td>counter: rows in which nothing lives, by the last walk over
 *     all rows</td></tr>
 * <tr><td>{@code expired}</td><td>counter: rows whose values have expired, of those that this node
 *     owns first</td></tr>
 * <tr><td>{@code stripped}</td><td>counter: rows that have lost the bytes of what had
 *     expired</td></tr>
 * <tr><td>{@code dropped}</td><td>counter: rows that had expired, hid nothing, and went</td></tr>
 * <tr><td>{@code reaped}</td><td>counter: rows that hid something, and went when it was gone
 *     everywhere</td></tr>
 * </table>
 */
public final class ReapMetrics {
  /** Where rows that have expired are counted. */
  public static final String EXPIRED = "expired";

  final Counter tombstones;
  final Counter expired;
  final Counter stripped;
  final Counter dropped;
  final Counter reaped;

  public ReapMetrics(MetricRegistry registry) {
    tombstones = registry.counter("tombstones");
    expired = registry.counter(EXPIRED);
    stripped = registry.counter("stripped");
    dropped = registry.counter("dropped");
    reaped = registry.counter("reaped");
  }
}
