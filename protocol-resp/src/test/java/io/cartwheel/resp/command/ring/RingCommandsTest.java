package io.cartwheel.resp.command.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.antientropy.PeerSync;
import io.cartwheel.cluster.node.HintsView;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.resp.fake.Console;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingCommandsTest {
  private final Console console = new Console();

  private static String body(String bulk) {
    return bulk.substring(bulk.indexOf("\r\n") + 2);
  }

  @Test
  void nodes_haveALineEach() {
    console.ring.unreachable("b");
    String[] lines = body(console.line("RING NODES")).split("\n", -1);
    assertEquals(
        "name=a resp=127.0.0.1:7000 peer=127.0.0.1:17000 rack=rack0 weight=1 reachable=yes"
            + " self=yes held=6 first=6 owned=16",
        lines[0]);
    assertTrue(lines[1].contains("reachable=no self=no held=5"), lines[1]);
  }

  @Test
  void partitions_haveALineEach() {
    console.ring.unreachable("b");
    String[] lines = body(console.line("RING PARTITIONS")).split("\n", -1);
    assertEquals(
        "partition=1 slots=1024-2047 epoch=1 holder=b owners=b,c,a unreachable=b", lines[1]);
    assertTrue(lines[15].startsWith("partition=15 slots=15360-16383 "), lines[15]);
  }

  @Test
  void where_tellsThePlaceOfAKey() {
    console.ring.unreachable("c");
    String line = body(console.line("RING WHERE foo"));
    assertTrue(
        line.matches("(?s)slot=12182 partition=11 position=be5[89ab][0-9a-f]{12} epoch=1 .*"),
        line);
    assertTrue(line.contains(" owners=c(down),a(up),b(up) fallbacks= "), line);
    assertTrue(line.endsWith(" keyspace=default n=3 r=2 w=2 conflicts=siblings\n\r\n"), line);
    assertTrue(console.line("RING WHERE newest:k").contains("keyspace=newest: n=3"));
  }

  @Test
  void hints_haveALineForEachTarget() {
    assertEquals("\r\n", body(console.line("RING HINTS")));
    console.ring.hints.held.put(new NodeName("b"), new HintsView.Held(3, 700, 0));
    String line = body(console.line("RING HINTS"));
    assertTrue(line.matches("(?s)target=b count=3 bytes=700 oldest-ms=\\d+ paused=no\n\r\n"), line);
    assertEquals("+OK\r\n", console.line("RING HINTS PAUSE"));
    assertTrue(console.line("RING HINTS").contains(" paused=yes"));
    assertEquals("+OK\r\n", console.line("RING HINTS RESUME"));
    assertTrue(console.line("RING HINTS").contains(" paused=no"));
    assertTrue(console.line("RING HINTS STOP").startsWith("-ERR syntax"));
  }

  @Test
  void hints_areDroppedOnlyWhenConfirmed() {
    console.ring.hints.held.put(new NodeName("b"), new HintsView.Held(3, 700, 0));
    assertTrue(console.line("RING HINTS DROP b").contains("RING HINTS DROP b CONFIRM"));
    assertTrue(console.line("RING HINTS DROP b yes").startsWith("-ERR syntax"));
    assertTrue(console.line("RING HINTS DROP zz CONFIRM").startsWith("-ERR no member"));
    assertEquals(1, console.ring.hints.held.size());
    assertEquals(":3\r\n", console.line("RING HINTS DROP b CONFIRM"));
    assertEquals(0, console.ring.hints.held.size());
  }

  private void peers() {
    console.ring.repair.nowMillis = 10_000;
    console.ring.repair.notCurrent = 2;
    console.ring.repair.syncs.put(
        new NodeName("b"), new PeerSync(false, false, 8_500, 4, 1, 30, 7));
    console.ring.repair.syncs.put(new NodeName("c"), PeerSync.NONE);
  }

  @Test
  void sync_hasALineForEachPeer_andTheTotal() {
    peers();
    assertEquals(
        """
        peer=b state=idle ended-ms=1500 rows-taken=30 rows-given=7 failed=1
        peer=c state=idle ended-ms=never rows-taken=0 rows-given=0 failed=0
        partitions-not-current=2
        \r
        """,
        body(console.line("RING SYNC")));
  }

  @Test
  void sync_ofATimeBeforeTheClockWentBack_isNow() {
    peers();
    console.ring.repair.nowMillis = 8_000;
    assertTrue(console.line("RING SYNC").contains("peer=b state=idle ended-ms=0 "));
  }

  @Test
  void sync_showsWhetherAnExchangeIsUnderWay() {
    peers();
    // Under way, and due once more.
    console.ring.repair.syncs.put(new NodeName("c"), new PeerSync(true, true, 0, 0, 0, 0, 0));
    assertTrue(console.line("RING SYNC").contains("peer=c state=running ended-ms=never "));
  }

  @Test
  void repair_beginsWithOneOrAll() {
    peers();
    assertEquals("+OK\r\n", console.line("RING REPAIR c"));
    String one = console.line("RING SYNC");
    assertTrue(one.contains("peer=b state=idle ended-ms=1500 "), one);
    assertTrue(one.contains("peer=c state=waiting ended-ms=never "), one);
    assertEquals("+OK\r\n", console.line("RING REPAIR"));
    assertTrue(console.line("RING SYNC").contains("peer=b state=waiting ended-ms=1500 "));
  }

  @Test
  void repair_needsAnotherMember() {
    peers();
    assertEquals(
        "-ERR no member has this name, see RING NODES\r\n", console.line("RING REPAIR zz"));
    assertTrue(console.line("RING REPAIR a").startsWith("-ERR this node has this name"));
    assertTrue(console.line("RING SYNC").contains("peer=b state=idle "));
  }

  @Test
  void repair_withAMemberThatHasJustGone_isRefused() {
    assertTrue(console.line("RING REPAIR b").startsWith("-ERR no member has this name"));
  }

  @Test
  void wrongNumbersOfWords_areRefused() {
    assertTrue(
        console
            .line("RING SYNC b")
            .startsWith("-ERR wrong number of arguments for 'ring|sync' command"));
    assertTrue(console.line("RING REPAIR b c").startsWith("-ERR syntax"));
  }

  @Test
  void help_tellsOfEverySubcommand() {
    String help = console.line("RING HELP");
    for (String word : List.of("NODES", "PARTITIONS", "WHERE", "HINTS", "SYNC", "REPAIR")) {
      assertTrue(help.contains("\r\n+" + word), help);
    }
  }

  @Test
  void text_isVerbatimInResp3() {
    assertTrue(new Console(3).line("RING NODES").matches("(?s)=\\d+\r\ntxt:name=a .*"));
  }

  @Test
  void whileThereIsNoTable_theReasonIsTold() {
    console.ring.notReady("waiting for b");
    String error = "-CLUSTERDOWN The cluster is down: waiting for b\r\n";
    assertEquals(error, console.line("RING PARTITIONS"));
    assertEquals(error, console.line("RING WHERE k"));
    assertEquals(error, console.line("RING SYNC"));
    assertEquals(error, console.line("RING REPAIR"));
    assertTrue(console.line("RING NODES").contains("name=a "));
  }
}
