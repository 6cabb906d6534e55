package io.cartwheel.cluster.node;

import com.codahale.metrics.MetricRegistry;
import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.CoordinatorShard;
import io.cartwheel.cluster.coordinate.Currency;
import io.cartwheel.cluster.coordinate.ShardedCoordinator;
import io.cartwheel.cluster.coordinate.Tables;
import io.cartwheel.cluster.coordinate.Update;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.environment.EventLoop.Phase;
import io.cartwheel.cluster.handoff.Handoff;
import io.cartwheel.cluster.handoff.HandoffShard;
import io.cartwheel.cluster.membership.DirectoryOwner;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.membership.Memory;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Refusal;
import io.cartwheel.cluster.replica.Disk;
import io.cartwheel.cluster.replica.HashRoots;
import io.cartwheel.cluster.replica.HintBudget;
import io.cartwheel.cluster.replica.KeyOwners;
import io.cartwheel.cluster.replica.NodeStore;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.replica.StorageMetrics;
import io.cartwheel.cluster.ring.Claim;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.transport.Network;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.VectorLimit;
import io.cartwheel.storage.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: K shards (a loop, its rows, its coordinator each), who is there, who is alive, and the
 * messages between them. Knows neither sockets nor threads: those come in by {@link NodePorts}.
 *
 * <p>Partition p belongs to shard p modulo K, and so does every message about it; replies go to the
 * shard that asked. Who is there and who is alive is found out on a loop of its own, the control
 * loop: a shard that is held up does not make the node look dead.
 */
public final class Node {
  /** With these the engine is opened. */
  public static final List<Table> TABLES = NodeStore.TABLES;

  private static final Logger log = LoggerFactory.getLogger(Node.class);

  /** Between two looks whether the requests under way have ended. */
  private static final long DRAIN_STEP_MILLIS = 10;

  private final NodeSettings settings;
  private final NodePorts ports;
  private final NodeRooms rooms;
  private final HybridClock clock;
  private final Membership membership;
  private final NodeRing ring;
  private final ReplicaService replica;
  private final NodeRepair repair;
  private final PassedOwners passedOwners;
  private final List<CoordinatorShard> coordinators;

  /** What else works on the rows, by shard. */
  private final List<List<ShardPart>> parts;

  private final Handoff handoff;

  private final ServingCoordinator coordinator;
  private final Member self;
  private final List<Runnable> whenReady = new ArrayList<>();

  /** Null before the start. */
  private volatile Network.Links links;

  private volatile boolean closed;

  /**
   * Takes the data directory.
   *
   * @param decoder reads the front end's updates
   * @param metrics where this node's are registered
   * @param onBroken called once, on any thread, when the disk has failed: the process must end at
   *     once, without {@link #stop}
   * @throws io.cartwheel.cluster.membership.StartRefusedException where the settings contradict
   *     what the directory remembers
   * @throws io.cartwheel.storage.StorageException where the directory was written by other rules
   */
  public Node(
      NodeSettings settings,
      NodePorts ports,
      Update.Decoder decoder,
      MetricRegistry metrics,
      Consumer<Throwable> onBroken) {
    this.settings = settings;
    this.ports = ports;
    this.rooms = NodeRooms.of(settings.limits());
    this.clock = new HybridClock(ports.clock());
    NodeStore store =
        NodeStore.open(ports.engine(), settings.partitions(), ports.random()::nextLong);
    this.self = self(store);
    this.membership = membership(memory(store));
    this.repair = new NodeRepair(settings, ports, membership, memory(store), metrics);
    this.ring =
        new NodeRing(settings.clusterName(), self.name(), membership::view, this::hints, repair);
    Currency currency = repair.currency();
    this.passedOwners = new PassedOwners(ports.loops(), ports.clock(), this::send);
    NodeStanding standing = new NodeStanding(self.name(), membership, currency, passedOwners);
    HintBudget budget = new HintBudget(settings.repair().hintsMaxBytes(), ports.clock(), metrics);
    this.replica =
        replica(
            new Disk(
                ports.engine(),
                ports.io(),
                ports.clock(),
                new StorageMetrics(metrics),
                failure -> {
                  if (!closed) {
                    onBroken.accept(failure);
                  }
                }),
            standing,
            budget);
    Tables tables = ShardPorts.tables(self.name(), membership, ring);
    ShardAssembly assembly =
        new ShardAssembly(settings, ports, clock, membership, replica, rooms, this::send);
    this.coordinators = assembly.coordinators(tables, currency, decoder, metrics);
    List<HandoffShard> handoffs =
        assembly.handoffs(tables, new KeyOwners(standing, settings.keyspaces()), budget);
    this.handoff = new Handoff(handoffs, ports.loops(), settings.partitions());
    this.parts = assembly.parts(handoffs, handoff, repair, standing, metrics);
    this.coordinator =
        new ServingCoordinator(
            new ShardedCoordinator(coordinators, tables, settings.keyspaces(), clock), ring);
  }

