package io.cartwheel.cluster.node;

import io.cartwheel.cluster.environment.ByteBudget;

/**
 * The room of a node for what waits on its heap, divided: each part is shared by all shards and
 * connections, and nothing of its kind is kept beyond it but one outsized piece ({@link
 * ByteBudget}).
 *
 * <ul>
 *   <li>14/32: the transport's, half of it for each direction
 *   <li>5/32: writes at their coordinator
 *   <li>1/32: replies of peers' writes that have been decided, until they have left
 *   <li>6/32: rows of peers that wait to be merged, or committed
 *   <li>3/32: rows that were read from the disk and wait for their loop
 *   <li>2/32: writes that are answered, and wait for their last owners
 *   <li>1/32: answers that a doubled message is to get again
 * </ul>
 *
 * @param writes at their coordinator
 * @param lingering writes that are answered
 * @param answers kept for doubled messages
 * @param replies of peers' writes
 * @param merges rows of peers
 * @param loaded rows from the disk
 */
record NodeRooms(
    ByteBudget writes,
    ByteBudget lingering,
    ByteBudget answers,
    ByteBudget replies,
    ByteBudget merges,
    ByteBudget loaded) {
  private static final int PARTS = 32;

  static NodeRooms of(NodeSettings.Limits limits) {
    return new NodeRooms(
        parts(limits, 5),
        parts(limits, 2),
        parts(limits, 1),
        parts(limits, 1),
        parts(limits, 6),
        parts(limits, 3));
  }

  /** The transport's share. */
  static long ofTransport(NodeSettings.Limits limits) {
    return limits.waitingBytes() / PARTS * 14;
  }

  private static ByteBudget parts(NodeSettings.Limits limits, int count) {
    return new ByteBudget(Math.max(1, limits.waitingBytes() / PARTS * count));
  }
}
