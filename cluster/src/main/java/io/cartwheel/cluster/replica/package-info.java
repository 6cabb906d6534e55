/**
 * The rows of this node: reads, staged writes, one commit per turn, and the local fields that no
 * merge carries.
 *
 * <p>May import {@code message}, {@code transport}'s port, the floor below, and {@code
 * io.cartwheel.storage}.
 */
package io.cartwheel.cluster.replica;
