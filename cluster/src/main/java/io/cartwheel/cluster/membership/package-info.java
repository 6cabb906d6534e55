/**
 * Who is there and who is alive: the members, their data directories' ids, the formation of the
 * partition table, and which peers can be reached now.
 *
 * <p>May import {@code message}, {@code transport}'s port and the floor below.
 */
package io.cartwheel.cluster.membership;
