package io.cartwheel.cluster.node;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.transport.Network;
import io.cartwheel.storage.StorageEngine;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/**
 * All that differs between a node in production and one in a simulation.
 *
 * @param clock of the machine
 * @param loops one for each shard
 * @param control one more, for what concerns the node as a whole: nothing there waits for rows
 * @param network to the peers
 * @param engine opened with the tables that {@link Node#TABLES} names; its owner closes it after
 *     the node has stopped
 * @param io runs what may wait for the disk, on threads of a bounded number
 * @param random fresh at every start of a process
 */
public record NodePorts(
    Clock clock,
    List<EventLoop> loops,
    EventLoop control,
    Network network,
    StorageEngine engine,
    Executor io,
    SplittableRandom random) {
  public NodePorts {
    loops = List.copyOf(loops);
    if (loops.isEmpty() || loops.size() > 1 << Message.SHARD_BITS) {
      throw new IllegalArgumentException(loops.size() + " loops");
    }
  }
}
