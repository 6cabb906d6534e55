/**
 * Coordination of reads and writes: N/R/W quorums, versions-only second reads, forwarding, retry,
 * read repair, deadlines. Decisions are pure classes ({@code ReadQuorum}, {@code WriteQuorum});
 * operations around them send messages and set timers.
 *
 * <p>Where others' bytes wait, and what bounds them. Counts are a shard's, in {@code
 * CoordinatorSettings.Limits}; rooms are shared by all shards, in {@code
 * CoordinatorSettings.Rooms}:
 *
 * <table>
 * <caption>Bytes that wait</caption>
 * <tr><th>where</th><th>bound</th><th>past it</th></tr>
 * <tr><td>writes from their coming, or a {@code Relay}'s, until their answer: {@code PendingWrite},
 *     {@code KeyQueues}</td>
 *     <td>{@code requestsInFlight}, {@code writesPerKey}; room {@code writes}</td>
 *     <td>BUSY</td></tr>
 * <tr><td>answered writes until their last owners have them: {@code Replication}</td>
 *     <td>{@code lingeringWrites}; room {@code lingering}</td>
 *     <td>those owners are left to hints and repair</td></tr>
 * <tr><td>answers that a doubled message is to get again: {@code RecentAttempts}</td>
 *     <td>the request timeout, and a count; room {@code answers}</td>
 *     <td>past the count BUSY; without room it hears that the write may have taken
 *     effect</td></tr>
 * <tr><td>answers to peers' writes until they leave: {@code Replies}</td>
 *     <td>room {@code replies}, taken before a write is executed</td>
 *     <td>BUSY, and it is not executed</td></tr>
 * <tr><td>this node's own requests: {@code Operation}, {@code Calls}, and the rows that peers answer
 *     them: {@code ReadQuorum}</td>
 *     <td>{@code requestsInFlight}, and the front end's bound on its clients; the request
 *     timeout</td>
 *     <td>BUSY</td></tr>
 * </table>
 *
 * <p>Where the own storage engine takes no writes they are refused at once, and go to the next
 * owner.
 *
 * <p>May import {@code message}, {@code transport}'s port and the floor below, and of storage only
 * {@code Durability}; not {@code replica} or {@code membership}: what it needs of them comes in
 * through ports. Start with {@link io.cartwheel.cluster.coordinate.Coordinator}.
 */
package io.cartwheel.cluster.coordinate;
