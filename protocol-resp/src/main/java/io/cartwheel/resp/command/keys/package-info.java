/**
 * Commands on keys, whatever they hold: deletion, expiry, and walking through all of them.
 *
 * <p>May import {@code command}, {@code command.quorum}, {@code command.update}, {@code protocol}.
 * Start with {@link io.cartwheel.resp.command.keys.KeyCommands}.
 */
package io.cartwheel.resp.command.keys;
