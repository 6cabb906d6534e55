/**
 * Sockets and sessions: reads commands, keeps their order, writes replies.
 *
 * <p>Bounded by {@link io.cartwheel.resp.server.ServerLimits}. A loop begins no more commands than
 * its cluster answers in time ({@code Window}), those of all connections in turns ({@code
 * LoopShare}); the rest waits, unparsed or unread. A connection with too many pending commands, or
 * replies that its client does not take, is not read ({@code ReadGate}), and in the end closed.
 *
 * <p>May import {@code command}, {@code protocol}, Netty, and the cluster's event loops.
 */
package io.cartwheel.resp.server;
