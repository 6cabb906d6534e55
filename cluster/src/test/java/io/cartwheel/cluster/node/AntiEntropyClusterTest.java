package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.CompareRows;
import io.cartwheel.cluster.message.Message.Merge;
import io.cartwheel.cluster.message.Message.ReadRow;
import io.cartwheel.cluster.message.Message.RowsCompared;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas become equal without anybody reading; nothing is kept for nodes that are away. */
class AntiEntropyClusterTest {
  private static final int INTERVAL_MILLIS = 2_000;

  @TempDir Path directory;

  private SimulatedCluster cluster(long seed, int size, int shards) {
    return withoutHints(new SimulatedCluster(directory, seed, size, shards));
  }

  private static SimulatedCluster withoutHints(SimulatedCluster cluster) {
    NodeSettings.Repair usual = NodeSettings.Repair.DEFAULTS;
    cluster.repair =
        new NodeSettings.Repair(
            0, usual.hintsMaxAgeMillis(), INTERVAL_MILLIS, usual.reapFloorMillis());
    cluster.startAll();
    return cluster;
  }

  private static List<Node> nodes(SimulatedCluster cluster) {
    return IntStream.range(0, cluster.size()).mapToObj(i -> cluster.machine(i).node).toList();
  }

  private static void awaitEqual(SimulatedCluster cluster) {
    cluster.await(() -> NodeProbe.treeDifference(nodes(cluster)) == null, "equal replicas");
  }

  private static void awaitCurrent(SimulatedCluster cluster) {
    cluster.await(
        () -> nodes(cluster).stream().allMatch(node -> node.repair().notCurrent() == 0),
        "current replicas");
  }

  private static void cutOff(SimulatedCluster cluster, int away) {
    for (int other = 0; other < cluster.size(); other++) {
      if (other != away) {
        cluster.network.cut(cluster.machine(away).address(), cluster.machine(other).address());
      }
    }
    cluster.time.advanceMillis(200);
  }

  private static void set(SimulatedCluster cluster, int at, String prefix, int from, int to) {
    for (int i = from; i < to; i++) {
      assertNull(cluster.set(at, prefix + i, "v" + i).failure());
    }
  }

  @Test
  void whatANodeHasMissed_comesWithoutReads() {
    for (int shards = 1; shards <= 3; shards++) {
      try (SimulatedCluster cluster = cluster(shards, 3, shards)) {
        set(cluster, 0, "k", 0, 20);
        cutOff(cluster, 2);
        set(cluster, 0, "k", 10, 60);
        assertFalse(cluster.machine(2).row("k50").sameDots(cluster.machine(0).row("k50")));

        cluster.network.heal();
        cluster.await(cluster::allSeeEachOther, "connections");
        awaitEqual(cluster);

        for (int i = 0; i < 60; i++) {
          assertTrue(cluster.machine(2).row("k" + i).sameDots(cluster.machine(0).row("k" + i)));
        }
      }
    }
  }

  @Test
  void bothSidesOfASplit_bringEachOtherWhatTheyHave() {
    try (SimulatedCluster cluster = cluster(3, 2, 2)) {
      cutOff(cluster, 1);
      for (int i = 0; i < 20; i++) {
        cluster.write(0, "k" + i, Kind.CONTEXT, TestUpdates.set("a"), VersionVector.EMPTY);
        cluster.write(1, "k" + i, Kind.CONTEXT, TestUpdates.set("b"), VersionVector.EMPTY);
      }

      cluster.network.heal();
      cluster.await(cluster::allSeeEachOther, "connections");
      awaitEqual(cluster);

      assertEquals(2, cluster.machine(0).row("k7").siblings().size());
    }
  }

