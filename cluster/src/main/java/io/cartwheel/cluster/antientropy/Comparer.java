package io.cartwheel.cluster.antientropy;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.ChildrenCompared;
import io.cartwheel.cluster.message.Message.CompareChildren;
import io.cartwheel.cluster.message.Message.CompareRoots;
import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.NotServing;
import io.cartwheel.cluster.message.Message.Overloaded;
import io.cartwheel.cluster.message.Message.RootsCompared;
import io.cartwheel.cluster.message.Message.RowsCompared;
import io.cartwheel.cluster.replica.HashTree;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayList;
import java.util.List;

/** Answers the peers that compare their rows with ours. On the shard's loop only. */
final class Comparer {
  /** Walks for peers under way at once; more would only wait for each other. */
  static final int MAX_WALKS = 8;

  private final RepairPorts ports;
  private int walks;

  Comparer(RepairPorts ports) {
    this.ports = ports;
  }

  /** Returns false where it is no such question. */
  boolean onMessage(NodeName from, Message message) {
    if (message instanceof CompareRoots asked) {
      onCompareRoots(from, asked);
    } else if (message instanceof CompareChildren asked) {
      onCompareChildren(from, asked);
    } else if (message instanceof CompareRows asked) {
      onCompareRows(from, asked);
    } else {
      return false;
    }
    return true;
  }

  private void onCompareRoots(NodeName from, CompareRoots asked) {
    PartitionTable table = ports.table();
    List<Integer> differing = new ArrayList<>();
    List<Integer> unready = new ArrayList<>();
    for (int i = 0; i < asked.partitions().size(); i++) {
      int partition = asked.partitions().get(i);
      // First: what is stored after this is not in the root, and the peer is told of it.
      ports.standing().onCompares(from, partition);
      int copies =
          table == null || partition >= table.partitions() || i >= asked.roots().size()
              ? 0
              : RepairPorts.leastCopies(table.entry(partition), ports.self(), from);
      if (copies == 0 || !ports.replica().roots().isReady(partition)) {
        unready.add(partition);
      } else if (ports.root(table, partition, copies) != asked.roots().get(i)) {
        differing.add(partition);
      }
    }
    ports.send(from, new RootsCompared(asked.id(), differing, unready));
  }

  private void onCompareChildren(NodeName from, CompareChildren asked) {
    int copies = admit(from, asked);
    if (copies == 0) {
      return;
    }
    long[] leaves = ports.replica().trees(ports.shard()).leaves(asked.partition(), copies);
    List<Long> ours = LeafRanges.children(leaves);
    List<Integer> children = new ArrayList<>();
    List<Long> told = new ArrayList<>();
    for (int child = 0; child < Math.min(ours.size(), asked.hashes().size()); child++) {
      if (!ours.get(child).equals(asked.hashes().get(child))) {
        children.add(child);
        for (int i = 0; i < HashTree.FANOUT; i++) {
          told.add(leaves[child * HashTree.FANOUT + i]);
        }
      }
    }
    ports.send(from, new ChildrenCompared(asked.id(), children, told));
  }

  private void onCompareRows(NodeName from, CompareRows asked) {
    int copies = admit(from, asked);
    if (copies == 0) {
      return;
    }
    LeafRanges.Range whole = LeafRanges.whole(asked.partition(), ports.table().partitions());
    boolean isWithin =
        Long.compareUnsigned(asked.from(), whole.from()) >= 0
            && Long.compareUnsigned(asked.from(), asked.to() - 1) <= 0
            && Long.compareUnsigned(asked.to() - 1, whole.to() - 1) <= 0;
    if (!isWithin || !belong(asked)) {
      ports.send(from, new NotServing(asked.id(), asked.partition()));
      return;
    }
    if (walks >= MAX_WALKS) {
      ports.send(from, new Overloaded(asked.id()));
      return;
    }
    walks++;
    long readTime = ports.hybrid().now();
    ports
        .replica()
        .ranges(ports.shard())
        .compare(
            asked,
            ports.keptIn(copies),
            ports.hybrid().nowMillis(),
            found -> {
              walks--;
              ports.send(
                  from,
                  new RowsCompared(
                      asked.id(),
                      readTime,
                      found.until(),
                      found.rows(),
                      found.large(),
                      found.wanted()));
            });
  }

  /** Keys of another partition come of a defect at the sender. */
  private boolean belong(CompareRows asked) {
    int partitions = ports.table().partitions();
    for (Message.KeyedRow row : asked.rows()) {
      if (Position.partition(Position.of(row.key()), partitions) != asked.partition()) {
        return false;
      }
    }
    return true;
  }

  /** Of which rows the question is, by their copies; 0 where it has been refused. */
  private int admit(NodeName from, Message.Request asked) {
    Message refusal = ports.standing().refusal(from, asked);
    int copies = 0;
    if (refusal == null) {
      PartitionTable.Entry entry = ports.table().entry(asked.partition());
      copies = RepairPorts.leastCopies(entry, ports.self(), from);
      if (copies == 0 || !ports.replica().roots().isReady(asked.partition())) {
        copies = 0;
        refusal = new NotServing(asked.id(), asked.partition());
      }
    }
    if (refusal != null) {
      ports.send(from, refusal);
    }
    return copies;
  }
}
