/**
 * Versions: dots, contexts, siblings, rows, and the two ways to change a row, {@code stamp} (a new
 * value gets a dot at its coordinator) and {@code merge}. Pure values and arithmetic; the only
 * state is a shard's supply of actors and the hybrid clock.
 *
 * <p>May import {@code environment}. Start with {@link io.cartwheel.cluster.version.Row}, then
 * {@link io.cartwheel.cluster.version.Minter}.
 */
package io.cartwheel.cluster.version;
