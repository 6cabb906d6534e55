/**
 * Sockets and sessions: reads commands, keeps their order, writes replies.
 *
 * <p>Bounded by {@link io.cartwheel.resp.server.ServerLimits}: a connection with too many pending
 * commands, or replies that its client does not take, is not read ({@code ReadGate}), and in the
 * end closed; past what all connections of a loop may keep busy, a command is told {@code -BUSY}.
 *
 * <p>May import {@code command}, {@code protocol}, Netty, and the cluster's event loops.
 */
package io.cartwheel.resp.server;
