package io.cartwheel.resp.command.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.resp.fake.Console;
import org.junit.jupiter.api.Test;

/** The ring here: 16 partitions, owned in turn by a, b and c at 127.0.0.1:7000 to 7002. */
class ClusterCommandsTest {
  private final Console console = new Console();

  private static String node(String name, int version) {
    String id = ClusterMap.idOf("test", new NodeName(name));
    return "*4\r\n$9\r\n127.0.0.1\r\n:"
        + (7000 + name.charAt(0) - 'a')
        + "\r\n$40\r\n"
        + id
        + (version == 3 ? "\r\n%0\r\n" : "\r\n*0\r\n");
  }

  @Test
  void slots_listOwnersInOrder() {
    String slots = console.line("CLUSTER SLOTS");
    assertTrue(slots.startsWith("*16\r\n*5\r\n:0\r\n:1023\r\n" + node("a", 2) + node("b", 2)));
    assertTrue(slots.endsWith(":15360\r\n:16383\r\n" + node("a", 2) + node("b", 2) + node("c", 2)));
    assertTrue(new Console(3).line("CLUSTER SLOTS").contains(node("c", 3)));
  }

  @Test
  void slots_listReachableOwnersFirst_andJoinAdjacentRunsOfEqualOwners() {
    console.ring.unreachable("a");
    // Partitions 0 and 1, a's and b's, have the same list now: b, c, a.
    assertTrue(
        console
            .line("CLUSTER SLOTS")
            .startsWith(
                "*11\r\n*5\r\n:0\r\n:2047\r\n" + node("b", 2) + node("c", 2) + node("a", 2)));
  }

  @Test
  void shards_haveEveryMemberWithTheSlotsItHeads() {
    console.ring.unreachable("c");
    String shards = new Console(3).line("CLUSTER SHARDS");
    assertTrue(shards.startsWith("*3\r\n%2\r\n$5\r\nslots\r\n*12\r\n:0\r\n:1023\r\n:3072\r\n"));
    assertTrue(shards.contains("$5\r\nnodes\r\n*1\r\n%7\r\n$2\r\nid\r\n$40\r\n"));
    assertTrue(console.line("CLUSTER SHARDS").endsWith("$6\r\nhealth\r\n$4\r\nfail\r\n"));
  }

  @Test
  void nodes_haveALineForEachMemberWithTheSlotsThatItHeadsWhileOthersAreDown() {
    console.ring.unreachable("c");
    String[] lines = console.line("CLUSTER NODES").split("\n", -1);
    String a = ClusterMap.idOf("test", new NodeName("a"));
    assertEquals(
        a
            + " 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-1023 2048-4095 5120-7167"
            + " 8192-10239 11264-13311 14336-16383",
        lines[1]);
    assertTrue(
        lines[2].endsWith(" connected 1024-2047 4096-5119 7168-8191 10240-11263 13312-14335"));
    assertTrue(lines[3].strip().endsWith(" 127.0.0.1:7002@17002 master,fail - 0 0 1 disconnected"));
    assertEquals("$40\r\n" + a + "\r\n", console.line("CLUSTER MYID"));
  }

  @Test
  void info_tellsTheState() {
    String info = console.line("CLUSTER INFO");
    assertTrue(info.contains("cluster_state:ok\r\ncluster_slots_assigned:16384\r\n"), info);
    assertTrue(info.contains("cluster_known_nodes:3\r\ncluster_size:3\r\n"), info);
    console.ring.notReady("waiting for b");
    info = console.line("CLUSTER INFO");
    assertTrue(info.contains("cluster_state:fail\r\ncluster_slots_assigned:0\r\n"), info);
    assertEquals("*0\r\n", console.line("CLUSTER SLOTS"));
    assertFalse(console.line("CLUSTER NODES").contains("0-"));
  }

  @Test
  void keySlot_isThatOfRedis() {
    assertEquals(":12182\r\n", console.line("CLUSTER KEYSLOT foo"));
    assertEquals(":12182\r\n", console.line("CLUSTER KEYSLOT {foo}bar"));
  }

  @Test
  void badSlots_areRefusedInRedissWords() {
    assertEquals("-ERR Invalid slot\r\n", console.line("CLUSTER COUNTKEYSINSLOT 16384"));
    assertEquals(
        "-ERR value is not an integer or out of range\r\n",
        console.line("CLUSTER COUNTKEYSINSLOT x"));
    assertEquals(
        "-ERR Invalid slot or number of keys\r\n", console.line("CLUSTER GETKEYSINSLOT 1 -1"));
  }

  @Test
  void whatChangesARedisCluster_isRefusedWithAReason() {
    assertTrue(
        console
            .line("CLUSTER MEET 127.0.0.1 7001")
            .startsWith("-ERR CLUSTER MEET is not supported: every node is a peer"));
    assertTrue(console.line("CLUSTER REPLICAS x").startsWith("-ERR CLUSTER REPLICAS is not"));
  }

  @Test
  void readonly_isAccepted() {
    assertEquals("+OK\r\n", console.line("READONLY"));
    assertEquals("+OK\r\n", console.line("READWRITE"));
  }
}
