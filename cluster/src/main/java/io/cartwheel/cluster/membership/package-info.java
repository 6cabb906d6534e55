/**
 * Who is there and who is alive: which peers are admitted, how a cluster gets its first partition
 * table without a leader, and which peers can be reached now.
 *
 * <p>Three classes decide, without ports or time of their own: {@code Members} (names, addresses,
 * data directories), {@code Formation} (seeds, first table, tables of peers) and {@code
 * Reachability} (connections, heartbeats, own pauses). {@code Membership} takes the events to them,
 * writes down what they decide before it is used, and tells the others.
 *
 * <p>May import {@code message}, {@code transport}'s port and the floor below. Start with {@link
 * io.cartwheel.cluster.membership.Membership}.
 */
package io.cartwheel.cluster.membership;
