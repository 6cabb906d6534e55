/**
 * How messages travel: connections between nodes, their handshake, and the event loops of
 * production, on Netty.
 *
 * <p>May import {@code message} and the floor below. Start with {@link
 * io.cartwheel.cluster.transport.Transport}.
 */
package io.cartwheel.cluster.transport;
