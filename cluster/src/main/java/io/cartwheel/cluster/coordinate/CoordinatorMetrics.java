package io.cartwheel.cluster.coordinate;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;

/**
 * What coordination counts and measures, under these names. A process that wants other reservoirs
 * registers the histograms before the node starts.
 */
public final class CoordinatorMetrics {
  /** Microseconds from a read's arrival to its answer. */
  public static final String GET = "coordinator.get";

  /** Microseconds from a write's arrival at the node that its client speaks to, to its answer. */
  public static final String PUT = "coordinator.put";

  /** Live values that a read found. */
  public static final String SIBLINGS_PER_READ = "coordinator.siblings-per-read";

  /** Merges sent to replicas that a read found stale. */
  public static final String READ_REPAIRS = "coordinator.read-repairs";

  /** Reads that asked one more replica because one of those asked was slow. */
  public static final String HEDGED_READS = "coordinator.hedged-reads";

  /** Writes handed to another node. */
  public static final String FORWARDS = "coordinator.forwards";

  /** Attempts of a write after its first. */
  public static final String RETRIES = "coordinator.retries";

  /** Requests that failed for want of answers. */
  public static final String NO_QUORUMS = "coordinator.no-quorums";

  /** Requests refused for being too many. */
  public static final String BUSY = "coordinator.busy";

  final Histogram getMicros;
  final Histogram putMicros;
  final Histogram siblingsPerRead;
  final Counter readRepairs;
  final Counter hedgedReads;
  final Counter forwards;
  final Counter retries;
  final Counter noQuorums;
  final Counter busy;

  CoordinatorMetrics(MetricRegistry registry) {
    getMicros = registry.histogram(GET);
    putMicros = registry.histogram(PUT);
    siblingsPerRead = registry.histogram(SIBLINGS_PER_READ);
    readRepairs = registry.counter(READ_REPAIRS);
    hedgedReads = registry.counter(HEDGED_READS);
    forwards = registry.counter(FORWARDS);
    retries = registry.counter(RETRIES);
    noQuorums = registry.counter(NO_QUORUMS);
    busy = registry.counter(BUSY);
  }
}
