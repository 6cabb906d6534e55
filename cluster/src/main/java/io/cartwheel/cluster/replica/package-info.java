/**
 * The rows of this node: reads, staged writes, one commit per turn, and the local fields that no
 * merge carries.
 *
 * <p>A shard's {@link io.cartwheel.cluster.replica.RowStore} stages what a turn changes and commits
 * it as one batch; where a row is not in memory, whoever wants it queues behind its read. {@link
 * io.cartwheel.cluster.replica.ReplicaShard} answers coordinators from it: read, merge, list. All
 * shards share one {@link io.cartwheel.cluster.replica.Disk}; its first failure stops the node.
 * {@link io.cartwheel.cluster.replica.NodeStore} knows whose directory it is.
 *
 * <p>What bounds a shard's memory: reads and updates of peers that wait for cold rows ({@code
 * RowStore.Limits}), pages under way, searches under way; past them a peer is told so. Where the
 * engine takes no writes, {@link io.cartwheel.cluster.replica.Stall} gives it some milliseconds,
 * and then peers' updates are refused; its own coordinator bounds its own, and refuses likewise.
 * I/O threads take what these let through.
 *
 * <p>May import {@code message}, the floor below, and {@code io.cartwheel.storage}. Start with
 * {@link io.cartwheel.cluster.replica.ReplicaService}, then {@code RowStore}.
 */
package io.cartwheel.cluster.replica;
