package io.cartwheel.cluster.replica;

import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is to hold the row of a key, as the table has it now: of a partition's owners as many as the
 * key's keyspace keeps copies, and of those that are to be its owners too. What anybody else holds
 * is foreign to it. Safe for use by all threads.
 */
public final class KeyOwners {
  private final Standing standing;
  private final Keyspaces keyspaces;

  public KeyOwners(Standing standing, Keyspaces keyspaces) {
    this.standing = standing;
    this.keyspaces = keyspaces;
  }

  /** The owners in order, empty while there is no table. */
  public List<NodeName> of(Key key) {
    PartitionTable table = standing.table();
    if (table == null) {
      return List.of();
    }
    PartitionTable.Entry entry = table.entry(table.partitionOf(key));
    int copies = keyspaces.of(key.bytes()).n();
    List<NodeName> owners = new ArrayList<>(copies);
    add(entry.committed(), copies, owners);
    add(entry.target(), copies, owners);
    return owners;
  }

  private static void add(List<NodeName> names, int copies, List<NodeName> owners) {
    for (int i = 0; i < Math.min(copies, names.size()); i++) {
      if (!owners.contains(names.get(i))) {
        owners.add(names.get(i));
      }
    }
  }

  public boolean isOwner(NodeName node, Key key) {
    PartitionTable table = standing.table();
    if (table == null) {
      return false;
    }
    PartitionTable.Entry entry = table.entry(table.partitionOf(key));
    int committed = entry.committed().indexOf(node);
    int target = entry.target().indexOf(node);
    if (committed < 0 && target < 0) {
      return false;
    }
    int copies = keyspaces.of(key.bytes()).n();
    return (committed >= 0 && committed < copies) || (target >= 0 && target < copies);
  }

  /** Whether this node holds the key for others only, if at all; not while there is no table. */
  public boolean isForeign(Key key) {
    return standing.table() != null && !isOwner(standing.self(), key);
  }

  NodeName self() {
    return standing.self();
  }
}
