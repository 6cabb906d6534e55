package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.ring.Keyspaces;

/**
 * How dead rows are treated.
 *
 * @param keyspaces tell how many owners a key has
 * @param shards of this node
 * @param deadRows what is to become of which row
 */
public record ReapSettings(Keyspaces keyspaces, int shards, DeadRows deadRows) {}
