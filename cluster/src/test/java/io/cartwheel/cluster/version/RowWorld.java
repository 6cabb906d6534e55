package io.cartwheel.cluster.version;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cartwheel.cluster.environment.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.LongFunction;

/**
 * A few replicas of one row, what may befall them, and a naive account beside it. Everything real
 * is a {@link StoredRow}; beside each stands the set of writes that the row has heard of, and each
 * write remembers the set that its writer had seen.
 *
 * <p>The invariant, checked after every step: <i>a row shows exactly those writes that it has heard
 * of and that no write it has heard of saw</i>; its context covers exactly what it has heard of;
 * and no dot names two writes. A row that lost its copies has heard of nothing: what is lost with
 * every copy is gone, and nothing else ever is. Where vectors are cut a row may show, beside these,
 * writes that a later one saw; a context never covers what the row has not heard of.
 */
final class RowWorld {
  /** A row as somebody once held it, and the writes that it had heard of then. */
  record Known(Row row, long writes) {}

  /** What a replica has on its disk. */
  record Copy(StoredRow stored, long writes) {}

  private record Write(Dot dot, long saw) {}

  private record Running(Stamper stamper, HybridClock clock) {}

  /** How a process stamps; the real one is a {@link Minter}. */
  interface Stamper {
    StoredRow stamp(StoredRow stored, VersionVector past, Minter.NewValue value, HybridClock clock);
  }

