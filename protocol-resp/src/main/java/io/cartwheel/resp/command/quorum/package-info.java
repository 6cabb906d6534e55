/**
 * Between the words of a command and the {@code Coordinator}: options that many commands share,
 * reads and writes of one key or of many, and what a client is told when they fail.
 *
 * <p>May import {@code command}, {@code command.update}, {@code protocol} and the cluster's {@code
 * coordinate}, {@code ring}, {@code version}. Start with {@link
 * io.cartwheel.resp.command.quorum.Writes}.
 */
package io.cartwheel.resp.command.quorum;