  @Test
  void aNodeThatComesBackEmpty_getsEverything_tombstonesToo() {
    try (SimulatedCluster cluster = cluster(4, 3, 2)) {
      set(cluster, 0, "k", 0, 400);
      cluster.write(0, "k7", Kind.PLAIN, TestUpdates.delete(), VersionVector.EMPTY);
      cluster.time.advanceMillis(1_000);
      cluster.machine(1).kill();
      cluster.machine(1).loseDisk();
      cluster.machine(1).start();
      cluster.await(cluster::allSeeEachOther, "connections");
      long begun = cluster.time.monotonicNanos();

      awaitCurrent(cluster);

      assertTrue(cluster.time.monotonicNanos() - begun < 3_000_000_000L);
      assertNull(NodeProbe.treeDifference(nodes(cluster)));
      Row deleted = cluster.machine(1).row("k7");
      assertFalse(deleted.isEmpty(), "what hides older values is there again");
      assertTrue(deleted.sameDots(cluster.machine(0).row("k7")));
    }
  }

  @Test
  void aNodeThatIsKilledWhileItIsFilled_isFilledInTheEnd() {
    try (SimulatedCluster cluster = cluster(5, 3, 2)) {
      set(cluster, 0, "k", 0, 300);
      cluster.write(0, "k7", Kind.PLAIN, TestUpdates.delete(), VersionVector.EMPTY);
      cluster.machine(1).kill();
      cluster.machine(1).loseDisk();
      for (int i = 0; i < 5; i++) {
        cluster.machine(1).start();
        cluster.time.advanceMillis(60 + 15L * i);
        cluster.machine(1).kill();
      }
      cluster.machine(1).start();
      cluster.await(cluster::allSeeEachOther, "connections");

      awaitCurrent(cluster);

      assertNull(NodeProbe.treeDifference(nodes(cluster)));
      assertTrue(cluster.machine(1).row("k7").sameDots(cluster.machine(0).row("k7")));
    }
  }

  @Test
  void writesDuringAnExchange_areNotLost() {
    try (SimulatedCluster cluster = cluster(6, 3, 2)) {
      set(cluster, 0, "k", 0, 200);
      cluster.machine(1).kill();
      cluster.machine(1).loseDisk();
      cluster.machine(1).start();
      for (int i = 0; i < 200; i += 2) {
        assertNull(cluster.set(2 * (i % 4 / 2), "k" + i, "again").failure());
      }
      cluster.await(cluster::allSeeEachOther, "connections");
      awaitEqual(cluster);

      for (int i = 0; i < 200; i++) {
        assertEquals(List.of(i % 2 == 0 ? "again" : "v" + i), cluster.values(1, "k" + i));
      }
    }
  }

  /** What passes over the wire, but for heartbeats. */
  private static final class Traffic {
    long bytes;
    long rows;
    final List<String> kinds = new ArrayList<>();

    Traffic(SimulatedCluster cluster) {
      cluster.onMessage = this::onMessage;
    }

    private void onMessage(Message message) {
      if (message instanceof Message.Heartbeat) {
        return;
      }
      ByteWriter out = new ByteWriter();
      MessageCodec.write(out, message);
      bytes += out.toByteArray().length;
      kinds.add(message.getClass().getSimpleName());
      if (message instanceof CompareRows compare) {
        rows += compare.rows().size();
      } else if (message instanceof RowsCompared compared) {
        rows += compared.rows().size();
      } else if (message instanceof Merge) {
        rows++;
      }
    }

    long count(Class<? extends Message> kind) {
      return kinds.stream().filter(kind.getSimpleName()::equals).count();
    }
  }

  @Test
  void anIdleClusterInSync_comparesRootsAndNothingElse() {
    try (SimulatedCluster cluster = cluster(7, 3, 2)) {
      set(cluster, 0, "k", 0, 300);
      awaitCurrent(cluster);
      cluster.time.advanceMillis(3_000);
      Traffic traffic = new Traffic(cluster);

      long rounds = 10;
      cluster.time.advanceMillis(rounds * INTERVAL_MILLIS);

      assertEquals(
          List.of("CompareRoots", "RootsCompared"),
          traffic.kinds.stream().distinct().sorted().toList());
      // Each node with each other, all partitions at about ten bytes, from every shard.
      long asked = traffic.count(Message.CompareRoots.class);
      assertTrue(asked >= 6 * 2 * (rounds - 3) && asked <= 6 * 2 * (rounds + 4), asked + " asked");
      long perRound = 6 * (SimulatedCluster.PARTITIONS * 10 + 2 * 40);
      assertTrue(traffic.bytes < (rounds + 4) * perRound, traffic.bytes + " bytes");
    }
  }

