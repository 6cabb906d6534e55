/**
 * How messages travel: connections between nodes, their handshake, and the event loops of
 * production, on Netty.
 *
 * <p>{@code Transport} and {@code Network} are the ports that the floors above use. A {@code Link}
 * to a peer is made of {@code Lane}s, one connection for each loop; {@code LinkTable} makes and
 * ends links, {@code Dialer} keeps trying, {@code Handshake} decides whom to talk to. A lane takes
 * frames from its {@code PeerChannel} and sends what waits in its {@code Outbox}, once a turn. The
 * first lane belongs to the control loop, which owns no partitions: heartbeats wait for no shard.
 *
 * <p>Bounded by {@code TransportSettings}: what waits to leave by one lane, past which {@code send}
 * says no, and the longest message, of which a lane puts four together at once. Strangers whose
 * handshake is not done are counted, and hung up on past a number.
 *
 * <p>May import {@code message} and the floor below. Start with {@link
 * io.cartwheel.cluster.transport.Network}, then {@code NettyTransport}.
 */
package io.cartwheel.cluster.transport;
