package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.version.StoredRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Who waits for which row. An operation on rows that are all at hand runs at once. Otherwise it
 * queues at each of its rows, at all of them in the same moment, and runs when it heads all these
 * queues and all rows are there; operations on one row thus keep their order, and no two can wait
 * for each other. A row is held here while anything queues at it, and follows what is staged. On
 * the shard's loop only.
 */
final class ColdRows {

  /** What waits; told apart by identity. */
  private static final class Operation {
    final List<Key> keys;
    final Set<Key> distinctKeys;
    final Consumer<List<StoredRow>> body;

    Operation(List<Key> keys, Consumer<List<StoredRow>> body) {
      this.keys = keys;
      this.distinctKeys = new LinkedHashSet<>(keys);
      this.body = body;
    }
  }

  /** A row that something waits for. */
  private static final class Slot {
    /** Null until it has been read. */
    StoredRow row;

    final Queue<Operation> queue = new ArrayDeque<>();
  }

  private final int maxWaiting;
  private final Consumer<Key> loader;
  private final Function<Key, StoredRow> warm;
  private final StorageMetrics metrics;
  private final Map<Key, Slot> slots = new HashMap<>();
  private int waiting;

  /**
   * @param maxWaiting operations that may wait at once, of those that can be refused: each holds a
   *     peer's message, which may carry a whole value
   * @param loader begins to read a row; {@link #onLoaded} follows in a later task
   * @param warm the row if it is at hand, else null
   */
  ColdRows(
      int maxWaiting, Consumer<Key> loader, Function<Key, StoredRow> warm, StorageMetrics metrics) {
    this.maxWaiting = maxWaiting;
    this.loader = loader;
    this.warm = warm;
    this.metrics = metrics;
  }

  /**
   * Runs {@code body} with the rows of {@code keys}, now or when it may.
   *
   * @return false where it would have to wait, may be refused, and too many wait already
   */
  boolean submit(List<Key> keys, Consumer<List<StoredRow>> body, boolean mayBeRefused) {
    List<StoredRow> rows = new ArrayList<>(keys.size());
    boolean ready = true;
    for (Key key : keys) {
      StoredRow row = slots.containsKey(key) ? null : warm.apply(key);
      ready &= row != null;
      rows.add(row);
    }
    if (ready) {
      body.accept(rows);
      return true;
    }
    if (mayBeRefused && waiting >= maxWaiting) {
      metrics.overloads.inc();
      return false;
    }
    Operation operation = new Operation(keys, body);
    waiting++;
    metrics.waiting.inc();
    for (Key key : operation.distinctKeys) {
      enqueue(key, rows.get(keys.indexOf(key)), operation);
    }
    return true;
  }

  private void enqueue(Key key, StoredRow warmRow, Operation operation) {
    Slot slot = slots.get(key);
    if (slot == null) {
      slot = new Slot();
      slot.row = warmRow;
      slots.put(key, slot);
      if (warmRow == null) {
        loader.accept(key);
      }
    }
    slot.queue.add(operation);
  }

  void onStaged(Key key, StoredRow row) {
    Slot slot = slots.get(key);
    if (slot != null) {
      slot.row = row;
    }
  }

  /** The disk has answered; runs what can run now. */
  void onLoaded(Key key, StoredRow row) {
    slots.get(key).row = row;
    Queue<Key> moved = new ArrayDeque<>(List.of(key));
    while (!moved.isEmpty()) {
      runFrom(moved.remove(), moved);
    }
  }

  /** Runs what can run at the head of a row's queue; notes the other rows whose queues moved. */
  private void runFrom(Key key, Queue<Key> moved) {
    Slot slot = slots.get(key);
    while (slot != null && !slot.queue.isEmpty() && mayRun(slot.queue.element())) {
      Operation operation = slot.queue.element();
      List<StoredRow> rows = new ArrayList<>(operation.keys.size());
      for (Key its : operation.keys) {
        rows.add(slots.get(its).row);
      }
      for (Key its : operation.distinctKeys) {
        slots.get(its).queue.remove();
        if (!its.equals(key)) {
          moved.add(its);
        }
      }
      waiting--;
      metrics.waiting.dec();
      operation.body.accept(rows);
    }
    if (slot != null && slot.queue.isEmpty()) {
      slots.remove(key);
    }
  }

  private boolean mayRun(Operation operation) {
    for (Key key : operation.distinctKeys) {
      Slot slot = slots.get(key);
      if (slot.row == null || slot.queue.element() != operation) {
        return false;
      }
    }
    return true;
  }
}
