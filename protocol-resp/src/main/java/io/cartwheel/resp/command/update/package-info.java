/**
 * What write commands do to a key, decided at its coordinator: pure records, and the bytes in which
 * they travel from the node that took the command to the node that runs it.
 *
 * <p>A command is parsed where it arrives; only what passed every check of its syntax becomes an
 * update. Times in it are absolute, so all replicas expire alike. May import {@code protocol}'s
 * {@code Reply} and the cluster's {@code coordinate} and {@code version}. Start with {@link
 * io.cartwheel.resp.command.update.KeyUpdate} and {@link io.cartwheel.resp.command.update.Updates}.
 */
package io.cartwheel.resp.command.update;
