package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.ring.NodeName;

/**
 * Of which partitions this node holds rows that are to be handed on; its heartbeats tell. Called
 * from membership's loop and those of the shards; bitmaps as in {@link
 * io.cartwheel.cluster.message.Message.Heartbeat}.
 */
public interface HeldForOthers {
  /** Those with hints for this peer. */
  byte[] hintsFor(NodeName peer);

  /** Those with hints for anybody, or with rows that others own; all while that is not known. */
  byte[] handingOn();
}
