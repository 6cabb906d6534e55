/**
 * One node: the protocols wired to their ports, shard by shard. Everything above sees the cluster
 * through {@link io.cartwheel.cluster.coordinate.Coordinator} and {@link
 * io.cartwheel.cluster.node.RingView}.
 *
 * <p>{@link io.cartwheel.cluster.node.Node} is all that production and simulation share; what
 * differs comes in by {@link io.cartwheel.cluster.node.NodePorts}. {@link
 * io.cartwheel.cluster.node.NettyNode} is a node of production, with its loops, sockets, threads
 * and engine. The tests run whole clusters of {@code Node}s in one thread under virtual time.
 *
 * <p>May import everything of the cluster. Start with {@link io.cartwheel.cluster.node.Node}.
 */
package io.cartwheel.cluster.node;
