package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import java.util.SplittableRandom;

/**
 * What a shard's coordinator works on; all but {@code tables}, {@code scans} and the clocks belong
 * to the shard alone.
 *
 * @param loop of the shard
 * @param clock for durations and deadlines of this process
 * @param hybrid of the node; judges expiry and the deadlines of attempts
 * @param peers the other nodes
 * @param tables who owns what
 * @param rows of this shard
 * @param scans of all shards of this node
 * @param currency of this node's replicas
 * @param minter of the shard's dots
 * @param random a stream of the shard's own
 */
public record CoordinatorPorts(
    EventLoop loop,
    Clock clock,
    HybridClock hybrid,
    Peers peers,
    Tables tables,
    OwnRows rows,
    OwnScans scans,
    Currency currency,
    Minter minter,
    SplittableRandom random) {}
