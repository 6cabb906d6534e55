/**
 * How fast a cluster is, and how slow it may get without failing: closed loops of many connections
 * against real processes. {@link io.cartwheel.conformance.bench.Bench} is behind {@code
 * deploy/bin/bench}; {@link io.cartwheel.conformance.bench.ClosedLoop} and {@link
 * io.cartwheel.conformance.bench.Burners} serve tests as well. Imports nothing of the tests.
 */
package io.cartwheel.conformance.bench;
