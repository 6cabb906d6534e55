package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.environment.Clock;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.ConfirmDead;
import io.cartwheel.cluster.message.Message.DeadConfirmed;
import io.cartwheel.cluster.message.Message.ForgetDead;
import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.HybridClock;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Removes dead rows that hide something, from all owners together. On the shard's loop only.
 *
 * <p>A dead row may go when no older value that it hides is left anywhere. So:
 *
 * <ol>
 *   <li>all owners are asked to merge the row into theirs, and to say when it is on their disk and
 *       is all that they hold ({@link ConfirmDead}). From its answer on an owner hides the old
 *       values: it neither stores nor sends them again;
 *   <li>what an owner had sent before is waited for: a merge is refused when its row was read
 *       longer than half a floor ago, and this node waits a whole one;
 *   <li>then this node forgets the row and tells the others to ({@link ForgetDead}); an owner whose
 *       row has changed since keeps it.
 * </ol>
 *
 * All the while every member must be reachable, for a node that was away may come back with an old
 * value or without the row; nobody may hold rows of the partition for others, for these may be old;
 * the owners must stay the same; and this shard must not have been held up, for it would not know
 * of any of that. Else the rows are left as they are, for a later pass of the sweeper to begin
 * anew. A row that one owner has not forgotten comes back to the others when that one begins anew,
 * and goes from all.
 *
 * <p>A crash may undo the forgetting at one owner, never the storing before it. What this cannot
 * help is an old copy of a disk that is put back after the row has gone: with it the old value
 * comes back.
 */
public final class Reaper {
  /** Rows that wait; each keeps some hundred bytes. */
  private static final int MAX_WAITING_ROWS = 32_768;

  /** Asked for at once by this node: each costs all owners a sync. */
  private static final int MAX_ASKING = 4;

  /** Answered at once, of all peers' together; more are not heard, and ask again some time. */
  private static final int MAX_ANSWERING = 32;

  /** A look so many times in a floor whether all is still as it must be, or once a second. */
  private static final int LOOKS_PER_FLOOR = 20;

  private static final long LOOK_MILLIS = 1_000;

  /** A look that comes so much too late: this node was stopped, or as good as. */
  private static final long STOPPED_MILLIS = 1_000;

  private final int shard;
  private final ReapSettings settings;
  private final EventLoop loop;
  private final Clock clock;
  private final HybridClock hybrid;
  private final RowStore store;
  private final Neighbours neighbours;
  private final ReapMetrics metrics;
  private final Map<Long, Reaping> underWay = new LinkedHashMap<>();
  private final Set<Key> keys = new HashSet<>();
  private long sequence;
  private long lookedNanos;
  private boolean hasBeenStopped;
  private long stoppedNanos;
  private int answering;

  /**
   * @param firstSequence drawn at every start of the process: an answer to the process before must
   *     mean nothing to this one
   */
  public Reaper(
      int shard, ReapSettings settings, ReapPorts ports, long firstSequence, ReapMetrics metrics) {
    this.shard = shard;
    this.settings = settings;
    this.loop = ports.loop();
    this.clock = ports.clock();
    this.hybrid = ports.hybrid();
    this.store = ports.rows();
    this.neighbours = ports.neighbours();
    this.sequence = firstSequence;
    this.metrics = metrics;
  }

  /** Begins to look; once. */
  public void start() {
    lookedNanos = clock.monotonicNanos();
    loop.schedule(lookMillis(), this::look);
  }

  private long lookMillis() {
    return Math.max(1, Math.min(LOOK_MILLIS, floorMillis() / LOOKS_PER_FLOOR));
  }

  private long floorMillis() {
    return settings.deadRows().floorMillis();
  }

  /** Whether it has so much to ask for that the sweeper should wait before it finds more. */
  boolean isBusy() {
    int asking = 0;
    for (Reaping reaping : underWay.values()) {
      asking += reaping.state() == Reaping.State.WAITING ? 0 : 1;
    }
    return asking >= MAX_ASKING;
  }

