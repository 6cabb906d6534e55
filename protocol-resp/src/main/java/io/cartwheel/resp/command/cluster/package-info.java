/**
 * CLUSTER as Redis Cluster's clients ask it, so that they send each key to the first node of its
 * preference list: every member is a master of the slots it heads, and there are no replicas.
 *
 * <p>May import {@code command}, {@code command.quorum}, {@code protocol}, and the cluster's {@code
 * node} and {@code ring}. Start with {@link io.cartwheel.resp.command.cluster.ClusterMap}.
 */
package io.cartwheel.resp.command.cluster;
