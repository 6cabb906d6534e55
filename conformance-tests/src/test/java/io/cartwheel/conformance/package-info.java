/**
 * Cartwheel from outside: real processes, real clients (Lettuce, Jedis, {@code redis-cli}, bare
 * sockets), real faults. Nothing here imports the server's code; it is known by what it answers,
 * logs and leaves on the disk.
 *
 * <p>{@link io.cartwheel.conformance.TestCluster} and {@link io.cartwheel.conformance.TestNode}
 * start, kill, stop and pause processes; {@link io.cartwheel.conformance.SharedCluster} is the one
 * that all tests use which leave its nodes alone. {@link io.cartwheel.conformance.FaultyCluster}
 * puts links between nodes that can be cut, silenced or slowed, and says whether the replicas are
 * equal again; {@link io.cartwheel.conformance.AcknowledgedWrites} is a load that remembers what
 * was acknowledged. {@link io.cartwheel.conformance.HistoryClients} are one whose every operation
 * is written down, under {@link io.cartwheel.conformance.Weather}, and judged by the package {@code
 * history}. {@link io.cartwheel.conformance.RawClient} shows every byte of a reply. States are
 * waited for with {@link io.cartwheel.conformance.Await}, never slept for.
 */
package io.cartwheel.conformance;
