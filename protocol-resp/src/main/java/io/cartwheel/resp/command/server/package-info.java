/**
 * Commands on the whole: INFO, CONFIG, DBSIZE, FLUSHALL.
 *
 * <p>May import {@code command}, {@code command.quorum}, {@code command.update}, {@code protocol}.
 * Start with {@link io.cartwheel.resp.command.server.ServerCommands}.
 */
package io.cartwheel.resp.command.server;
