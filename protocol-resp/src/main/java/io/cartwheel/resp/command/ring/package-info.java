/**
 * RING: the ring as operators ask it. A line for each item, {@code name=value} pairs.
 *
 * <p>May import {@code command}, {@code command.quorum}, {@code protocol}, and the cluster's {@code
 * coordinate}, {@code node} and {@code ring}. Start with {@link
 * io.cartwheel.resp.command.ring.RingCommands}.
 */
package io.cartwheel.resp.command.ring;
