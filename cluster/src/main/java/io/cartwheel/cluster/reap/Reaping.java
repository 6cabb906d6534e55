package io.cartwheel.cluster.reap;

import io.cartwheel.cluster.message.Message.KeyedRow;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Some dead rows of one partition on their way out. Who has answered, and since when. */
final class Reaping {
  /** How far it is. */
  enum State {
    /** The rows are brought to this node's own disk. */
    STORING,
    /** The other owners are asked. */
    ASKING,
    /** All have the rows and nothing else; what was under way before is waited for. */
    WAITING
  }

  /** Rows by their keys, in order. */
  static final class Rows {
    private final Map<Key, Row> rows = new LinkedHashMap<>();

    void put(Key key, Row row) {
      rows.put(key, row);
    }

    void remove(Key key) {
      rows.remove(key);
    }

    void retain(Set<Key> keys) {
      rows.keySet().retainAll(keys);
    }

    List<Key> keys() {
      return List.copyOf(rows.keySet());
    }

    Row of(Key key) {
      return rows.get(key);
    }

    boolean isEmpty() {
      return rows.isEmpty();
    }

    List<KeyedRow> keyed() {
      List<KeyedRow> keyed = new ArrayList<>(rows.size());
      rows.forEach((key, row) -> keyed.add(new KeyedRow(key.bytes(), row)));
      return List.copyOf(keyed);
    }
  }

  final long id;
  final int partition;
  final long epoch;

  /** All owners but this node. */
  final List<NodeName> others;

  /** Those that nobody who has answered holds otherwise. */
  final Rows rows;

  /** All that it has begun with. */
  final List<Key> begunWith;

  private final Set<NodeName> silent;
  private State state = State.STORING;

  /** When the present state began, by both clocks. */
  private long sinceNanos;

  private long sinceMillis;

  Reaping(long id, int partition, long epoch, List<NodeName> others, Rows rows) {
    this.id = id;
    this.partition = partition;
    this.epoch = epoch;
    this.others = others;
    this.rows = rows;
    this.begunWith = rows.keys();
    this.silent = new LinkedHashSet<>(others);
  }

  State state() {
    return state;
  }

  void enter(State next, long nanos, long millis) {
    state = next;
    sinceNanos = nanos;
    sinceMillis = millis;
  }

  /**
   * An owner has answered.
   *
   * @param confirmed of which it holds what was asked, and nothing else
   * @return whether all have, now
   */
  boolean onConfirmed(NodeName from, Set<Key> confirmed) {
    if (state != State.ASKING || !silent.remove(from)) {
      return false;
    }
    rows.retain(confirmed);
    return silent.isEmpty();
  }

  /**
   * Whether the present state has lasted so long, by the monotonic clock, which nobody sets, and by
   * the cluster's, by which messages are too old.
   */
  boolean hasLasted(long forMillis, long nanos, long millis) {
    return nanos - sinceNanos >= forMillis * 1_000_000 && millis - sinceMillis >= forMillis;
  }
}
