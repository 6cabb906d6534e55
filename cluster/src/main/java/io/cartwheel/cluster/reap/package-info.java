/**
 * What becomes of rows in which nothing lives any more.
 *
 * <p>{@link io.cartwheel.cluster.reap.DeadRows} decides, from a row and the time alone. What has
 * expired loses its bytes; a row that hides nothing goes; any other dead row is kept until no older
 * value that it hides can come back from anywhere, which {@link io.cartwheel.cluster.reap.Reaper}
 * finds out among the owners. {@link io.cartwheel.cluster.reap.Sweeper} walks all rows of a shard
 * again and again, slowly, and brings them before the one and the other.
 *
 * <p>May import {@code replica}, {@code message} and the floor below. Start with {@code DeadRows};
 * why nothing comes back stands at {@code Reaper}.
 */
package io.cartwheel.cluster.reap;
