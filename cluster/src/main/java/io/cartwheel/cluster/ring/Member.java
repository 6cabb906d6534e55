package io.cartwheel.cluster.ring;

/**
 * A node as the others know it.
 *
 * @param name unique in the cluster
 * @param dataId random id of its data directory; a name that comes back with another id has lost
 *     its disk
 * @param peerAddress {@code host:port} at which peers reach it
 * @param respAddress {@code host:port} at which clients reach it
 * @param rack neighbours on the ring differ in it where possible; empty for none
 * @param weight its share of the partitions, relative to the others', 1 or more
 */
public record Member(
    NodeName name, long dataId, String peerAddress, String respAddress, String rack, int weight) {}
