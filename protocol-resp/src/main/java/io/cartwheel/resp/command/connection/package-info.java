/**
 * Commands that concern the connection they came by, and those that tell of the commands
 * themselves.
 *
 * <p>May import {@code resp.command} and {@code resp.protocol}. Start with {@link
 * io.cartwheel.resp.command.connection.ConnectionCommands}.
 */
package io.cartwheel.resp.command.connection;
