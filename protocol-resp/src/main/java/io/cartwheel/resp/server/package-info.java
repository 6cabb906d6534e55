/**
 * Sockets and sessions: reads commands, keeps their order, writes replies.
 *
 * <p>May import {@code command}, {@code protocol}, Netty, and the cluster's event loops.
 */
package io.cartwheel.resp.server;