  /**
   * Begins to reap rows, those that it has not begun with already, if all is as it must be.
   *
   * @param copies how many of the partition's owners keep these rows; this node is one of them
   * @param rows dead, without any value's bytes
   */
  void reap(int partition, int copies, Reaping.Rows rows) {
    PartitionTable.Entry entry = neighbours.table().entry(partition);
    for (Key key : rows.keys()) {
      if (keys.contains(key) || keys.size() >= MAX_WAITING_ROWS) {
        rows.remove(key);
      } else {
        keys.add(key);
      }
    }
    List<NodeName> others = new ArrayList<>(entry.committed().subList(0, copies));
    others.remove(neighbours.self());
    long id = ++sequence << Message.SHARD_BITS | shard;
    Reaping reaping = new Reaping(id, partition, entry.epoch(), List.copyOf(others), rows);
    underWay.put(id, reaping);
    if (rows.isEmpty() || !isSettled(reaping)) {
      end(reaping);
      return;
    }
    enter(reaping, Reaping.State.STORING);
    store.update(
        rows.keys(),
        before -> keepUnchanged(reaping, before),
        Durability.SYNCED,
        () -> ask(reaping));
  }

  /** Leaves out the rows that are others by now; changes none. */
  private static List<StoredRow> keepUnchanged(Reaping reaping, List<StoredRow> stored) {
    List<Key> asked = reaping.rows.keys();
    for (int i = 0; i < asked.size(); i++) {
      if (!isSame(stored.get(i).row(), reaping.rows.of(asked.get(i)))) {
        reaping.rows.remove(asked.get(i));
      }
    }
    return stored;
  }

  /** Whether two rows have the same siblings and hide the same. */
  private static boolean isSame(Row one, Row other) {
    return one.sameDots(other)
        && one.context().covers(other.context())
        && other.context().covers(one.context());
  }

  private void ask(Reaping reaping) {
    if (!isUnderWay(reaping)) {
      return;
    }
    if (reaping.others.isEmpty()) {
      enter(reaping, Reaping.State.WAITING);
      return;
    }
    enter(reaping, Reaping.State.ASKING);
    ConfirmDead question =
        new ConfirmDead(reaping.id, reaping.partition, reaping.epoch, reaping.rows.keyed());
    for (NodeName other : reaping.others) {
      if (!neighbours.send(other, question)) {
        end(reaping);
        return;
      }
    }
  }

  private void enter(Reaping reaping, Reaping.State state) {
    reaping.enter(state, clock.monotonicNanos(), hybrid.nowMillis());
  }

  private boolean isUnderWay(Reaping reaping) {
    return underWay.containsKey(reaping.id);
  }

  private void end(Reaping reaping) {
    underWay.remove(reaping.id);
    reaping.begunWith.forEach(keys::remove);
  }

  /**
   * Handles a message.
   *
   * @return false where it is not about dead rows
   */
  public boolean onMessage(NodeName from, Message message) {
    if (message instanceof ConfirmDead asked) {
      onConfirmDead(from, asked);
    } else if (message instanceof DeadConfirmed confirmed) {
      onDeadConfirmed(from, confirmed);
    } else if (message instanceof ForgetDead told) {
      onForgetDead(told);
    } else {
      return false;
    }
    return true;
  }

  private void onDeadConfirmed(NodeName from, DeadConfirmed confirmed) {
    Reaping reaping = underWay.get(confirmed.id());
    if (reaping == null) {
      return;
    }
    Set<Key> confirmedKeys = new HashSet<>();
    confirmed.keys().forEach(key -> confirmedKeys.add(new Key(key)));
    if (reaping.onConfirmed(from, confirmedKeys)) {
      enter(reaping, Reaping.State.WAITING);
    }
    if (reaping.rows.isEmpty()) {
      end(reaping);
    }
  }

  /** A peer cannot be reached, or could not reach this node for a while. */
  public void onDisturbed() {
    List.copyOf(underWay.values()).forEach(this::end);
  }

  private void look() {
    loop.schedule(lookMillis(), this::look);
    boolean wasStopped = wasStopped();
    long nanos = clock.monotonicNanos();
    lookedNanos = nanos;
    if (wasStopped) {
      onDisturbed();
      return;
    }
    for (Reaping reaping : List.copyOf(underWay.values())) {
      boolean hasLasted = reaping.hasLasted(floorMillis(), nanos, hybrid.nowMillis());
      if (!isSettled(reaping)) {
        end(reaping);
      } else if (hasLasted && reaping.state() == Reaping.State.WAITING) {
        forget(reaping);
      } else if (hasLasted) {
        end(reaping);
      }
    }
  }

