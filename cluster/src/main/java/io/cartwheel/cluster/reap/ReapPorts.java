package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.replica.RowWalk;
import io.cartwheel.cluster.version.HybridClock;

/**
 * What the sweeper and the reaper of one shard stand on.
 *
 * @param rows of the shard
 * @param walk over the same rows
 */
public record ReapPorts(
    EventLoop loop,
    Clock clock,
    HybridClock hybrid,
    RowStore rows,
    RowWalk walk,
    Neighbours neighbours) {}
