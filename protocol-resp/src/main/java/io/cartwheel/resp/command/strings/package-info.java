/**
 * Commands on strings.
 *
 * <p>May import {@code command}, {@code command.quorum}, {@code command.update}, {@code protocol}.
 * Start with {@link io.cartwheel.resp.command.strings.StringCommands}.
 */
package io.cartwheel.resp.command.strings;
