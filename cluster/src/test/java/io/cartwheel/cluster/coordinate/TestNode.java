package io.cartwheel.cluster.coordinate;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Minter;
import io.cartwheel.cluster.version.StoredRow;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** One process of a test cluster; a node that returns is a new one on the same rows. */
final class TestNode implements Peers, Tables, Currency {
  final TestCluster cluster;
  final NodeName name;
  final FakeEventLoop loop;
  final HybridClock hybrid;
  final FakeRows rows;
  final CoordinatorShard shard;
  final ShardedCoordinator coordinator;
  final MetricRegistry metrics = new MetricRegistry();

  /** Peers that this node thinks it can reach. */
  final TreeSet<NodeName> reachable = new TreeSet<>();

  /** Peers to which nothing leaves, although they count as reachable. */
  final TreeSet<NodeName> refused = new TreeSet<>();

  PartitionTable table;
  boolean isUp = true;

  /** A paused process: its turns wait, messages arrive, time goes on. */
  boolean isPaused;

  /** How far its wall clock is ahead of the others'. */
  long wallAheadMillis;

  /** How long it has stood still in the midst of a turn, so that its timers do not know yet. */
  long stoodStillMillis;

  /** What it says of its replicas. */
  boolean isCurrent;

  /** Whether it thinks that nobody is missing; who is silent is then given more time. */
  boolean isWhole;

  int endedCurrency;
  int asksForTables;

  TestNode(
      TestCluster cluster,
      NodeName name,
      Map<Key, StoredRow> disk,
      PartitionTable table,
      SplittableRandom random) {
    this.cluster = cluster;
    this.name = name;
    this.table = table;
    this.loop = cluster.time.newLoop();
    Clock clock = clock();
    this.hybrid = new HybridClock(clock);
    this.rows = new FakeRows(this, disk);
    long process = random.nextLong();
    Minter minter = new Minter(random.split(), process);
    CoordinatorPorts ports =
        new CoordinatorPorts(
            loop, clock, hybrid, this, this, rows, rows, this, minter, random.split());
    this.shard =
        new CoordinatorShard(
            0, process, ports, cluster.settings, cluster.keyspaces, new TestUpdates(), metrics);
    this.coordinator = new ShardedCoordinator(List.of(shard), this, cluster.keyspaces, hybrid);
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return cluster.time.wallMillis() + stoodStillMillis + wallAheadMillis;
      }

      @Override
      public long monotonicNanos() {
        return cluster.time.monotonicNanos() + stoodStillMillis * 1_000_000;
      }
    };
  }

  void onMessage(NodeName from, Message message) {
    if (message instanceof Message.Reply || message instanceof Message.Forward) {
      shard.onMessage(from, message);
    } else if (message instanceof Message.PassedOver told) {
      end(told.partition());
    } else if (message instanceof Message.Request request) {
      if (message instanceof Message.Merge merge && merge.passesOver()) {
        onPassedOver(from, merge.partition());
      }
      rows.onRequest(request, reply -> cluster.send(this, from, reply));
    } else if (message instanceof Message.Count count) {
      rows.count(
          count.partitions(),
          live -> cluster.send(this, from, new Message.Counted(count.id(), live)));
    } else if (message instanceof Message.RandomKey ask) {
      rows.randomKey(key -> cluster.send(this, from, new Message.RandomKeyFound(ask.id(), key)));
    }
  }

  private void onPassedOver(NodeName coordinator, int partition) {
    for (NodeName owner :
        table == null ? List.<NodeName>of() : table.entry(partition).committed()) {
      if (owner.equals(coordinator)) {
        return;
      }
      if (owner.equals(name)) {
        end(partition);
      } else {
        send(owner, new Message.PassedOver(0, partition, table.entry(partition).epoch()));
      }
    }
  }

  long counter(String metric) {
    return metrics.counter(metric).getCount();
  }

  @Override
  public NodeName self() {
    return name;
  }

  @Override
  public boolean isReachable(NodeName peer) {
    return reachable.contains(peer);
  }

  @Override
  public boolean isWhole() {
    return isWhole;
  }

  @Override
  public boolean send(NodeName to, Message message) {
    return reachable.contains(to) && !refused.contains(to) && cluster.send(this, to, message);
  }

  @Override
  public PartitionTable current() {
    return table;
  }

  @Override
  public List<NodeName> preferenceList(int partition) {
    return cluster.hasFallbacks ? cluster.names : table.entry(partition).committed();
  }

  @Override
  public void learn(int partition, PartitionTable.Entry entry) {
    table = table.merge(partition, entry);
  }

  @Override
  public void ask(NodeName peer) {
    asksForTables++;
  }

  @Override
  public boolean isCurrent(int partition) {
    return isCurrent;
  }

  @Override
  public void end(int partition) {
    isCurrent = false;
    endedCurrency++;
  }
}
