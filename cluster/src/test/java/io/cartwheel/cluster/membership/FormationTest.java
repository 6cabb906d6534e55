package io.cartwheel.cluster.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.environment.SimulatedTime;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.ByteReader;
import io.cartwheel.cluster.version.ByteWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FormationTest {
  private SimulatedTime time;
  private VirtualNetwork network;
  private List<SimulatedMember> nodes;

  private void cluster(long seed, int size) {
    time = new SimulatedTime(seed);
    network = new VirtualNetwork(time, FormationTest::throughCodec);
    nodes = new ArrayList<>();
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      seeds.add(address(i));
    }
    for (int i = 0; i < size; i++) {
      nodes.add(new SimulatedMember(time, network, name(i), address(i), seeds));
    }
  }

  private static Message throughCodec(Message message) {
    ByteWriter out = new ByteWriter();
    MessageCodec.write(out, message);
    return MessageCodec.read(new ByteReader(out.toByteArray()));
  }

  private static String name(int i) {
    return String.valueOf((char) ('a' + i));
  }

  private static String address(int i) {
    return "10.0.0." + (i + 1) + ":16379";
  }

  private void assertFormed(String run) {
    PartitionTable first = nodes.get(0).table();
    assertNotNull(first, run + ": " + nodes.get(0).reason());
    for (SimulatedMember node : nodes) {
      assertEquals(first, node.table(), run + " at " + node.name);
      assertNull(node.reason(), run);
      assertEquals(nodes.size() - 1, node.reachable().size(), run + " at " + node.name);
    }
    assertTrue(first.entries().stream().allMatch(entry -> entry.epoch() == 1), run);
  }

  private static List<List<Integer>> orders(int size) {
    if (size == 0) {
      return List.of(List.of());
    }
    List<List<Integer>> all = new ArrayList<>();
    for (List<Integer> shorter : orders(size - 1)) {
      for (int place = 0; place <= shorter.size(); place++) {
        List<Integer> longer = new ArrayList<>(shorter);
        longer.add(place, size - 1);
        all.add(longer);
      }
    }
    return all;
  }

  @Test
  void allOrdersOfStartEndInTheSameTable() {
    for (int size : new int[] {3, 5}) {
      PartitionTable same = null;
      for (List<Integer> order : orders(size)) {
        for (int gapMillis : new int[] {0, 350}) {
          cluster(order.hashCode(), size);
          for (int i : order) {
            assertTrue(
                nodes.stream().noneMatch(node -> node.isRunning() && node.table() != null),
                "no table before all are there");
            nodes.get(i).start();
            time.advanceMillis(gapMillis);
          }
          time.advanceMillis(1_000);
          assertFormed(order + " gap " + gapMillis);
          same = same == null ? nodes.get(0).table() : same;
          assertEquals(same, nodes.get(0).table());
        }
      }
    }
  }

  @Test
  void waitingNodeNamesTheSeedsThatAreMissing() {
    cluster(1, 3);
    nodes.get(0).start();
    time.advanceMillis(500);
    assertEquals("waiting for seeds 10.0.0.2:16379, 10.0.0.3:16379", nodes.get(0).reason());
    nodes.get(2).start();
    time.advanceMillis(500);
    assertEquals("waiting for seeds 10.0.0.2:16379", nodes.get(0).reason());
    assertNull(nodes.get(0).table());
    time.advanceMillis(600_000);
    assertNull(nodes.get(2).table(), "however long it takes");
    nodes.get(1).start();
    time.advanceMillis(500);
    assertFormed("late seed");
  }

  @Test
  void nodeWithoutSeedsIsAClusterOfOne() {
    cluster(1, 1);
    nodes.get(0).seeds = List.of();
    nodes.get(0).start();
    time.settle();
    assertEquals(List.of(new NodeName("a")), nodes.get(0).table().entry(0).committed());
  }

  @Test
  void seedsMayLeaveOutTheNodeItself() {
    cluster(1, 3);
    for (int i = 0; i < 3; i++) {
      List<String> others = new ArrayList<>(nodes.get(i).seeds);
      others.remove(i);
      nodes.get(i).seeds = others;
      nodes.get(i).start();
    }
    time.advanceMillis(500);
    assertFormed("own address left out");
  }

  @Test
  void randomKillsRestartsAndLostDisksDuringFormationEndInOneTable() {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      cluster(seed, random.nextBoolean() ? 3 : 5);
      String run = "seed " + seed;
      for (int step = 0; step < 30; step++) {
        SimulatedMember node = nodes.get(random.nextInt(nodes.size()));
        if (!node.isRunning()) {
          node.start();
        } else if (random.nextInt(3) == 0) {
          node.kill();
          if (random.nextInt(4) == 0) {
            node.loseDisk();
          }
        }
        time.advanceMillis(random.nextInt(400));
      }
      for (SimulatedMember node : nodes) {
        if (!node.isRunning()) {
          node.start();
        }
      }
      time.advanceMillis(3_000);
      assertFormed(run);
    }
  }

  @Test
  void restartedNodeServesAtOnceWhoeverIsDown() {
    cluster(1, 3);
    nodes.forEach(SimulatedMember::start);
    time.advanceMillis(1_000);
    PartitionTable formed = nodes.get(0).table();
    nodes.forEach(SimulatedMember::kill);
    nodes.get(1).start();
    time.settle();
    assertEquals(formed, nodes.get(1).table());
    assertEquals(3, nodes.get(1).membership.view().members().size());
    assertEquals("ring", nodes.get(1).events.get(nodes.get(1).events.size() - 1));
  }

  @Test
  void emptiedNodeTakesTheTableOfItsPeersNeverItsOwnFirst() {
    cluster(1, 3);
    nodes.forEach(SimulatedMember::start);
    time.advanceMillis(1_000);
    NodeName b = new NodeName("b");
    PartitionTable.Entry moved =
        new PartitionTable.Entry(7, b, List.of(b, new NodeName("c")), List.of(b));
    nodes.get(0).onLoop(() -> nodes.get(0).membership.onEntry(b, 3, moved));
    time.advanceMillis(100);
    nodes.get(2).kill();
    nodes.get(2).loseDisk();
    nodes.get(2).start();
    time.advanceMillis(1_000);
    for (SimulatedMember node : nodes) {
      assertEquals(moved, node.table().entry(3), node.name);
    }
    assertEquals(3, nodes.get(2).membership.view().members().size());
  }

  @Test
  void laterEntryIsOnTheDiskBeforeItIsUsed() {
    cluster(1, 1);
    nodes.get(0).start();
    time.settle();
    NodeName a = new NodeName("a");
    PartitionTable.Entry later = new PartitionTable.Entry(2, a, List.of(a), List.of(a));
    nodes.get(0).onLoop(() -> nodes.get(0).membership.onEntry(a, 5, later));
    nodes.get(0).kill();
    nodes.get(0).start();
    assertEquals(later, nodes.get(0).table().entry(5));
    PartitionTable.Entry earlier =
        new PartitionTable.Entry(1, a, List.of(a), List.of(new NodeName("z")));
    nodes.get(0).onLoop(() -> nodes.get(0).membership.onEntry(a, 5, earlier));
    assertEquals(later, nodes.get(0).table().entry(5));
  }

  @Test
  void twoNodesOfOneNameDoNotForm() {
    cluster(1, 3);
    nodes.set(2, new SimulatedMember(time, network, "b", address(2), nodes.get(0).seeds));
    nodes.forEach(SimulatedMember::start);
    time.advanceMillis(3_000);
    assertEquals(
        "two nodes are named 'b': one at 10.0.0.2:16379, one at 10.0.0.3:16379",
        nodes.get(0).reason());
    nodes.forEach(node -> assertNull(node.table(), node.name));
  }

  @Test
  void copiedDirectoryDoesNotForm() {
    cluster(1, 3);
    nodes.get(1).start();
    time.settle();
    SimulatedMember copy = new SimulatedMember(time, network, "b", address(2), nodes.get(0).seeds);
    copy.memory.dataId = nodes.get(1).memory.dataId;
    copy.memory.values.putAll(nodes.get(1).memory.values);
    copy.start();
    nodes.get(0).start();
    time.advanceMillis(3_000);
    assertEquals(
        "node 'b' runs twice: one at 10.0.0.2:16379, one at 10.0.0.3:16379", nodes.get(0).reason());
  }

  @Test
  void strangerIsNotTakenIntoTheRing() {
    cluster(1, 4);
    List<String> three = nodes.get(0).seeds.subList(0, 3);
    for (int i = 0; i < 3; i++) {
      nodes.get(i).seeds = three;
      nodes.get(i).start();
    }
    time.advanceMillis(1_000);
    SimulatedMember stranger = nodes.remove(3);
    stranger.start();
    time.advanceMillis(2_000);
    assertNull(stranger.table());
    assertFormed("three of four");
    for (SimulatedMember node : nodes) {
      assertEquals(3, node.membership.view().members().size());
    }
  }

  @Test
  void otherSeedsAtARestartLeaveTheRingAsItIs() {
    cluster(1, 3);
    nodes.forEach(SimulatedMember::start);
    time.advanceMillis(1_000);
    PartitionTable formed = nodes.get(0).table();
    nodes.get(0).kill();
    nodes.get(0).seeds = List.of(address(0), address(1), "10.0.0.9:16379");
    nodes.get(0).start();
    nodes.get(1).kill();
    nodes.get(2).kill();
    time.advanceMillis(1_000);
    nodes.get(2).start();
    nodes.get(1).start();
    time.advanceMillis(1_000);
    assertFormed("c is dialled where it was last");
    assertEquals(formed, nodes.get(0).table());
  }

  @Test
  void directoryOfAnotherNodeOrShapeRefusesTheStart() {
    cluster(1, 2);
    nodes.get(0).seeds = List.of();
    nodes.get(0).start();
    time.settle();
    SimulatedMember other = nodes.get(1);
    other.memory = nodes.get(0).memory;
    StartRefusedException refused = assertThrows(StartRefusedException.class, other::start);
    assertEquals(
        "node.name is 'b', but the data directory belongs to node 'a';"
            + " give that name or another directory",
        refused.getMessage());
  }

  @Test
  void peerIsUnreachableWhenKilledOrSilentAndReturns() {
    cluster(1, 3);
    nodes.forEach(SimulatedMember::start);
    time.advanceMillis(1_000);
    SimulatedMember a = nodes.get(0);
    a.events.clear();
    nodes.get(1).kill();
    time.advanceMillis(10);
    assertEquals(List.of("b down"), a.events);
    network.mute(address(2), address(0));
    time.advanceMillis(900);
    assertEquals(List.of("b down"), a.events, "a short silence is none");
    time.advanceMillis(600);
    assertEquals(List.of("b down", "c down"), a.events);
    assertEquals(List.of("a"), nodes.get(2).reachable(), "each judges for itself");
    network.heal();
    nodes.get(1).start();
    time.advanceMillis(500);
    assertEquals(List.of("b", "c"), a.reachable());
    assertEquals(4, a.events.size(), a.events.toString());
  }
}