  /**
   * Whether this shard has been held up within the last floor. What it had read before and then
   * merges may be older than anybody reckons with, and its peers need not have noticed.
   */
  private boolean wasStopped() {
    long nanos = clock.monotonicNanos();
    if (nanos - lookedNanos > TimeUnit.MILLISECONDS.toNanos(lookMillis() + STOPPED_MILLIS)) {
      stoppedNanos = nanos;
      hasBeenStopped = true;
    }
    return hasBeenStopped && nanos - stoppedNanos < TimeUnit.MILLISECONDS.toNanos(floorMillis());
  }

  private boolean isSettled(Reaping reaping) {
    PartitionTable.Entry entry = neighbours.table().entry(reaping.partition);
    return entry.epoch() == reaping.epoch
        && entry.target().equals(entry.committed())
        && neighbours.areAllReachable()
        && !neighbours.isAnyHandingOn(reaping.partition);
  }

  private void forget(Reaping reaping) {
    List<Key> asked = reaping.rows.keys();
    end(reaping);
    store.update(
        asked,
        stored -> {
          keepUnchanged(reaping, stored);
          return forgotten(reaping.rows, asked, stored);
        },
        Durability.BUFFERED,
        () -> tell(reaping));
  }

  private void tell(Reaping reaping) {
    if (reaping.rows.isEmpty()) {
      return;
    }
    ForgetDead order =
        new ForgetDead(reaping.id, reaping.partition, reaping.epoch, reaping.rows.keyed());
    reaping.others.forEach(other -> neighbours.send(other, order));
  }

  /** The rows to be: those that are as they were told are gone. */
  private List<StoredRow> forgotten(Reaping.Rows told, List<Key> asked, List<StoredRow> stored) {
    List<StoredRow> after = new ArrayList<>(stored);
    for (int i = 0; i < asked.size(); i++) {
      Row row = told.of(asked.get(i));
      if (row != null && isSame(stored.get(i).row(), row)) {
        after.set(i, StoredRow.ABSENT);
        metrics.reaped.inc();
      }
    }
    return after;
  }

  private void onForgetDead(ForgetDead told) {
    Reaping.Rows rows = rowsOf(told, told.rows());
    if (rows.isEmpty() || wasStopped()) {
      return;
    }
    List<Key> asked = rows.keys();
    store.update(asked, stored -> forgotten(rows, asked, stored), Durability.BUFFERED, () -> {});
  }

  private void onConfirmDead(NodeName from, ConfirmDead asked) {
    Reaping.Rows rows = rowsOf(asked, asked.rows());
    if (answering >= MAX_ANSWERING) {
      return;
    }
    answering++;
    List<Key> askedKeys = rows.keys();
    List<byte[]> confirmed = new ArrayList<>();
    store.update(
        askedKeys,
        stored -> {
          List<StoredRow> after = new ArrayList<>(stored.size());
          for (int i = 0; i < askedKeys.size(); i++) {
            Row row = rows.of(askedKeys.get(i));
            StoredRow merged = stored.get(i).merge(row);
            after.add(merged);
            if (isSame(merged.row(), row)) {
              confirmed.add(askedKeys.get(i).bytes());
            }
          }
          return after;
        },
        Durability.SYNCED,
        () -> {
          answering--;
          neighbours.send(from, new DeadConfirmed(asked.id(), List.copyOf(confirmed)));
        });
  }

  /** The rows of a request; none where it was sent by another entry of the partition. */
  private Reaping.Rows rowsOf(Message.Request request, List<KeyedRow> keyed) {
    PartitionTable table = neighbours.table();
    Reaping.Rows rows = new Reaping.Rows();
    if (table == null
        || request.partition() >= table.partitions()
        || table.entry(request.partition()).epoch() != request.epoch()) {
      return rows;
    }
    for (KeyedRow row : keyed) {
      Key key = new Key(row.key());
      if (key.partition(table.partitions()) == request.partition() && isBare(row.row())) {
        rows.put(key, row.row());
      }
    }
    return rows;
  }

  /** Whether nothing can ever live in it. */
  private static boolean isBare(Row row) {
    return row.siblings().stream()
        .allMatch(s -> s.form() == Sibling.Form.TOMBSTONE || s.form() == Sibling.Form.STRIPPED);
  }
}