  private Member self(NodeStore store) {
    NodeSettings.Self told = settings.self();
    new DirectoryOwner(settings.clusterName(), told.name()).claim(memory(store));
    return new Member(
        told.name(),
        store.dataId(),
        told.peerAnnounce(),
        told.respAnnounce(),
        told.rack(),
        told.weight());
  }

  private static Memory memory(NodeStore store) {
    return new Memory() {
      @Override
      public byte[] get(String name) {
        return store.get(name);
      }

      @Override
      public void put(String name, byte[] value) {
        store.put(name, value);
      }
    };
  }

  private Membership membership(Memory memory) {
    int copies = settings.keyspaces().greatestN();
    int partitions = settings.partitions();
    return new Membership(
        new Membership.Settings(
            settings.peering().seeds(),
            partitions,
            members -> Claim.firstTable(members, copies, partitions),
            settings.timeouts().heartbeatInterval(),
            settings.timeouts().heartbeatTimeout()),
        self,
        memory,
        ports.control(),
        ports.clock());
  }

  private ReplicaService replica(Disk disk, NodeStanding standing, HintBudget budget) {
    NodeSettings.Limits limits = settings.limits();
    VectorLimit limit = new VectorLimit(limits.vectorEntries(), limits.tombstoneGraceMillis());
    return new ReplicaService(
        new ReplicaService.Settings(
            settings.partitions(),
            settings.keyspaces(),
            limit,
            settings.repair().reapFloorMillis() / 2,
            new RowStore.Limits(
                ReplicaService.Settings.DEFAULT_MAX_WAITING,
                limits.rowCacheBytes() / ports.loops().size(),
                rooms.merges(),
                rooms.loaded())),
        disk,
        ports.loops(),
        standing,
        clock,
        budget,
        ports.random().split());
  }

  /**
   * Listens for peers and dials them. Requests get {@link
   * io.cartwheel.cluster.coordinate.Failure.NotReady} until the node serves. Once, from any thread
   * but a loop's; what the network throws where it cannot listen is passed on.
   */
  public void start() {
    replica.start();
    PeerEvents events = new PeerEvents(membership, replica, parts, coordinators, this::send);
    Network.Links opened = ports.network().open(self, clock, events, membership::refuse);
    links = opened;
    ports
        .control()
        .execute(
            () -> {
              membership.start(opened, new Standings(), handoff);
              events.start();
            });
    onParts(ShardPart::start);
  }

  /** Runs an action on every part of every shard, on the shard's loop. */
  private void onParts(Consumer<ShardPart> action) {
    for (int i = 0; i < parts.size(); i++) {
      List<ShardPart> ofShard = parts.get(i);
      if (!ofShard.isEmpty()) {
        ports.loops().get(i).execute(() -> ofShard.forEach(action));
      }
    }
  }

  private boolean send(int shard, NodeName to, Message message) {
    Network.Links opened = links;
    if (opened == null) {
      return false;
    }
    boolean leaves = opened.send(shard, to, message);
    if (!leaves
        && message instanceof Message.Reply reply
        && !Refusal.isNever(reply)
        && opened.isConnected(to)) {
      // Perhaps it is large, and there is no room: who waits for it is told at once.
      opened.send(shard, to, Refusal.instead(reply));
    }
    return leaves;
  }

