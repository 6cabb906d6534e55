/**
 * Whole clusters of the production's {@link io.cartwheel.cluster.node.Node}s in one thread under
 * virtual time, with everything that can go wrong drawn from one seed.
 *
 * <p>A {@link io.cartwheel.cluster.simulate.Run} has a safety phase, in which the {@link
 * io.cartwheel.cluster.simulate.FaultInjector} lets storms and lulls alternate while the {@link
 * io.cartwheel.cluster.simulate.Workload} writes and reads; then everything heals, and what must
 * come right in the end is demanded. The {@link io.cartwheel.cluster.simulate.Oracle} watches every
 * row that a disk stores, every decision of a coordinator and every answer to a client, and keeps a
 * naive model beside them: for each write the set of writes that it saw. It never asks a version
 * vector what it can know by itself.
 *
 * <p>Published as a test-jar and never part of the server. Start with {@link
 * io.cartwheel.cluster.simulate.Simulate}, then {@code Run}.
 */
package io.cartwheel.cluster.simulate;
