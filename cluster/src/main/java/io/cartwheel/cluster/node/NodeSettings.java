package io.cartwheel.cluster.node;

import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.Position;
import java.util.List;

/**
 * What a node is told at its start, checked. Immutable.
 *
 * @param clusterName peers of another cluster are refused
 * @param partitions of the ring, a power of two up to 16384; the same on all nodes, for ever
 * @param keyspaces the same on all nodes but for fsync
 * @param self how the others will know this node
 * @param peering how it finds them
 * @param timeouts in milliseconds
 * @param limits of versions and sizes
 * @param repair how rows find the nodes that missed them
 */
public record NodeSettings(
    String clusterName,
    int partitions,
    Keyspaces keyspaces,
    Self self,
    Peering peering,
    Timeouts timeouts,
    Limits limits,
    Repair repair) {

  /** Where nothing else is set. */
  public static final int DEFAULT_PARTITIONS = 256;

  public NodeSettings {
    if (clusterName.isEmpty()) {
      throw new IllegalArgumentException("cluster name '': at least one character");
    }
    if (partitions < 1 || partitions > Position.SLOTS || Integer.bitCount(partitions) != 1) {
      throw new IllegalArgumentException(
          "partitions " + partitions + ": a power of two from 1 to " + Position.SLOTS);
    }
  }

  /**
   * How the others will know this node.
   *
   * @param name unique in the cluster
   * @param rack empty for none
   * @param weight share of the partitions relative to the others', 1 or more
   * @param peerAnnounce {@code host:port} at which peers reach it
   * @param respAnnounce {@code host:port} at which clients reach it
   */
  public record Self(
      NodeName name, String rack, int weight, String peerAnnounce, String respAnnounce) {
    public Self {
      if (weight < 1) {
        throw new IllegalArgumentException("weight " + weight + ": 1 or more");
      }
    }
  }

  /**
   * How a node finds its peers.
   *
   * @param bindHost interface on which it listens for them
   * @param bindPort port there, 0 for any
   * @param seeds {@code host:port} of all members, in any order, with or without this node; empty
   *     for a cluster of one
   * @param secret shared by all members; empty for none
   */
  public record Peering(String bindHost, int bindPort, List<String> seeds, String secret) {
    public Peering {
      seeds = List.copyOf(seeds);
    }

    @Override
    public String toString() {
      return "Peering[" + bindHost + ":" + bindPort + ", seeds=" + seeds + "]";
    }
  }

  /**
   * All in milliseconds.
   *
   * @param request a client's request is answered within it
   * @param replica a replica that is silent for longer is replaced by the next
   * @param attempt after it a write's attempt is refused by its coordinator; below half of {@code
   *     request}
   * @param heartbeatInterval between two heartbeats to a peer
   * @param heartbeatTimeout a peer that was silent for longer is unreachable
   */
  public record Timeouts(
      int request, int replica, int attempt, int heartbeatInterval, int heartbeatTimeout) {
    public static final Timeouts DEFAULTS = new Timeouts(1_000, 150, 300, 200, 1_000);

    public Timeouts {
      if (request < 1 || replica < 1 || attempt < 1 || attempt * 2 >= request) {
        throw new IllegalArgumentException(
            "attempt timeout " + attempt + " ms: below half of the request timeout " + request);
      }
      if (heartbeatInterval < 1 || heartbeatTimeout < 2 * heartbeatInterval) {
        throw new IllegalArgumentException(
            "heartbeat timeout "
                + heartbeatTimeout
                + " ms: at least twice the interval "
                + heartbeatInterval);
      }
    }

    /** A node that stands still for so long may be missed: it was last heard an interval before. */
    int missedAfter() {
      return heartbeatTimeout - heartbeatInterval;
    }
  }

  /**
   * How rows find the nodes that missed them, and how long what is dead is kept.
   *
   * @param hintsMaxBytes what is kept for other nodes, about; more is left to anti-entropy
   * @param hintsMaxAgeMillis after it a hint is given up, and anti-entropy does its work
   * @param antiEntropyIntervalMillis between two comparisons with a peer while nothing happens
   * @param reapFloorMillis no dead row is dropped earlier after its death; well above the request
   *     timeout
   */
  public record Repair(
      long hintsMaxBytes,
      long hintsMaxAgeMillis,
      int antiEntropyIntervalMillis,
      long reapFloorMillis) {
    public static final Repair DEFAULTS = new Repair(256L << 20, 10_800_000L, 60_000, 60_000);

    public Repair {
      if (hintsMaxBytes < 0
          || hintsMaxAgeMillis < 1
          || antiEntropyIntervalMillis < 1
          || reapFloorMillis < 1) {
        throw new IllegalArgumentException("repair settings below 1");
      }
    }
  }

  /**
   * @param maxValueSizeBytes the longest value of one key
   * @param vectorEntries of a row's context as stored
   * @param liveSiblings a write that would exceed it is refused
   * @param tombstoneGraceMillis a younger entry of a context is not cut
   * @param clockToleranceMillis within which the nodes agree on the time
   * @param rowCacheBytes about how much of the rows used last is kept on the heap
   * @param waitingBytes what peers, and writes, may make it keep on the heap while it waits; see
   *     {@link NodeRooms}
   */
  public record Limits(
      int maxValueSizeBytes,
      int vectorEntries,
      int liveSiblings,
      long tombstoneGraceMillis,
      long clockToleranceMillis,
      long rowCacheBytes,
      long waitingBytes) {
    private static final long DEFAULT_WAITING_BYTES = 256L << 20;

    public static final Limits DEFAULTS =
        new Limits(16 << 20, 10, 100, 86_400_000L, 5_000, 64L << 20);

    public Limits {
      if (maxValueSizeBytes < 1 || vectorEntries < 1 || liveSiblings < 1 || waitingBytes < 1) {
        throw new IllegalArgumentException("limits below 1");
      }
    }

    /** With the usual room for what waits. */
    public Limits(
        int maxValueSizeBytes,
        int vectorEntries,
        int liveSiblings,
        long tombstoneGraceMillis,
        long clockToleranceMillis,
        long rowCacheBytes) {
      this(
          maxValueSizeBytes,
          vectorEntries,
          liveSiblings,
          tombstoneGraceMillis,
          clockToleranceMillis,
          rowCacheBytes,
          DEFAULT_WAITING_BYTES);
    }

    /** The same, with so much room for what waits. */
    public Limits withWaitingBytes(long bytes) {
      return new Limits(
          maxValueSizeBytes,
          vectorEntries,
          liveSiblings,
          tombstoneGraceMillis,
          clockToleranceMillis,
          rowCacheBytes,
          bytes);
    }
  }
}
