/**
 * RESP2 and RESP3: bytes to commands, replies to bytes. Knows no command.
 *
 * <p>Start with {@link io.cartwheel.resp.protocol.Reply}.
 */
package io.cartwheel.resp.protocol;
