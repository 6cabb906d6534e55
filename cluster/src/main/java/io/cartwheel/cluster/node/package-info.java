/**
 * One node: the protocols wired to their ports, shard by shard. Everything above sees the cluster
 * through {@link io.cartwheel.cluster.coordinate.Coordinator} and {@link
 * io.cartwheel.cluster.node.RingView}.
 *
 * <p>May import everything of the cluster.
 */
package io.cartwheel.cluster.node;
