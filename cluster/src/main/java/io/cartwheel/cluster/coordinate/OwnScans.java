package io.cartwheel.cluster.coordinate;

import io.cartwheel.cluster.message.Message.Scanned;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The rows of this node, seen as ranges: what a peer is asked by {@link
 * io.cartwheel.cluster.message.Message.Scan}, {@code Count} and {@code RandomKey}, asked of this
 * node itself. May be called from any thread; answers on any loop, exactly once.
 */
public interface OwnScans {
  /**
   * A page of the partition's rows; {@code id} of the answer is 0.
   *
   * @param from first position, unsigned
   * @param to end (exclusive), 0 for the end of the ring
   * @param limit about how many rows
   */
  void scan(int partition, long from, long to, int limit, Consumer<Scanned> done);

  /** How many rows live in these partitions, -1 while they have not been counted. */
  void count(List<Integer> partitions, LongConsumer done);

  /** A key that lives here, or null where none was found. */
  void randomKey(Consumer<byte[]> done);
}
