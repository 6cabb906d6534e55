/**
 * Replicas become equal by themselves, and know when they have missed nothing.
 *
 * <p>Two owners of a partition compare their hash trees ({@link
 * io.cartwheel.cluster.replica.HashTree}) level by level: roots of all partitions they share in one
 * message, then the leaves of those that differ, then the versions of the rows below these, then
 * the rows, both ways (the paper, section 4.7). The node that begins an exchange drives it ({@code
 * Exchange}, {@code PartitionExchange}); the other only answers ({@code Comparer}). What a node has
 * exchanged, and with whom, makes its replicas current or not ({@code ShardCurrency}).
 *
 * <p>{@code CurrencyRule}, {@code Exchanged}, {@code LeafRanges} and {@code Admission} decide,
 * without ports or time of their own.
 *
 * <p>On the heap there are, for each of the up to four partitions of an exchange, a page of at most
 * 512 KB of the peer's rows, 32 rows of at most 256 KB on their way to it, and one large row on its
 * way here or there ({@code LargeTransfers}). Large rows come last. One that finds no room is left
 * to the next exchange: the partition is not exchanged then, but all of its other rows are.
 *
 * <p>May import {@code coordinate}, {@code replica}, {@code membership} and the floors below. Start
 * with {@link io.cartwheel.cluster.antientropy.RepairShard}, then {@code Exchange}.
 */
package io.cartwheel.cluster.antientropy;
