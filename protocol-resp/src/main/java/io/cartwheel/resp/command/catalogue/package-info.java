/**
 * All commands in one table. May import every package of commands. Start with {@link
 * io.cartwheel.resp.command.catalogue.Commands}.
 */
package io.cartwheel.resp.command.catalogue;
