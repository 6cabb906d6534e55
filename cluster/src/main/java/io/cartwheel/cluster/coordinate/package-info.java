/**
 * Coordination of reads and writes: N/R/W quorums, versions-only second reads, forwarding, retry,
 * read repair, deadlines. Decisions are pure classes ({@code ReadQuorum}, {@code WriteQuorum});
 * operations around them send messages and set timers.
 *
 * <p>May import {@code message}, {@code transport}'s port and the floor below, and of storage only
 * {@code Durability}; not {@code replica} or {@code membership}: what it needs of them comes in
 * through ports. Start with {@link io.cartwheel.cluster.coordinate.Coordinator}.
 */
package io.cartwheel.cluster.coordinate;