  /** The invariant does not hold. */
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String message) {
      super(message);
    }
  }

  static final Known NOTHING = new Known(Row.EMPTY, 0);

  /** A write is one bit of a long. */
  static final int MAX_WRITES = 63;

  private final LongFunction<Stamper> newStamper;
  private final VectorLimit limit;
  private final Clock clock;

  /** Shared by all copies of a world: going back takes nothing from a supply of fresh actors. */
  private final TreeMap<Long, Running> running;

  private final List<List<Copy>> disks = new ArrayList<>();
  private final List<Long> processes = new ArrayList<>();
  private final List<Known> rows = new ArrayList<>();
  private final List<Write> writes = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();

  /**
   * @param newStamper the stamper of a process
   * @param limit cuts rows when they are stored; null for never
   */
  RowWorld(int replicas, LongFunction<Stamper> newStamper, VectorLimit limit, Clock clock) {
    this.newStamper = newStamper;
    this.limit = limit;
    this.clock = clock;
    this.running = new TreeMap<>();
    rows.add(NOTHING);
    for (int i = 0; i < replicas; i++) {
      disks.add(List.of(new Copy(StoredRow.ABSENT, 0)));
      processes.add(i * 1000L);
    }
  }

  private RowWorld(RowWorld other) {
    this.newStamper = other.newStamper;
    this.limit = other.limit;
    this.clock = other.clock;
    this.running = other.running;
    disks.addAll(other.disks);
    processes.addAll(other.processes);
    rows.addAll(other.rows);
    writes.addAll(other.writes);
    trace.addAll(other.trace);
  }

  RowWorld copy() {
    return new RowWorld(this);
  }

  int replicas() {
    return disks.size();
  }

  int writes() {
    return writes.size();
  }

  /** All rows that ever were anywhere: any may still arrive, or be somebody's token. */
  List<Known> rows() {
    return rows;
  }

  /** All states that the replica's disk ever had, the present one last. */
  List<Copy> disk(int replica) {
    return disks.get(replica);
  }

  Copy present(int replica) {
    List<Copy> disk = disks.get(replica);
    return disk.get(disk.size() - 1);
  }

  /** A write whose writer has seen {@code past}: a plain one where that is the present row. */
  void write(int replica, Known past) {
    trace.add("write(" + replica + ", past=" + past.row + ")");
    int id = writes.size();
    Copy before = present(replica);
    Running process =
        running.computeIfAbsent(
            processes.get(replica),
            started -> new Running(newStamper.apply(started), new HybridClock(clock)));
    StoredRow stamped =
        process.stamper.stamp(
            before.stored,
            past.row.context(),
            new Minter.NewValue(
                new byte[] {(byte) id},
                Sibling.STRING,
                Sibling.NO_EXPIRY,
                new RequestId(0, id),
                false),
            process.clock);
    Sibling fresh = siblingOf(stamped, id);
    if (fresh.time() <= Math.max(before.stored.row().latestTime(), past.row.latestTime())) {
      throw new Violation(fresh + " is not later than what it saw: " + this);
    }
    Dot dot = fresh.dot();
    for (Write other : writes) {
      if (other.dot.equals(dot)) {
        throw new Violation(dot + " names two writes: " + this);
      }
    }
    writes.add(new Write(dot, past.writes));
    store(replica, stamped, before.writes | past.writes | 1L << id);
  }

  /** A row arrives, perhaps late, perhaps again. */
  void merge(int replica, Known arriving) {
    trace.add("merge(" + replica + ", " + arriving.row + ")");
    Copy before = present(replica);
    store(replica, before.stored.merge(arriving.row), before.writes | arriving.writes);
  }

  /** The row is dropped while the process runs on: reaped, or foreign and handed over. */
  void forget(int replica) {
    trace.add("forget(" + replica + ")");
    store(replica, StoredRow.ABSENT, 0);
  }

  /** The process ends, and another starts with what some disk once held: its own, or a copy. */
  void restart(int replica, Copy found) {
    trace.add("restart(" + replica + ", " + found.stored + ")");
    processes.set(replica, processes.get(replica) + 1);
    store(replica, found.stored, found.writes);
  }

  /** All replicas tell each other everything: one row, with everything that any has heard of. */
  void checkConverged() {
    Row all = Row.EMPTY;
    long heard = 0;
    for (int i = 0; i < replicas(); i++) {
      all = all.merge(present(i).stored.row());
      heard |= present(i).writes;
    }
    check(all, heard);
    Row backwards = Row.EMPTY;
    for (int i = replicas() - 1; i >= 0; i--) {
      backwards = present(i).stored.row().merge(backwards);
    }
    assertEquals(all, backwards, this::toString);
  }

  private void store(int replica, StoredRow changed, long heard) {
    StoredRow kept = changed;
    if (limit != null) {
      kept =
          new StoredRow(
              limit.cut(changed.row(), HybridClock.ofMillis(clock.wallMillis())).row(),
              changed.mint());
    }
    check(kept.row(), heard);
    List<Copy> disk = new ArrayList<>(disks.get(replica));
    disk.add(new Copy(kept, heard));
    disks.set(replica, disk);
    Known known = new Known(kept.row(), heard);
    if (!rows.contains(known)) {
      rows.add(known);
    }
  }

  private void check(Row row, long heard) {
    long seen = 0;
    long covered = 0;
    for (int id = 0; id < writes.size(); id++) {
      seen |= (heard >> id & 1) != 0 ? writes.get(id).saw : 0;
      covered |= row.context().covers(writes.get(id).dot) ? 1L << id : 0;
    }
    long shown = 0;
    for (Sibling sibling : row.siblings()) {
      int id = sibling.value()[0];
      if (!writes.get(id).dot.equals(sibling.dot())) {
        throw new Violation(sibling + " is not write " + id + ": " + this);
      }
      shown |= 1L << id;
    }
    long due = heard & ~seen;
    if (limit == null ? shown != due : (due & ~shown) != 0 || (shown & ~heard) != 0) {
      throw new Violation(
          "shown " + bits(shown) + ", due " + bits(due) + " of " + bits(heard) + ": " + this);
    }
    if (limit == null ? covered != heard : (covered & ~heard) != 0) {
      throw new Violation("covers " + bits(covered) + ", heard " + bits(heard) + ": " + this);
    }
  }

  private static Sibling siblingOf(StoredRow stamped, int id) {
    for (Sibling sibling : stamped.row().siblings()) {
      if (sibling.value()[0] == id) {
        return sibling;
      }
    }
    throw new Violation("a stamp without its value");
  }

  private static String bits(long set) {
    return "{" + Long.toBinaryString(set) + "}";
  }

  @Override
  public String toString() {
    return String.join("\n  ", trace);
  }

  /** A stamper that changes what the real one is given. */
  static Stamper with(Minter minter, BiFunction<StoredRow, VersionVector, StoredRow> before) {
    return (stored, past, value, clock) ->
        minter.stamp(before.apply(stored, past), past, value, clock);
  }
}
