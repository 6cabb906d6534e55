/**
 * What the cluster core may know of the machine it runs on: a clock and an event loop that works in
 * turns. Both come in through constructors; the production ones stand in {@code transport}, where
 * threads and sockets are. {@code ByteBudget} is the memory that may be used for others.
 *
 * <p>May import nothing of Cartwheel. Start with {@link
 * io.cartwheel.cluster.environment.EventLoop}.
 */
package io.cartwheel.cluster.environment;
