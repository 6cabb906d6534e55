package io.cartwheel.cluster.node;

import io.cartwheel.cluster.coordinate.OwnRows;
import io.cartwheel.cluster.coordinate.OwnScans;
import io.cartwheel.cluster.coordinate.Peers;
import io.cartwheel.cluster.coordinate.Tables;
import io.cartwheel.cluster.environment.EventLoop;
import io.cartwheel.cluster.membership.Membership;
import io.cartwheel.cluster.membership.MembershipView;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Counted;
import io.cartwheel.cluster.message.Message.RandomKeyFound;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.replica.Hints;
import io.cartwheel.cluster.replica.ReplicaService;
import io.cartwheel.cluster.replica.RowStore;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.StoredRow;
import io.cartwheel.storage.Durability;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/** What a shard's coordinator sees of the rest of its node. */
final class ShardPorts {
  /** A page that the replica had no room for is asked for again. */
  private static final long SCAN_RETRY_MILLIS = 5;

  /** Sends a message from a shard to a peer; as a transport does. */
  interface Sender {
    boolean send(int shard, NodeName to, Message message);
  }

  private ShardPorts() {}

  /** The rows of one shard, and those that it keeps for others. */
  static OwnRows rows(RowStore rows, Hints hints) {
    return new OwnRows() {
      @Override
      public void read(Key key, Consumer<StoredRow> reader) {
        // As a peer does: nobody is to be shown what a crash could still undo.
        rows.read(key, row -> rows.whenCommitted(key, () -> reader.accept(row)));
      }

      @Override
      public boolean isStalled() {
        return rows.isStalled();
      }

      @Override
      public void update(
          List<Key> keys,
          UnaryOperator<List<StoredRow>> step,
          Durability durability,
          Runnable stored) {
        rows.update(keys, step, durability, stored);
      }

      @Override
      public void keepFor(NodeName owner, Key key, Row row) {
        hints.add(owner, key, row);
      }

      @Override
      public boolean hasRoomForOthers() {
        return hints.hasRoom();
      }
    };
  }

  /** The peers, from one shard. */
  static Peers peers(int shard, NodeName self, Membership membership, Sender sender) {
    return new Peers() {
      @Override
      public NodeName self() {
        return self;
      }

      @Override
      public boolean isReachable(NodeName peer) {
        return membership.view().reachable().contains(peer);
      }

      @Override
      public boolean isWhole() {
        MembershipView view = membership.view();
        return view.reachable().size() + 1 >= view.members().size();
      }

      @Override
      public boolean send(NodeName to, Message message) {
        return sender.send(shard, to, message);
      }
    };
  }

  static Tables tables(NodeName self, Membership membership, NodeRing ring) {
    return new Tables() {
      @Override
      public PartitionTable current() {
        return membership.view().table();
      }

      @Override
      public List<NodeName> preferenceList(int partition) {
        return ring.preferenceList(partition);
      }

      @Override
      public void learn(int partition, PartitionTable.Entry entry) {
        membership.onEntry(self, partition, entry);
      }

      @Override
      public void ask(NodeName peer) {
        membership.ask(peer);
      }
    };
  }

  /** The rows of this node as ranges. */
  static OwnScans scans(
      NodeName self, Membership membership, ReplicaService replica, List<EventLoop> loops) {
    return new OwnScans() {
      @Override
      public void scan(int partition, long from, long to, int limit, Consumer<Scanned> done) {
        int shard = partition % loops.size();
        loops
            .get(shard)
            .execute(
                () -> {
                  long epoch = membership.view().table().entry(partition).epoch();
                  Message.Scan scan = new Message.Scan(0, partition, epoch, from, to, limit);
                  replica.handle(
                      shard,
                      self,
                      scan,
                      reply -> {
                        if (reply instanceof Scanned page) {
                          done.accept(page);
                        } else {
                          loops
                              .get(shard)
                              .schedule(
                                  SCAN_RETRY_MILLIS, () -> scan(partition, from, to, limit, done));
                        }
                      });
                });
      }

      @Override
      public void count(List<Integer> partitions, LongConsumer done) {
        loops
            .get(0)
            .execute(
                () ->
                    replica.handle(
                        0,
                        self,
                        new Message.Count(0, partitions),
                        reply -> done.accept(((Counted) reply).live())));
      }

      @Override
      public void randomKey(Consumer<byte[]> done) {
        loops
            .get(0)
            .execute(
                () ->
                    replica.handle(
                        0,
                        self,
                        new Message.RandomKey(0),
                        reply -> done.accept(((RandomKeyFound) reply).key())));
      }
    };
  }
}
