/**
 * Hinted handoff: rows that this node keeps for others go to them as soon as they can be reached.
 *
 * <p>Dynamo, section 4.6: where an owner cannot be reached, a write goes to the next node of the
 * preference list, with a hint that names the owner; a write that finds nobody leaves the hint at
 * its coordinator. {@code replica.Hints} is the index of them; here they are delivered. One rule
 * governs letting go: a hint, and a row that is held for others only, go when they are unchanged
 * since they were sent, and their target has answered that it holds the row as an owner, on its
 * disk.
 *
 * <p>On the heap there are, for each target and shard, the rows under way: up to 256 of 4 MB
 * together ({@code Delivery}), and beside them one large one ({@code LargeRows}), so that nothing
 * waits behind it, however long it takes or often it finds no room.
 *
 * <p>May import {@code replica}, {@code membership}, {@code coordinate}'s ports and the floors
 * below. Start with {@link io.cartwheel.cluster.handoff.Handoff}, then {@code Delivery}.
 */
package io.cartwheel.cluster.handoff;
