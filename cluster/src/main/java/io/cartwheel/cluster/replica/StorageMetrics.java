package io.cartwheel.cluster.replica;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;

/**
 * What a node measures of its storage, by the names under which it is found in the registry. Safe
 * for use by all threads.
 *
 * <table>
 * <caption>Metrics</caption>
 * <tr><td>{@code storage.read}</td><td>histogram, us: one in {@value #READS_PER_SAMPLE} reads that
 *     stayed on the loop (the clock costs as much as the read)</td></tr>
 * <tr><td>{@code storage.read.cold}</td><td>histogram, us: every read that went to an I/O thread,
 *     with the wait for it; its count is the number of cold reads</td></tr>
 * <tr><td>{@code storage.waiting}</td><td>counter: reads and updates that wait for a cold row
 *     now</td></tr>
 * <tr><td>{@code storage.commit}</td><td>histogram, us: one batch, until it was as durable as
 *     asked</td></tr>
 * <tr><td>{@code storage.commit.rows}</td><td>histogram: rows in a batch</td></tr>
 * <tr><td>{@code storage.sync}</td><td>histogram, us: one sync of everything written</td></tr>
 * <tr><td>{@code storage.stalls}</td><td>counter: times that the engine took no writes for so long
 *     that a shard refused them</td></tr>
 * <tr><td>{@code storage.stalled}</td><td>counter: shards that refuse writes for that reason
 *     now</td></tr>
 * <tr><td>{@code storage.overloads}</td><td>counter: peers' requests refused because too many waited
 *     already</td></tr>
 * <tr><td>{@code storage.merges.old}</td><td>counter: peers' merges refused because they came so
 *     late that what they bring may have been deleted since</td></tr>
 * <tr><td>{@code storage.context.cut}</td><td>counter: entries that the vector limit has cut from
 *     rows</td></tr>
 * <tr><td>{@code storage.context.cut.young}</td><td>counter: those of them that were younger than
 *     {@code tombstone.grace}</td></tr>
 * </table>
 */
public final class StorageMetrics {
  static final int READS_PER_SAMPLE = 64;

  final Histogram readMicros;
  final Histogram coldReadMicros;
  final Counter waiting;
  final Histogram commitMicros;
  final Histogram commitRows;
  final Histogram syncMicros;
  final Counter stalls;
  final Counter stalled;
  final Counter overloads;
  final Counter oldMerges;
  final Counter cutEntries;
  final Counter cutYoungEntries;

  public StorageMetrics(MetricRegistry registry) {
    readMicros = registry.histogram("storage.read");
    coldReadMicros = registry.histogram("storage.read.cold");
    waiting = registry.counter("storage.waiting");
    commitMicros = registry.histogram("storage.commit");
    commitRows = registry.histogram("storage.commit.rows");
    syncMicros = registry.histogram("storage.sync");
    stalls = registry.counter("storage.stalls");
    stalled = registry.counter("storage.stalled");
    overloads = registry.counter("storage.overloads");
    oldMerges = registry.counter("storage.merges.old");
    cutEntries = registry.counter("storage.context.cut");
    cutYoungEntries = registry.counter("storage.context.cut.young");
  }
}
