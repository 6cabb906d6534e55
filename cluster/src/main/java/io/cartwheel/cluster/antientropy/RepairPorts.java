package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.replica.Standing;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * What one shard's exchanges are given.
 *
 * @param shard its index, of {@code shards}
 * @param sender to the peers
 * @param random which jitter, and where exchanges begin
 */
public record RepairPorts(
    int shard,
    int shards,
    EventLoop loop,
    Clock clock,
    HybridClock hybrid,
    Membership membership,
    Standing standing,
    ReplicaService replica,
    Keyspaces keyspaces,
    Sender sender,
    SplittableRandom random) {

  /** Sends a message, which may be lost, doubled, late or overtaken. */
  public interface Sender {
    /** Returns false where it certainly does not leave. */
    boolean send(NodeName to, Message message);
  }

  // An answer that does not leave is one that is lost.
  @SuppressWarnings("CanIgnoreReturnValueSuggester")
  boolean send(NodeName to, Message message) {
    return sender.send(to, message);
  }

  PartitionTable table() {
    return membership.view().table();
  }

  NodeName self() {
    return standing.self();
  }

  /**
   * Rows that are kept in at least so many copies are to be at both nodes; 0 where not both are
   * owners of the partition.
   */
  static int leastCopies(PartitionTable.Entry entry, NodeName one, NodeName other) {
    int a = entry.committed().indexOf(one);
    int b = entry.committed().indexOf(other);
    return a < 0 || b < 0 ? 0 : Math.max(a, b) + 1;
  }

  /** The keys that are kept in at least so many copies. */
  Predicate<byte[]> keptIn(int leastCopies) {
    return key -> keyspaces.of(key).n() >= leastCopies;
  }

  /**
   * What a root is compared as: nodes that know different entries of a partition are to find that
   * it differs, and then why.
   */
  long root(PartitionTable table, int partition, int leastCopies) {
    return replica.roots().root(partition, leastCopies) ^ (table.entry(partition).epoch() - 1);
  }
}
