package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.replica.RowComparison;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exchanges of one shard: decides when to begin one and with whom, and answers the peers'.
 * Everything on the shard's loop, but where a method says otherwise.
 *
 * <p>An exchange with a peer begins when some replica cannot be current without it (after a start,
 * a reconnect, a write that passed it over), and every {@code antientropy.interval} in any case;
 * after a failure it is tried again, later each time.
 */
public final class RepairShard {
  private static final Logger log = LoggerFactory.getLogger(RepairShard.class);

  /** Between two exchanges with a peer; what ends currency may come with every write. */
  private static final int LEAST_GAP_MILLIS = 100;

  private static final int MAX_BACKOFF_MILLIS = 5_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final class Peer {
    Exchange running;

    /** Not earlier, whatever happens. */
    long notBeforeNanos;

    /** Then all partitions are exchanged. */
    long dueNanos;

    int backoffMillis = LEAST_GAP_MILLIS;
    PeerSync sync = PeerSync.NONE;
  }

  private final RepairPorts ports;
  private final RepairSettings settings;
  private final ShardCurrency currency;
  private final RepairMetrics metrics;
  private final Runnable onFilled;
  private final Questions questions;
  private final Comparer comparer;
  private final Admission admission = new Admission();
  private final SortedMap<NodeName, Peer> peers = new TreeMap<>();
  private long tickDueNanos;

  /** For other threads to read. */
  private volatile SortedMap<NodeName, PeerSync> published = Collections.emptySortedMap();

  private boolean filled;

  /**
   * @param onFilled called once, when all own replicas hold what they should
   */
  public RepairShard(
      RepairPorts ports,
      RepairSettings settings,
      ShardCurrency currency,
      RepairMetrics metrics,
      Runnable onFilled) {
    this.ports = ports;
    this.settings = settings;
    this.currency = currency;
    this.metrics = metrics;
    this.onFilled = onFilled;
    this.questions = new Questions(ports);
    this.comparer = new Comparer(ports);
  }

  /** Begins to tick; once. */
  public void start() {
    currency.onRing();
    tickDueNanos = now();
    tick();
  }

  /** Returns false where the message is neither a question to this part nor an answer to one. */
  public boolean onMessage(NodeName from, Message message) {
    if (message instanceof Message.Reply reply) {
      return questions.onReply(from, reply);
    }
    return comparer.onMessage(from, message);
  }

  /** A peer can be reached, or cannot any more. */
  public void onReachability(NodeName name, boolean reachable) {
    currency.endAllWith(name);
    Peer peer = peer(name);
    peer.backoffMillis = LEAST_GAP_MILLIS;
    peer.notBeforeNanos = now();
    if (reachable) {
      makeDue(peer);
      publish();
    } else if (peer.running != null) {
      peer.running.fail();
    }
  }

  /** The peer has done without this node for a while. */
  public void onHadUsDown(NodeName name) {
    currency.endAllWith(name);
  }

  /** The members or the table are others now. */
  public void onRing() {
    currency.onRing();
  }

  /** Exchanges everything with this peer soon, or as soon as it can be reached. */
  public void repair(NodeName name) {
    Peer peer = peer(name);
    peer.backoffMillis = LEAST_GAP_MILLIS;
    peer.notBeforeNanos = now();
    makeDue(peer);
    publish();
  }

  private void makeDue(Peer peer) {
    peer.dueNanos = now();
    peer.sync = peer.sync.withDue(true);
  }

  /** How this shard stands with its peers; from any thread. */
  public SortedMap<NodeName, PeerSync> syncs() {
    return published;
  }

  /** Exchanges under way and answers awaited, for tests of what is left behind. */
  public int inFlight() {
    int running = 0;
    for (Peer peer : peers.values()) {
      running += peer.running == null ? 0 : 1;
    }
    return running + questions.size();
  }

  private Peer peer(NodeName name) {
    return peers.computeIfAbsent(
        name,
        n -> {
          Peer fresh = new Peer();
          fresh.notBeforeNanos = now();
          makeDue(fresh);
          return fresh;
        });
  }

  private void tick() {
    long now = now();
    admission.onTimer(now - tickDueNanos);
    currency.onTick();
    MembershipView view = ports.membership().view();
    if (view.table() != null) {
      for (NodeName name : view.reachable()) {
        beginIfDue(name, peer(name), view.table(), now);
      }
    }
    for (Peer peer : List.copyOf(peers.values())) {
      if (peer.running != null && peer.running.isSilent(now, settings.silenceMillis())) {
        peer.running.fail();
      }
    }
    if (!filled && currency.isFilled()) {
      filled = true;
      onFilled.run();
    }
    tickDueNanos = now() + ShardCurrency.TICK_MILLIS * NANOS_PER_MILLI;
    ports.loop().schedule(ShardCurrency.TICK_MILLIS, this::tick);
  }

