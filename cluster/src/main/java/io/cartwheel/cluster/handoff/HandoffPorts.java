package io.cartwheel.cluster.handoff;

import io.cartwheel.cluster.coordinate.Peers;
import io.cartwheel.cluster.coordinate.Tables;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.replica.HintBudget;
import io.cartwheel.cluster.replica.Hints;
import io.cartwheel.cluster.replica.KeyOwners;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.version.HybridClock;

/**
 * What a shard's handoff works on.
 *
 * @param index of the shard in its node
 * @param loop of the shard
 * @param clock for durations
 * @param hybrid of the node; judges the age of hints
 * @param peers the other nodes
 * @param tables who owns what
 * @param owners the same, by keys
 * @param rows of the shard
 * @param hints of the shard
 * @param budget of the node
 */
public record HandoffPorts(
    int index,
    EventLoop loop,
    Clock clock,
    HybridClock hybrid,
    Peers peers,
    Tables tables,
    KeyOwners owners,
    RowStore rows,
    Hints hints,
    HintBudget budget) {}
