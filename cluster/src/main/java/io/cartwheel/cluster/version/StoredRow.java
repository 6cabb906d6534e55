package io.cartwheel.cluster.version;

/**
 * A row as one node stores it: what replicas exchange, and beside it the node's own fields, which
 * no merge carries. Immutable.
 *
 * @param row what replicas exchange
 * @param mint the actor under which this node mints for this row, or null where it has not yet
 */
public record StoredRow(Row row, Mint mint) {
  public static final StoredRow ABSENT = new StoredRow(Row.EMPTY, null);

  /**
   * The right to extend an actor. It is used only by the process that wrote it; see {@link Minter}.
   *
   * @param actor under which this node minted last
   * @param counter the last counter it handed out
   * @param process random bits of the process that minted
   */
  public record Mint(long actor, long counter, long process) {}

  public boolean isAbsent() {
    return row.isEmpty() && mint == null;
  }

  /**
   * The row with another's versions merged in; the node's own fields stay. This very object where
   * that changes nothing.
   */
  // Identity is meant: a merge that brings nothing returns its own row.
  @SuppressWarnings("ReferenceEquality")
  public StoredRow merge(Row other) {
    Row merged = row.merge(other);
    return merged == row ? this : new StoredRow(merged, mint);
  }
}
