/**
 * What the commands are and mean: the table as data, and a handler for each.
 *
 * <p>May import {@code protocol} and the cluster's {@code coordinate}, {@code node}, {@code ring},
 * {@code version}. Start with {@link io.cartwheel.resp.command.CommandSpec} and {@link
 * io.cartwheel.resp.command.Call}.
 */
package io.cartwheel.resp.command;
