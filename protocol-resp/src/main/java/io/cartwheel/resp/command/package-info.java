/**
 * What the commands are and mean: the table as data here, a handler for each in the packages below,
 * which import this one and never each other.
 *
 * <p>May import {@code protocol} and the cluster's {@code coordinate}, {@code node}, {@code ring},
 * {@code version}. Start with {@link io.cartwheel.resp.command.CommandSpec} and {@link
 * io.cartwheel.resp.command.Call}.
 */
package io.cartwheel.resp.command;
