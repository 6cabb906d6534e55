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
 * <p>May import {@code message}, the floor below, and {@code io.cartwheel.storage}. Start with
 * {@link io.cartwheel.cluster.replica.ReplicaService}, then {@code RowStore}.
 */
package io.cartwheel.cluster.replica;