  private void beginIfDue(NodeName name, Peer peer, PartitionTable table, long now) {
    if (peer.running != null || now < peer.notBeforeNanos) {
      return;
    }
    boolean all = now >= peer.dueNanos && ports.replica().trees(ports.shard()).areReady();
    List<Integer> partitions = shared(name, table, all);
    if (all) {
      peer.dueNanos = now + jittered(settings.intervalMillis());
      peer.sync = peer.sync.withDue(false);
    }
    if (!partitions.isEmpty()) {
      begin(name, peer, partitions, all);
    } else if (all) {
      peer.sync = peer.sync.withCompleted(ports.clock().wallMillis());
      publish();
    }
  }

  /** Partitions that both own and whose trees are ready: all, or those that currency waits for. */
  private List<Integer> shared(NodeName name, PartitionTable table, boolean all) {
    List<Integer> partitions = new ArrayList<>();
    for (int p = ports.shard(); p < table.partitions(); p += ports.shards()) {
      if ((all || currency.lacks(p, name))
          && ports.replica().roots().isReady(p)
          && RepairPorts.leastCopies(table.entry(p), ports.self(), name) > 0) {
        partitions.add(p);
      }
    }
    // Two peers of a node that misses much do not bring it the same partitions first.
    if (!partitions.isEmpty()) {
      Collections.rotate(partitions, ports.random().nextInt(partitions.size()));
    }
    return partitions;
  }

  private void begin(NodeName name, Peer peer, List<Integer> partitions, boolean all) {
    peer.running =
        new Exchange(
            this,
            name,
            partitions,
            end -> {
              peer.running = null;
              onEnded(name, peer, end, all);
            });
    peer.sync = peer.sync.withRunning(true);
    publish();
    peer.running.start();
  }

  private void onEnded(NodeName name, Peer peer, Exchange.End end, boolean all) {
    boolean complete = end == Exchange.End.COMPLETE;
    peer.sync = peer.sync.withRunning(false).withExchange(end != Exchange.End.FAILED);
    if (complete) {
      metrics.exchanges.inc();
      peer.backoffMillis = LEAST_GAP_MILLIS;
      if (all) {
        peer.sync = peer.sync.withCompleted(ports.clock().wallMillis());
      }
    } else {
      if (end == Exchange.End.FAILED) {
        metrics.failed.inc();
        log.debug("an exchange with {} has failed", name);
      }
      if (all) {
        makeDue(peer);
      }
    }
    peer.notBeforeNanos = now() + jittered(peer.backoffMillis);
    if (!complete) {
      peer.backoffMillis = Math.min(MAX_BACKOFF_MILLIS, peer.backoffMillis * 2);
    }
    publish();
  }

  /** From three quarters to five quarters, in nanoseconds. */
  private long jittered(int millis) {
    long nanos = millis * NANOS_PER_MILLI;
    return nanos - nanos / 4 + ports.random().nextLong(nanos / 2 + 1);
  }

  private void publish() {
    SortedMap<NodeName, PeerSync> syncs = new TreeMap<>();
    peers.forEach((name, peer) -> syncs.put(name, peer.sync));
    published = Collections.unmodifiableSortedMap(syncs);
  }

  private long now() {
    return ports.clock().monotonicNanos();
  }

  // What an exchange uses.

  RepairPorts ports() {
    return ports;
  }

  RepairSettings settings() {
    return settings;
  }

  ShardCurrency currency() {
    return currency;
  }

  Questions questions() {
    return questions;
  }

  /** Runs {@code next} when background work may go on. */
  void afterPause(Runnable next) {
    int pause = admission.pauseMillis();
    if (pause == 0) {
      ports.loop().execute(next);
    } else {
      ports.loop().schedule(pause, next);
    }
  }

  /** Merges rows of a peer into ours, in one commit. */
  void store(NodeName from, List<Key> keys, List<Row> rows, Runnable stored) {
    Durability durability = Durability.BUFFERED;
    for (Key key : keys) {
      if (ports.keyspaces().of(key.bytes()).fsync() == Keyspace.Fsync.ALWAYS) {
        durability = Durability.SYNCED;
      }
    }
    ports
        .replica()
        .rows(ports.shard())
        .update(keys, own -> merged(from, keys, own, rows), durability, stored);
  }

  // A merge that brings nothing returns its own row.
  @SuppressWarnings("ReferenceEquality")
  private List<StoredRow> merged(
      NodeName from, List<Key> keys, List<StoredRow> own, List<Row> rows) {
    List<StoredRow> merged = new ArrayList<>(own.size());
    int taken = 0;
    for (int i = 0; i < own.size(); i++) {
      StoredRow row = own.get(i).merge(rows.get(i));
      merged.add(row);
      if (row != own.get(i)) {
        taken++;
        metrics.bytes.inc(RowComparison.sizeOf(keys.get(i).bytes(), rows.get(i)));
      }
    }
    metrics.rows.inc(taken);
    peer(from).sync = peer(from).sync.withRows(taken, 0);
    return merged;
  }

  /** The peer has stored a row of ours. */
  void onGiven(NodeName to, Key key, Row row) {
    metrics.rows.inc();
    metrics.bytes.inc(RowComparison.sizeOf(key.bytes(), row));
    peer(to).sync = peer(to).sync.withRows(0, 1);
  }
}