  @Test
  void aFewChangedRowsAmongMany_costOnlyAFew() {
    try (SimulatedCluster cluster = cluster(8, 3, 1)) {
      set(cluster, 0, "k", 0, 3_000);
      cluster.time.advanceMillis(1_000);
      cutOff(cluster, 2);
      long changed = 10;
      set(cluster, 0, "k", 0, (int) changed);
      cluster.time.advanceMillis(1_500);
      Traffic traffic = new Traffic(cluster);

      cluster.network.heal();
      cluster.await(cluster::allSeeEachOther, "connections");
      awaitCurrent(cluster);
      awaitEqual(cluster);

      // Two nodes have them for the third, and all of them may begin: four ways at most.
      assertTrue(
          traffic.rows >= changed && traffic.rows <= 4 * 4 * changed, traffic.rows + " rows");
      long hashes = 4L * changed * (2 * 32 * 8 + 100);
      long roots = 40L * (SimulatedCluster.PARTITIONS * 10 + 40);
      assertTrue(
          traffic.bytes < hashes + roots + traffic.rows * 200L + 20_000, traffic.bytes + " bytes");
    }
  }

  @Test
  void rowsKeptInFewerCopies_stayWhereTheyAre() {
    Keyspaces keyspaces =
        new Keyspaces(
            List.of(
                SimulatedCluster.keyspace("", 3, 2, 2),
                SimulatedCluster.keyspace("two:", 2, 1, 2),
                SimulatedCluster.keyspace("one:", 1, 1, 1)));
    try (SimulatedCluster cluster =
        withoutHints(new SimulatedCluster(directory, 9, 3, 2, keyspaces))) {
      set(cluster, 0, "k", 0, 30);
      set(cluster, 0, "two:", 0, 30);
      set(cluster, 0, "one:", 0, 30);
      awaitCurrent(cluster);
      cluster.time.advanceMillis(3 * INTERVAL_MILLIS);

      assertNull(NodeProbe.treeDifference(nodes(cluster)));
      for (int i = 0; i < 30; i++) {
        assertEquals(3, copies(cluster, "k" + i));
        assertEquals(2, copies(cluster, "two:" + i));
        assertEquals(1, copies(cluster, "one:" + i));
      }
      int emptied = 1;
      cluster.machine(emptied).kill();
      cluster.machine(emptied).loseDisk();
      cluster.machine(emptied).start();
      cluster.await(cluster::allSeeEachOther, "connections");
      awaitCurrent(cluster);
      for (int i = 0; i < 30; i++) {
        assertEquals(3, copies(cluster, "k" + i));
        assertEquals(2, copies(cluster, "two:" + i));
      }
    }
  }

  private static int copies(SimulatedCluster cluster, String key) {
    int copies = 0;
    for (int i = 0; i < cluster.size(); i++) {
      copies += cluster.machine(i).row(key).isEmpty() ? 0 : 1;
    }
    return copies;
  }

  private static int firstOwner(SimulatedCluster cluster, String key) {
    NodeName first =
        cluster.machine(0).node.ring().preferenceList(new Key(TestUpdates.bytes(key))).get(0);
    return Integer.parseInt(first.value().substring(1));
  }

  @Test
  void aCurrentFirstOwner_stampsWithoutAsking() {
    try (SimulatedCluster cluster = cluster(10, 3, 2)) {
      awaitCurrent(cluster);
      Traffic traffic = new Traffic(cluster);

      for (int i = 0; i < 20; i++) {
        assertNull(cluster.set(firstOwner(cluster, "k" + i), "k" + i, "v").failure());
      }

      assertEquals(0, traffic.count(ReadRow.class));
    }
  }

