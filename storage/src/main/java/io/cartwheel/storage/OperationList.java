package io.cartwheel.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A batch that keeps its operations on the heap until an engine takes them. It holds nothing of the
 * engine, so it may outlive it and needs no closing.
 */
public final class OperationList implements WriteBatch {
  /**
   * One step of a batch.
   *
   * @param table where
   * @param key of which entry
   * @param value what to store, or null to delete
   */
  public record Operation(Table table, byte[] key, byte[] value) {}

  private final List<Operation> operations = new ArrayList<>();

  @Override
  public void put(Table table, byte[] key, byte[] value) {
    operations.add(
        new Operation(
            Objects.requireNonNull(table, "table"),
            Objects.requireNonNull(key, "key"),
            Objects.requireNonNull(value, "value")));
  }

  @Override
  public void delete(Table table, byte[] key) {
    operations.add(
        new Operation(
            Objects.requireNonNull(table, "table"), Objects.requireNonNull(key, "key"), null));
  }

  @Override
  public int size() {
    return operations.size();
  }

  @Override
  public void clear() {
    operations.clear();
  }

  @Override
  public void close() {
    operations.clear();
  }

  /** The operations in the order of the calls; changes with the batch. */
  public List<Operation> operations() {
    return operations;
  }

  /** The operations of a batch that some engine of this module made. */
  public static List<Operation> of(WriteBatch batch) {
    if (batch instanceof OperationList list) {
      return list.operations;
    }
    throw new IllegalArgumentException(
        "a batch of another engine: " + batch.getClass().getName() + "; use newBatch()");
  }
}
