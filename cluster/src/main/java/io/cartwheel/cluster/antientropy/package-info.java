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
 * <p>May import {@code coordinate}, {@code replica}, {@code membership} and the floors below. Start
 * with {@link io.cartwheel.cluster.antientropy.RepairShard}, then {@code Exchange}.
 */
package io.cartwheel.cluster.antientropy;
