package io.cartwheel.cluster.node;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.antientropy.PeerSync;
import io.cartwheel.cluster.antientropy.RepairMetrics;
import io.cartwheel.cluster.antientropy.RepairPorts;
import io.cartwheel.cluster.antientropy.RepairSettings;
import io.cartwheel.cluster.antientropy.RepairShard;
import io.cartwheel.cluster.antientropy.ShardCurrency;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.Memory;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The exchanges of all shards of a node. */
final class NodeRepair implements RepairView {
  private static final Logger log = LoggerFactory.getLogger(NodeRepair.class);

  /** Own replicas that are not current. */
  static final String NOT_CURRENT = "ring.partitions.not-current";

  /** In the directory of a node whose replicas have held all they should. */
  private static final String FILLED = "filled";

  private static final byte[] YES = {1};

  private final NodePorts ports;
  private final Membership membership;
  private final Memory memory;
  private final NodeName self;
  private final NodeCurrency currency;
  private final List<RepairShard> shards = new ArrayList<>();
  private final boolean isEmptied;
  private final AtomicInteger unfilled;

  NodeRepair(
      NodeSettings settings,
      NodePorts ports,
      Membership membership,
      Memory memory,
      MetricRegistry metrics) {
    this.ports = ports;
    this.membership = membership;
    this.memory = memory;
    this.self = settings.self().name();
    this.unfilled = new AtomicInteger(ports.loops().size());
    List<ShardCurrency> currencies = new ArrayList<>();
    this.isEmptied = memory.get(FILLED) == null;
    for (int i = 0; i < ports.loops().size(); i++) {
      currencies.add(
          new ShardCurrency(
              i,
              ports.loops().size(),
              self,
              membership,
              settings.keyspaces(),
              settings.partitions(),
              ports.clock(),
              settings.timeouts().replica(),
              settings.timeouts().missedAfter(),
              isEmptied));
    }
    this.currency = new NodeCurrency(List.copyOf(currencies));
    metrics.register(NOT_CURRENT, (Gauge<Integer>) currency::notCurrent);
  }

  NodeCurrency currency() {
    return currency;
  }

  /** Makes the exchanges of the next shard. */
  RepairShard addShard(
      NodeSettings settings,
      NodeStanding standing,
      ReplicaService replica,
      HybridClock clock,
      ShardPorts.Sender sender,
      RepairMetrics metrics) {
    int shard = shards.size();
    RepairShard made =
        new RepairShard(
            new RepairPorts(
                shard,
                ports.loops().size(),
                ports.loops().get(shard),
                ports.clock(),
                clock,
                membership,
                standing,
                replica,
                settings.keyspaces(),
                (peer, message) -> sender.send(shard, peer, message),
                ports.random().split()),
            new RepairSettings(
                settings.repair().antiEntropyIntervalMillis(),
                2 * settings.timeouts().request(),
                settings.repair().reapFloorMillis() / 2),
            currency.shards().get(shard),
            metrics,
            this::onFilled);
    shards.add(made);
    return made;
  }

  private void onFilled() {
    if (unfilled.decrementAndGet() == 0 && isEmptied) {
      ports.io().execute(this::rememberFilled);
    }
  }

  private void rememberFilled() {
    try {
      memory.put(FILLED, YES);
    } catch (StorageException failed) {
      // The next start asks for everything once more; the rows' next commit finds the disk broken.
      log.warn("cannot remember that all rows are here: {}", failed.getMessage());
    }
  }

  List<RepairShard> shards() {
    return shards;
  }

  @Override
  public List<OfPeer> peers() {
    List<OfPeer> all = new ArrayList<>();
    for (Member member : membership.view().members()) {
      if (!member.name().equals(self)) {
        PeerSync sum = null;
        for (RepairShard shard : shards) {
          PeerSync sync = shard.syncs().getOrDefault(member.name(), PeerSync.NONE);
          sum = sum == null ? sync : sum.and(sync);
        }
        all.add(new OfPeer(member.name(), sum));
      }
    }
    return all;
  }

  @Override
  public long nowMillis() {
    return ports.clock().wallMillis();
  }

  @Override
  public int notCurrent() {
    return currency.notCurrent();
  }

  @Override
  public boolean repair(NodeName peer, Runnable noted) {
    List<NodeName> asked =
        peers().stream()
            .map(OfPeer::name)
            .filter(name -> peer == null || name.equals(peer))
            .toList();
    if (peer != null && asked.isEmpty()) {
      return false;
    }
    AtomicInteger missing = new AtomicInteger(shards.size());
    for (int i = 0; i < shards.size(); i++) {
      RepairShard shard = shards.get(i);
      EventLoop loop = ports.loops().get(i);
      loop.execute(
          () -> {
            asked.forEach(shard::repair);
            if (missing.decrementAndGet() == 0) {
              noted.run();
            }
          });
    }
    return true;
  }
}
