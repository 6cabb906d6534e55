/**
 * Where a key lives: positions, partitions, the claim that places nodes on the ring, preference
 * lists, and the partition table in which the result is written down. Pure values and functions.
 *
 * <p>May import {@code environment} and nothing else of Cartwheel. Start with {@link
 * io.cartwheel.cluster.ring.Position}, then {@link io.cartwheel.cluster.ring.PartitionTable}.
 */
package io.cartwheel.cluster.ring;
