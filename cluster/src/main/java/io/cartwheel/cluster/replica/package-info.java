/**
 * The rows of this node: reads, staged writes, one commit per turn, and the local fields that no
 * merge carries.
 *
 * <p>A shard's {@link io.cartwheel.cluster.replica.RowStore} stages what a turn changes and commits
 * it as one batch; where a row is not in memory, whoever wants it queues behind its read. {@link
 * io.cartwheel.cluster.replica.ReplicaShard} answers coordinators from it: read, merge, list. All
 * shards share one {@link io.cartwheel.cluster.replica.Disk}; its first failure stops the node.
 * {@link io.cartwheel.cluster.replica.NodeStore} knows whose directory it is.
 *
 * <p>Where peers' bytes wait, and what bounds them. Counts are a shard's; rooms ({@code
 * RowStore.Limits}) are shared by all shards:
 *
 * <table>
 * <caption>Bytes that wait</caption>
 * <tr><th>where</th><th>bound</th><th>past it</th></tr>
 * <tr><td>reads and merges for cold rows: {@code ColdRows}</td>
 *     <td>{@code waiting}; of merges the room {@code merges}</td><td>Overloaded</td></tr>
 * <tr><td>merges until their commit, also while the engine stalls, and the rows they have staged:
 *     {@code RowStore}</td>
 *     <td>the room {@code merges}; {@code Stall}'s milliseconds</td><td>Overloaded</td></tr>
 * <tr><td>rows that were read, until the loop takes them</td>
 *     <td>the room {@code loaded}, and one row for each I/O thread</td><td>read again later</td></tr>
 * <tr><td>pages and comparisons: {@code RowPage}, {@code RowComparison}</td>
 *     <td>64 pages of 1 MB; 8 comparisons of 512 KB</td><td>Overloaded</td></tr>
 * <tr><td>what hints name, on the heap and on the disk: {@code HintBudget}</td>
 *     <td>{@code hints.max-bytes}</td><td>no hint; a foreign row: Overloaded</td></tr>
 * <tr><td>rows used last: {@code RowCache}</td>
 *     <td>{@code row-cache-size}</td><td>the oldest go</td></tr>
 * </table>
 *
 * <p>The node's own coordinator and its exchanges bound their own. Where the engine takes no
 * writes, {@link io.cartwheel.cluster.replica.Stall} gives it some milliseconds, and then peers'
 * updates are refused. I/O threads take what these let through.
 *
 * <p>May import {@code message}, the floor below, and {@code io.cartwheel.storage}. Start with
 * {@link io.cartwheel.cluster.replica.ReplicaService}, then {@code RowStore}.
 */
package io.cartwheel.cluster.replica;