  @Test
  void aFirstOwnerThatMayHaveMissedAWrite_asks() {
    try (SimulatedCluster cluster = cluster(11, 3, 2)) {
      awaitCurrent(cluster);
      int first = firstOwner(cluster, "k");
      int other = (first + 1) % 3;
      cluster.network.cut(cluster.machine(first).address(), cluster.machine(other).address());
      Node node = cluster.machine(first).node;
      cluster.await(() -> node.repair().notCurrent() > 0, "end of currency");
      // Nothing has been exchanged with the third node since.
      Traffic traffic = new Traffic(cluster);

      assertNull(cluster.set(first, "k", "v").failure());

      assertTrue(traffic.count(ReadRow.class) > 0);
    }
  }

  @Test
  void aNodeThatWasPaused_isNotCurrentWhenItWakes() {
    try (SimulatedCluster cluster = cluster(12, 3, 1)) {
      awaitCurrent(cluster);
      int first = firstOwner(cluster, "k");
      cluster.machine(first).pause();
      cluster.time.advanceMillis(400);
      assertNull(cluster.set((first + 1) % 3, "k", "without it").failure());

      cluster.machine(first).resume();
      assertNull(cluster.set(first, "k", "with it").failure());

      cluster.time.advanceMillis(2_000);
      assertEquals(List.of("with it"), cluster.values((first + 2) % 3, "k"));
    }
  }

  @Test
  void repair_beginsAtOnce_andKnowsItsPeers() {
    try (SimulatedCluster cluster = cluster(13, 3, 2)) {
      awaitCurrent(cluster);
      RepairView repair = cluster.machine(0).node.repair();
      cluster.await(
          () -> repair.peers().stream().allMatch(p -> p.sync().completedMillis() > 0), "sync");
      long begun = cluster.time.wallMillis();

      assertFalse(repair.repair(new NodeName("n0"), () -> {}));
      assertFalse(repair.repair(new NodeName("nobody"), () -> {}));
      AtomicReference<List<Boolean>> due = new AtomicReference<>();
      assertTrue(
          repair.repair(
              new NodeName("n1"),
              () -> due.set(repair.peers().stream().map(p -> p.sync().due()).toList())));
      cluster.time.advanceMillis(300);

      assertEquals(List.of(true, false), due.get());
      assertFalse(repair.peers().get(0).sync().due());

      assertEquals(
          List.of(new NodeName("n1"), new NodeName("n2")),
          repair.peers().stream().map(RepairView.OfPeer::name).toList());
      assertTrue(repair.peers().get(0).sync().completedMillis() >= begun);
    }
  }

  @Test
  void repairWithAPeerThatIsAway_isDueUntilItIsBack() {
    try (SimulatedCluster cluster = cluster(15, 3, 2)) {
      awaitCurrent(cluster);
      RepairView repair = cluster.machine(0).node.repair();
      cluster.machine(2).kill();
      cluster.await(cluster::allSeeEachOther, "notice of the death");
      AtomicInteger noted = new AtomicInteger();

      assertTrue(repair.repair(null, noted::incrementAndGet));
      cluster.time.advanceMillis(2_000);

      assertEquals(1, noted.get());
      assertEquals(List.of(false, true), repair.peers().stream().map(p -> p.sync().due()).toList());
      long begun = cluster.time.wallMillis();
      cluster.machine(2).start();
      cluster.await(() -> repair.peers().stream().noneMatch(p -> p.sync().due()), "begin");
      cluster.await(() -> repair.peers().get(1).sync().completedMillis() >= begun, "end");
    }
  }

  @Test
  void aNodeAlone_isCurrent() {
    try (SimulatedCluster cluster = cluster(14, 1, 2)) {
      awaitCurrent(cluster);
      assertEquals(List.of(), cluster.machine(0).node.repair().peers());
    }
  }
}