  /** Runs {@code action} on the control loop once this node serves; from any thread. */
  public void whenReady(Runnable action) {
    ports
        .control()
        .execute(
            () -> {
              if (membership.view().table() != null) {
                action.run();
              } else {
                whenReady.add(action);
              }
            });
  }

  /** What a front end uses; safe for all threads. */
  public Coordinator coordinator() {
    return coordinator;
  }

  /** One for each shard, for tests of what is left behind. */
  List<CoordinatorShard> coordinators() {
    return coordinators;
  }

  /** Bytes that wait on the heap beside the transport's, for tests. */
  NodeRooms rooms() {
    return rooms;
  }

  /** Of all hash trees, for tests of whether replicas are equal. */
  HashRoots roots() {
    return replica.roots();
  }

  /** Whether everything that a client asked has been answered, for tests. */
  boolean isIdle() {
    return coordinator.isIdle();
  }

  private HintsView hints() {
    return new NodeHints(handoff);
  }

  /** What this node keeps for others; safe for all threads. */
  public Handoff handoff() {
    return handoff;
  }

  /** How equal its rows are to the peers'; safe for all threads. */
  public RepairView repair() {
    return repair;
  }

  /** The ring as this node sees it. */
  public RingView ring() {
    return ring;
  }

  /**
   * Takes no more requests, gives those under way the time of one request to end, commits, and
   * drops the connections to the peers. Returns at once; loops, engine and I/O threads are the
   * caller's to close afterwards.
   *
   * @param stopped run when that is done, on an I/O thread
   */
  public void stop(Runnable stopped) {
    coordinator.close();
    long deadlineNanos =
        ports.clock().monotonicNanos() + settings.timeouts().request() * 1_000_000L;
    ports.control().execute(() -> drain(deadlineNanos, stopped));
  }

  /** What the coordinators have under way; on the loops, or in tests. */
  int inFlight() {
    return coordinators.stream().mapToInt(CoordinatorShard::inFlight).sum();
  }

  /** The loops end without {@link #stop} having ended: what the engine says now is no failure. */
  void abandon() {
    closed = true;
  }

  private void drain(long deadlineNanos, Runnable stopped) {
    boolean late = ports.clock().monotonicNanos() >= deadlineNanos;
    if (!coordinator.isIdle() && !late) {
      ports.control().schedule(DRAIN_STEP_MILLIS, () -> drain(deadlineNanos, stopped));
      return;
    }
    if (late) {
      log.warn("stopping with requests under way that found no end in time");
    }
    endTurns(0, stopped);
  }

  /** Lets every loop end a turn, so that what was answered has left. */
  private void endTurns(int shard, Runnable stopped) {
    if (shard == ports.loops().size()) {
      ports
          .io()
          .execute(
              () -> {
                closed = true;
                if (links != null) {
                  links.close();
                }
                stopped.run();
              });
      return;
    }
    EventLoop loop = ports.loops().get(shard);
    loop.execute(
        () -> loop.atTurnEnd(Phase.FLUSH, () -> loop.execute(() -> endTurns(shard + 1, stopped))));
  }

  /** Tells the shards what membership finds. */
  private final class Standings implements Membership.Listener {
    @Override
    public void onRing(MembershipView view) {
      List<Runnable> actions = List.copyOf(whenReady);
      whenReady.clear();
      actions.forEach(Runnable::run);
      onParts(ShardPart::onRing);
    }

    @Override
    public void onHadUsDown(NodeName peer) {
      onParts(part -> part.onHadUsDown(peer));
    }

    @Override
    public void onReachability(NodeName peer, boolean reachable) {
      for (int i = 0; i < coordinators.size(); i++) {
        CoordinatorShard shard = coordinators.get(i);
        ports
            .loops()
            .get(i)
            .execute(
                () -> {
                  if (reachable) {
                    shard.onConnected(peer);
                  } else {
                    shard.onDisconnected(peer);
                  }
                });
      }
      if (!reachable) {
        passedOwners.onUnreachable(peer);
      }
      onParts(part -> part.onReachability(peer, reachable));
    }
  }
}
