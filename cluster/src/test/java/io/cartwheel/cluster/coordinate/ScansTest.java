package io.cartwheel.cluster.coordinate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator.CountResult;
import io.cartwheel.cluster.coordinate.Coordinator.RandomKeyResult;
import io.cartwheel.cluster.coordinate.Coordinator.ScanRequest;
import io.cartwheel.cluster.coordinate.Coordinator.ScanResult;
import io.cartwheel.cluster.coordinate.TestCluster.Later;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Scan;
import io.cartwheel.cluster.message.Message.Scanned;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ScansTest {
  private static final int CURSOR_BITS = 53;

  private final TestCluster cluster = cluster(16);

  private static TestCluster cluster(int partitions) {
    TestCluster cluster = new TestCluster(11, 4, 3, 2, 2);
    List<PartitionTable.Entry> entries = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      List<NodeName> owners = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        owners.add(cluster.names.get((p + i) % 4));
      }
      entries.add(new PartitionTable.Entry(1, owners.get(0), owners, owners));
    }
    PartitionTable table = new PartitionTable(entries);
    cluster.nodes.values().forEach(node -> node.table = table);
    return cluster;
  }

  private Set<String> fill(int keys) {
    TreeSet<String> all = new TreeSet<>();
    for (int i = 0; i < keys; i++) {
      cluster.awaitReply(cluster.set(1 + i % 4, "key" + i, "v"));
      all.add("key" + i);
    }
    cluster.settle();
    return all;
  }

  private ScanResult page(int entry, long from, int limit) {
    Later<ScanResult> later = new Later<>();
    TestNode node = cluster.node(entry);
    ScanRequest request = new ScanRequest(from, 0, limit, CURSOR_BITS);
    node.loop.execute(() -> node.coordinator.scan(request, later::set));
    return cluster.await(later);
  }

  /** Walks with a page at another node each time; checks that nothing comes twice. */
  private Set<String> walk(int limit) {
    TreeSet<String> seen = new TreeSet<>();
    long cursor = 0;
    for (int pages = 0; pages < 1_000; pages++) {
      int entry = 1 + pages % 4;
      while (!cluster.node(entry).isUp) {
        entry = 1 + entry % 4;
      }
      ScanResult page = page(entry, cursor, limit);
      assertNull(page.failure());
      for (byte[] key : page.keys()) {
        assertTrue(seen.add(new String(key, UTF_8)), "twice");
      }
      assertTrue(page.keys().size() <= limit + 2, page.keys().size() + " keys");
      cursor = page.next();
      if (cursor == 0) {
        return seen;
      }
      assertEquals(0, cursor & ((1L << (64 - CURSOR_BITS)) - 1));
    }
    throw new AssertionError("no end");
  }

  @Test
  void walk_findsEveryLiveKeyOnce() {
    Set<String> all = fill(300);
    for (int limit : new int[] {1, 7, 10, 100, 1_000}) {
      assertEquals(all, walk(limit), "limit " + limit);
    }
  }

  @Test
  void walk_leavesOutWhatIsDeletedAnywhere() {
    Set<String> all = fill(60);
    cluster.kill(2, 0);
    cluster.settle();
    for (int i = 0; i < 60; i += 3) {
      cluster.awaitReply(cluster.write(1, "key" + i, Kind.PLAIN, "DEL"));
      all.remove("key" + i);
    }
    cluster.restart(2);
    cluster.settle();
    assertEquals(all, walk(10));
  }

  /** So many rows whose keys are deleted, at each of the partition's owners. */
  private static void plantDeadRows(TestCluster cluster, int count) {
    cluster.awaitReply(cluster.set(1, "dead", "v"));
    cluster.awaitReply(cluster.write(1, "dead", Kind.PLAIN, "DEL"));
    cluster.settle();
    PartitionTable table = cluster.node(1).table;
    for (int i = 0; i < count; i++) {
      Key key = new Key(("dead" + i).getBytes(UTF_8));
      int partition = Position.partition(key.position(), table.partitions());
      for (NodeName owner : table.entry(partition).committed()) {
        FakeRows rows = cluster.nodes.get(owner).rows;
        rows.plant(key, cluster.node(1).rows.get(new Key("dead".getBytes(UTF_8))).row());
      }
    }
    cluster.sent.clear();
  }

  @Test
  void walkOverDeadRows_costsInProportionToThem() {
    cluster.makeCurrent();
    Set<String> all = fill(30);
    plantDeadRows(cluster, 6_000);
    assertEquals(all, walk(10));
    long rows =
        cluster.sent.stream()
            .filter(s -> s.is(Scanned.class))
            .mapToLong(s -> ((Scanned) s.message()).rows().size())
            .sum();
    long ranges = cluster.sentCount(s -> s.is(Scan.class));
    assertTrue(rows < 3 * 6_000, rows + " rows were sent");
    assertTrue(ranges < 400, ranges + " ranges were asked for");
  }

  @Test
  void page_passesOverABoundedNumberOfDeadRows() {
    TestCluster one = cluster(1);
    plantDeadRows(one, 2 * ScanOperation.MAX_PASSED_ROWS);
    Later<ScanResult> later = new Later<>();
    ScanRequest request = new ScanRequest(0, 0, 10, CURSOR_BITS);
    one.node(1).loop.execute(() -> one.node(1).coordinator.scan(request, later::set));
    ScanResult page = one.await(later);
    assertEquals(List.of(), page.keys());
    assertTrue(page.next() != 0, "the page passed over all");
  }

  @Test
  void walk_goesOnWhileANodeIsDown() {
    Set<String> all = fill(100);
    cluster.kill(3, 0);
    assertEquals(all, walk(10));
  }

  @Test
  void page_asksRReplicasThatAreCurrent() {
    cluster.makeCurrent();
    fill(1);
    page(1, 0, 10);
    cluster.sent.clear();
    page(1, 0, 10);
    long scans = cluster.sentCount(s -> s.is(Scan.class));
    assertTrue(scans >= 16 && scans <= 32, scans + " scans");
  }

  @Test
  void emptyRing_isCrossedInShortPages() {
    TestCluster wide = cluster(256);
    Later<ScanResult> later = new Later<>();
    ScanRequest request = new ScanRequest(0, 0, 10, CURSOR_BITS);
    wide.node(1).loop.execute(() -> wide.node(1).coordinator.scan(request, later::set));
    ScanResult page = wide.await(later);
    assertEquals(List.of(), page.keys());
    assertEquals(64L << 56, page.next());
  }

  @Test
  void scan_staysWithinItsRange() {
    Set<String> all = fill(200);
    long from = 3L << 60;
    long to = 0xAL << 60;
    Later<ScanResult> later = new Later<>();
    ScanRequest request = new ScanRequest(from, to, 1_000, CURSOR_BITS);
    cluster.node(1).loop.execute(() -> cluster.node(1).coordinator.scan(request, later::set));
    ScanResult page = cluster.await(later);
    assertEquals(0, page.next());
    TreeSet<String> expected = new TreeSet<>();
    for (String key : all) {
      long position = Position.of(key.getBytes(UTF_8));
      if (Long.compareUnsigned(position, from) >= 0 && Long.compareUnsigned(position, to) < 0) {
        expected.add(key);
      }
    }
    TreeSet<String> found = new TreeSet<>();
    page.keys().forEach(key -> found.add(new String(key, UTF_8)));
    assertEquals(expected, found);
  }

  @Test
  void scan_withoutAQuorumSaysSo() {
    cluster.kill(2, 0);
    cluster.kill(3, 0);
    cluster.settle();
    ScanResult page = page(1, 0, 10);
    assertInstanceOf(Failure.NoQuorum.class, page.failure());
  }

  private static ScanResult page(TestCluster of, boolean misses) {
    Later<ScanResult> later = new Later<>();
    ScanRequest request = new ScanRequest(0, 0, 10, CURSOR_BITS, misses);
    of.node(1).loop.execute(() -> of.node(1).coordinator.scan(request, later::set));
    return of.await(later);
  }

  @Test
  void scanThatIsToMissNothing_asksAllWhomAWriteMayHaveMet() {
    TestCluster weak = new TestCluster(1, 3, 3, 1, 1);
    weak.lost = s -> s.is(Message.Merge.class);
    weak.awaitReply(weak.set(2, "k", "v"));
    weak.kill(1, 0);
    weak.restart(1);
    weak.kill(2, 0);
    weak.settle();
    assertNull(page(weak, true).failure());
    assertInstanceOf(Failure.NoQuorum.class, page(weak, false).failure());
  }

  @Test
  void keyspaceOfFewerCopies_isNotPassedOverUnseen() {
    Keyspace narrow =
        new Keyspace("q:", 1, 1, 1, Keyspace.Conflicts.SIBLINGS, 0, Keyspace.Fsync.EVERYSEC);
    TestCluster mixed =
        new TestCluster(1, 4, CoordinatorSettings.DEFAULTS, TestCluster.keyspace(3, 2, 2), narrow);
    List<NodeName> owners = mixed.names.subList(1, 4);
    mixed.nodes.values().forEach(node -> node.table = TestCluster.table(1, owners));
    mixed.awaitReply(mixed.set(1, "q:k", "v"));
    assertEquals(1, page(mixed, true).keys().size());
    mixed.kill(2, 0);
    mixed.settle();
    assertInstanceOf(Failure.NoQuorum.class, page(mixed, true).failure());
  }

  private CountResult count(int entry) {
    Later<CountResult> later = new Later<>();
    cluster.node(entry).loop.execute(() -> cluster.node(entry).coordinator.count(later::set));
    return cluster.await(later);
  }

  @Test
  void count_addsUpThePartitionsOfAllNodes() {
    fill(80);
    assertEquals(new CountResult(80, null), count(1));
    cluster.kill(2, 5);
    assertEquals(new CountResult(80, null), count(1));
  }

  @Test
  void count_isNotReadyWhileSomebodyCounts() {
    fill(5);
    cluster.node(2).rows.hasCounted = false;
    assertInstanceOf(Failure.NotReady.class, count(1).failure());
    Later<CountResult> later = new Later<>();
    cluster.node(1).loop.execute(() -> cluster.node(1).coordinator.count(later::set));
    cluster.time.advanceMillis(300);
    cluster.node(2).rows.hasCounted = true;
    assertEquals(new CountResult(5, null), cluster.await(later));
  }

  @Test
  void count_waitsForWhoIsBusyWhileNobodyIsMissing() {
    fill(5);
    cluster.nodes.values().forEach(node -> node.isWhole = true);
    cluster.extraMillis = message -> message instanceof Message.Counted ? 2_500 : 0;
    assertEquals(new CountResult(5, null), count(1));
  }

  @Test
  void randomKey_ofWhomNobodyAnswers_isNotNone() {
    fill(5);
    cluster.part(1, 2);
    cluster.lost = s -> s.is(Message.ReadRow.class);
    assertInstanceOf(Failure.NoQuorum.class, randomKey(1).failure());
  }

  private RandomKeyResult randomKey(int entry) {
    Later<RandomKeyResult> later = new Later<>();
    cluster.node(entry).loop.execute(() -> cluster.node(entry).coordinator.randomKey(later::set));
    return cluster.await(later);
  }

  @Test
  void randomKey_livesOrIsNone() {
    assertNull(randomKey(1).key());
    cluster.awaitReply(cluster.set(1, "dead", "v"));
    cluster.awaitReply(cluster.write(1, "dead", Kind.PLAIN, "DEL"));
    cluster.settle();
    for (int entry = 1; entry <= 4; entry++) {
      assertNull(randomKey(entry).key());
      assertNull(randomKey(entry).failure());
    }
    cluster.write(1, "dead", Kind.PLAIN, "SET alive");
    cluster.settle();
    for (int entry = 1; entry <= 4; entry++) {
      assertEquals("dead", new String(randomKey(entry).key(), UTF_8));
    }
  }
}
