package io.cartwheel.cluster.membership;

import io.cartwheel.cluster.environment.FakeEventLoop;
import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.ring.Claim;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.transport.Network;
import io.cartwheel.cluster.transport.Transport;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.HybridClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One node reduced to its membership, in virtual time, with a memory that survives its process. */
final class SimulatedMember {
  static final int PARTITIONS = 16;
  static final int COPIES = 3;

  /** A disk. */
  static final class MapMemory implements Memory {
    final Map<String, byte[]> values = new TreeMap<>();
    long dataId;

    MapMemory(long dataId) {
      this.dataId = dataId;
    }

    @Override
    public byte[] get(String name) {
      return values.get(name);
    }

    @Override
    public void put(String name, byte[] value) {
      values.put(name, value);
    }
  }

  private final SimulatedTime time;
  private final VirtualNetwork network;
  final String name;
  final String address;
  List<String> seeds;
  MapMemory memory;
  Membership membership;
  final List<String> events = new ArrayList<>();
  private FakeEventLoop loop;

  SimulatedMember(
      SimulatedTime time, VirtualNetwork network, String name, String address, List<String> seeds) {
    this.time = time;
    this.network = network;
    this.name = name;
    this.address = address;
    this.seeds = seeds;
    loseDisk();
  }

  void start() {
    loop = time.newLoop();
    NodeName nodeName = new NodeName(name);
    new DirectoryOwner("test", nodeName).claim(memory);
    Member self = new Member(nodeName, memory.dataId, address, address + "0", "", 1);
    Membership started =
        new Membership(
            new Membership.Settings(
                seeds, PARTITIONS, all -> Claim.firstTable(all, COPIES, PARTITIONS), 200, 1_000),
            self,
            memory,
            loop,
            time);
    membership = started;
    Network.Links links =
        network
            .forProcess(loop, List.of(loop))
            .open(self, new HybridClock(time), wiring(started), started::refuse);
    loop.execute(() -> started.start(links, listener(), NOTHING_HELD));
  }

  void kill() {
    loop.stop();
    network.kill(address);
    membership = null;
  }

  void loseDisk() {
    memory = new MapMemory(time.newRandom().nextLong());
  }

  boolean isRunning() {
    return membership != null;
  }

  PartitionTable table() {
    return membership.view().table();
  }

  String reason() {
    return membership.view().notReadyReason();
  }

  List<String> reachable() {
    return membership.view().reachable().stream().map(NodeName::value).toList();
  }

  void onLoop(Runnable task) {
    loop.execute(task);
    time.settle();
  }

  private static final HeldForOthers NOTHING_HELD =
      new HeldForOthers() {
        @Override
        public byte[] hintsFor(NodeName peer) {
          return new byte[0];
        }

        @Override
        public byte[] handingOn() {
          return new byte[0];
        }
      };

  private Membership.Listener listener() {
    return new Membership.Listener() {
      @Override
      public void onRing(MembershipView view) {
        events.add("ring");
      }

      @Override
      public void onReachability(NodeName peer, boolean reachable) {
        events.add(peer + (reachable ? " up" : " down"));
      }

      @Override
      public void onHadUsDown(NodeName peer) {
        events.add(peer + " had us down");
      }
    };
  }

  private static Transport.Listener wiring(Membership membership) {
    return new Transport.Listener() {
      @Override
      public void onMessage(int shard, NodeName from, Message message) {
        membership.onHeard(from);
        if (message instanceof Message.TellTable told) {
          membership.onTellTable(from, told);
        } else if (message instanceof Message.AskTable) {
          membership.onAskTable(from);
        } else if (message instanceof Message.Heartbeat heartbeat) {
          membership.onHeartbeat(heartbeat);
        }
      }

      @Override
      public void onAnswered(String address, Member who) {
        membership.onAnswered(address, who);
      }

      @Override
      public void onConnected(Member peer) {
        membership.onConnected(peer);
      }

      @Override
      public void onDisconnected(NodeName peer) {
        membership.onDisconnected(peer);
      }
    };
  }
}
