package io.cartwheel.cluster.node;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.antientropy.RepairMetrics;
import io.cartwheel.cluster.antientropy.RepairShard;
import io.cartwheel.cluster.coordinate.CoordinatorPorts;
import io.cartwheel.cluster.coordinate.CoordinatorSettings;
import io.cartwheel.cluster.coordinate.CoordinatorShard;
import io.cartwheel.cluster.coordinate.Currency;
import io.cartwheel.cluster.coordinate.Tables;
import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.handoff.HandoffPorts;
import io.cartwheel.cluster.handoff.HandoffShard;
import io.cartwheel.cluster.membership.HeldForOthers;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.reap.DeadRows;
import io.cartwheel.cluster.reap.ReapMetrics;
import io.cartwheel.cluster.reap.ReapPorts;
import io.cartwheel.cluster.reap.ReapSettings;
import io.cartwheel.cluster.reap.Reaper;
import io.cartwheel.cluster.reap.Sweeper;
import io.cartwheel.cluster.replica.HintBudget;
import io.cartwheel.cluster.replica.KeyOwners;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import java.util.ArrayList;
import java.util.List;

/** Makes what each shard of a node consists of, and wires it to its ports. */
final class ShardAssembly {
  /** Leaves 40 random bits for the first sequence of requests, far from the end of a long. */
  private static final int FIRST_REQUEST_SHIFT = 24;

  private final NodeSettings settings;
  private final NodePorts ports;
  private final HybridClock clock;
  private final NodeName self;
  private final Membership membership;
  private final ReplicaService replica;
  private final NodeRooms rooms;
  private final ShardPorts.Sender sender;

  ShardAssembly(
      NodeSettings settings,
      NodePorts ports,
      HybridClock clock,
      Membership membership,
      ReplicaService replica,
      NodeRooms rooms,
      ShardPorts.Sender sender) {
    this.rooms = rooms;
    this.settings = settings;
    this.ports = ports;
    this.clock = clock;
    this.self = settings.self().name();
    this.membership = membership;
    this.replica = replica;
    this.sender = sender;
  }

  /** One for each shard. */
  List<CoordinatorShard> coordinators(
      Tables tables, Currency currency, Update.Decoder decoder, MetricRegistry metrics) {
    List<CoordinatorShard> coordinators = new ArrayList<>();
    NodeSettings.Timeouts timeouts = settings.timeouts();
    CoordinatorSettings coordination =
        new CoordinatorSettings(
            timeouts.request(),
            timeouts.attempt(),
            timeouts.replica(),
            settings.limits().liveSiblings(),
            // Two of these travel however little room there is.
            2L * settings.limits().maxValueSizeBytes() + (1 << 19),
            settings.limits().clockToleranceMillis(),
            settings.repair().reapFloorMillis() / 2,
            CoordinatorSettings.Limits.DEFAULTS.with(
                new CoordinatorSettings.Rooms(
                    rooms.writes(), rooms.lingering(), rooms.answers(), rooms.replies())));
    long process = ports.random().nextLong();
    for (int i = 0; i < ports.loops().size(); i++) {
      CoordinatorPorts shard =
          new CoordinatorPorts(
              ports.loops().get(i),
              ports.clock(),
              clock,
              ShardPorts.peers(i, self, membership, sender),
              tables,
              ShardPorts.rows(replica.rows(i), replica.hints(i)),
              ShardPorts.scans(self, membership, replica, ports.loops()),
              currency,
              new Minter(ports.random().split(), process),
              ports.random().split());
      coordinators.add(
          new CoordinatorShard(
              i, process, shard, coordination, settings.keyspaces(), decoder, metrics));
    }
    return coordinators;
  }

  /** What each shard keeps for others. */
  List<HandoffShard> handoffs(Tables tables, KeyOwners owners, HintBudget budget) {
    List<HandoffShard> shards = new ArrayList<>();
    for (int i = 0; i < ports.loops().size(); i++) {
      HandoffPorts shard =
          new HandoffPorts(
              i,
              ports.loops().get(i),
              ports.clock(),
              clock,
              ShardPorts.peers(i, self, membership, sender),
              tables,
              owners,
              replica.rows(i),
              replica.hints(i),
              budget);
      shards.add(
          new HandoffShard(
              shard,
              settings.repair().hintsMaxAgeMillis(),
              ports.random().nextLong() >>> FIRST_REQUEST_SHIFT));
    }
    return shards;
  }

  /**
   * What else works on the rows, by shard.
   *
   * @param held what all of them keep for others
   */
  List<List<ShardPart>> parts(
      List<HandoffShard> handoffs,
      HeldForOthers held,
      NodeRepair repair,
      NodeStanding standing,
      MetricRegistry metrics) {
    List<List<ShardPart>> parts = new ArrayList<>();
    ReapMetrics reapMetrics = new ReapMetrics(metrics);
    RepairMetrics repairMetrics = new RepairMetrics(metrics);
    for (int i = 0; i < ports.loops().size(); i++) {
      RepairShard repairing =
          repair.addShard(settings, standing, replica, clock, sender, repairMetrics);
      parts.add(
          List.of(
              new HandoffPart(handoffs.get(i)),
              reapPart(i, held, reapMetrics),
              new RepairPart(repairing)));
    }
    return parts;
  }

  private ReapPart reapPart(int shard, HeldForOthers held, ReapMetrics metrics) {
    ReapSettings reaping =
        new ReapSettings(
            settings.keyspaces(),
            ports.loops().size(),
            new DeadRows(
                settings.limits().clockToleranceMillis(),
                settings.limits().tombstoneGraceMillis(),
                settings.repair().reapFloorMillis()));
    ReapPorts reapPorts =
        new ReapPorts(
            ports.loops().get(shard),
            ports.clock(),
            clock,
            replica.rows(shard),
            replica.walk(shard),
            new ReapNeighbours(shard, self, membership, held, sender));
    Reaper reaper = new Reaper(shard, reaping, reapPorts, ports.random().nextLong(), metrics);
    return new ReapPart(new Sweeper(shard, reaping, reapPorts, reaper, metrics), reaper);
  }
}
