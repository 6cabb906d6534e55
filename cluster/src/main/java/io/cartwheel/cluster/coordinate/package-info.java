/**
 * Coordination of reads and writes: N/R/W quorums, versions-only second reads, forwarding, retry,
 * read repair, deadlines. Decisions are pure classes ({@code ReadQuorum}, {@code WriteQuorum});
 * operations around them send messages and set timers.
 *
 * <p>What bounds a shard's memory, in {@code CoordinatorSettings.Limits}: requests and writes under
 * way, writes that wait for one key, answered writes that wait for their last owners; past the
 * first two {@code BUSY}, past the third the owners are left to repair. Calls and the memory of
 * recent attempts are bounded by these and by the deadline that everything has. Where the own
 * storage engine takes no writes they are refused at once, and go to the next owner.
 *
 * <p>May import {@code message}, {@code transport}'s port and the floor below, and of storage only
 * {@code Durability}; not {@code replica} or {@code membership}: what it needs of them comes in
 * through ports. Start with {@link io.cartwheel.cluster.coordinate.Coordinator}.
 */
package io.cartwheel.cluster.coordinate;
