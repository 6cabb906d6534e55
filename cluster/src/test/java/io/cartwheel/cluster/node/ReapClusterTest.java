package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.coordinate.Coordinator;
import io.cartwheel.cluster.coordinate.Coordinator.CountResult;
import io.cartwheel.cluster.message.Message;
import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.Row;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of deleted and expired rows in whole clusters, under virtual time. */
class ReapClusterTest {
  private static final long GRACE_MILLIS = 10_000;
  private static final long FLOOR_MILLIS = 6_000;
  private static final long TOLERANCE_MILLIS = 1_000;

  /** Passes, waits and looks, once a row may go. */
  private static final long SOON_MILLIS = 3 * FLOOR_MILLIS;

  @TempDir Path directory;
  private SimulatedCluster cluster;
  private final List<Message> sent = new ArrayList<>();

  @BeforeEach
  void start() {
    cluster = new SimulatedCluster(directory, 5, 3, 2);
    cluster.limits = new NodeSettings.Limits(1 << 20, 10, 100, GRACE_MILLIS, TOLERANCE_MILLIS, 0);
    cluster.repair = new NodeSettings.Repair(1 << 20, 60_000, 60_000, FLOOR_MILLIS);
    cluster.onMessage = sent::add;
    cluster.startAll();
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  @Test
  void aTombstoneGoesFromAllOwnersAfterTheGrace() {
    cluster.set(0, "k", "v");
    delete(1, "k");
    cluster.time.advanceMillis(GRACE_MILLIS - 1_000);
    assertEquals(3, holders("k"));
    assertEquals(1, cluster.machine(0).count("tombstones"));

    cluster.time.advanceMillis(SOON_MILLIS);
    assertEquals(0, holders("k"));
    assertEquals(3, total("reaped"));
    assertEquals(0, total("tombstones"));
    assertEquals(List.of(), cluster.values(2, "k"));

    cluster.set(2, "k", "again");
    assertEquals(List.of("again"), cluster.values(0, "k"));
  }

  @Test
  void aTombstoneStaysWhileANodeIsDown_andWhatThatHoldsDoesNotComeBack() {
    cluster.set(0, "k", "old");
    cluster.time.advanceMillis(1_000);
    cluster.machine(2).kill();
    cluster.time.advanceMillis(2_000);
    delete(0, "k");
    cluster.time.advanceMillis(GRACE_MILLIS + 5 * FLOOR_MILLIS);
    assertEquals(2, tombstones("k"));

    cluster.machine(2).start();
    cluster.await(cluster::allSeeEachOther, "return");
    cluster.time.advanceMillis(FLOOR_MILLIS + SOON_MILLIS + GRACE_MILLIS);
    assertEquals(0, holders("k"));
    assertEquals(List.of(), cluster.values(2, "k"));
  }

  @Test
  void aTombstoneStaysWhereOneOfItsOwnersHasALaterValue() {
    cluster.set(0, "k", "v");
    delete(0, "k");
    cluster.time.advanceMillis(GRACE_MILLIS - 1_000);
    cluster.set(1, "k", "new");
    cluster.time.advanceMillis(SOON_MILLIS);
    assertEquals(0, total("reaped"));
    assertEquals(List.of("new"), cluster.values(2, "k"));
  }

  @Test
  void whatExpiresGoes_andIsNotCounted() {
    long expiry = cluster.machine(0).node.coordinator().nowMillis() + 2_000;
    for (int i = 0; i < 50; i++) {
      set(0, "cached:" + i, expiry);
    }
    cluster.time.advanceMillis(1_000);
    assertEquals(50, count());
    sent.clear();
    cluster.time.advanceMillis(1_000 + TOLERANCE_MILLIS + FLOOR_MILLIS);
    for (int i = 0; i < 50; i++) {
      assertEquals(0, holders("cached:" + i));
    }
    assertEquals(150, total("dropped"));
    assertEquals(0, count());
    assertEquals(50, total("expired"));
    cluster.set(0, "cached:7", "again");
    assertEquals(1, count());
  }

  @Test
  void nothingIsSaidAboutWhatExpires() {
    long expiry = cluster.machine(0).node.coordinator().nowMillis() + 2_000;
    set(0, "k", expiry);
    cluster.time.advanceMillis(1_000);
    sent.clear();
    cluster.time.advanceMillis(1_000 + TOLERANCE_MILLIS + FLOOR_MILLIS);
    assertEquals(0, holders("k"));
    assertTrue(sent.stream().allMatch(Message.Heartbeat.class::isInstance), sent::toString);
  }

  @Test
  void whatExpiresAndHidesAnOlderValue_isStrippedAndGoesOnlyWhenAllHaveIt() {
    cluster.set(0, "k", "old");
    cluster.time.advanceMillis(1_000);
    cluster.machine(2).kill();
    cluster.time.advanceMillis(2_000);
    set(0, "k", cluster.machine(0).node.coordinator().nowMillis() + 1_000);
    cluster.time.advanceMillis(TOLERANCE_MILLIS + 6 * FLOOR_MILLIS);
    for (int i = 0; i < 2; i++) {
      Row row = cluster.machine(i).row("k");
      assertEquals(
          List.of(Sibling.Form.STRIPPED), row.siblings().stream().map(Sibling::form).toList());
    }
    cluster.machine(2).start();
    cluster.await(cluster::allSeeEachOther, "return");
    cluster.time.advanceMillis(3 * FLOOR_MILLIS);
    assertEquals(0, holders("k"));
    assertEquals(List.of(), cluster.values(2, "k"));
  }

  @Test
  void aRowThatOneOwnerHasNotForgotten_goesInTheEnd() {
    cluster.set(0, "k", "v");
    delete(1, "k");
    cluster.time.advanceMillis(GRACE_MILLIS - 1_000);
    boolean[] lost = {false};
    cluster.onMessage =
        message -> {
          if (message instanceof Message.ForgetDead && !lost[0]) {
            lost[0] = true;
            cluster.machine(1).kill();
          }
        };
    cluster.await(() -> lost[0], "order to forget");
    cluster.time.advanceMillis(2 * FLOOR_MILLIS);
    assertFalse(cluster.machine(1).isRunning());
    cluster.machine(1).start();
    cluster.await(cluster::allSeeEachOther, "return");
    cluster.time.advanceMillis(10 * FLOOR_MILLIS);
    assertEquals(0, holders("k"));
  }

  /** A network may keep a message for long: the value that it brings has been deleted since. */
  @Test
  void aMergeThatComesWhenItsTombstoneHasGone_bringsNothingBack() {
    long lateMillis = GRACE_MILLIS + SOON_MILLIS;
    cluster.network.setWeather(
        (from, to, fairNanos) ->
            new VirtualNetwork.Passage(List.of(fairNanos, lateMillis * 1_000_000), true));
    cluster.set(0, "k", "v");
    cluster.network.setWeather(VirtualNetwork.Weather.FAIR);
    delete(1, "k");
    cluster.time.advanceMillis(lateMillis - 1_000);
    assertEquals(0, holders("k"));
    assertEquals(0, total("storage.merges.old"));

    cluster.time.advanceMillis(2_000);
    assertEquals(List.of(), cluster.values(2, "k"));
    assertEquals(0, holders("k"));
    assertEquals(2, total("storage.merges.old"));
  }

  @Test
  void manyTombstonesGoTogether_notOneByOne() {
    for (int i = 0; i < 2_000; i++) {
      String key = "k" + i;
      cluster.set(i % 3, key, "v");
      delete(i % 3, key);
    }
    sent.clear();
    cluster.time.advanceMillis(GRACE_MILLIS + 4 * FLOOR_MILLIS);
    for (int i = 0; i < 2_000; i++) {
      assertEquals(0, holders("k" + i));
    }
    long orders = sent.stream().filter(Message.ConfirmDead.class::isInstance).count();
    assertTrue(orders < 400, orders + " requests");
  }

  /** As DBSIZE counts. */
  private long count() {
    Coordinator coordinator = cluster.machine(1).node.coordinator();
    CountResult result = cluster.call(coordinator::count, "count");
    assertNull(result.failure());
    return result.live();
  }

  private void delete(int at, String key) {
    assertNull(
        cluster.write(at, key, Kind.PLAIN, TestUpdates.delete(), VersionVector.EMPTY).failure());
  }

  private void set(int at, String key, long expiryMillis) {
    assertNull(
        cluster
            .write(
                at, key, Kind.PLAIN, TestUpdates.setUntil(expiryMillis, "v"), VersionVector.EMPTY)
            .failure());
  }

  /** On how many disks there is anything of the key. */
  private int holders(String key) {
    int holders = 0;
    for (int i = 0; i < cluster.size(); i++) {
      holders += cluster.machine(i).row(key).isEmpty() ? 0 : 1;
    }
    return holders;
  }

  private int tombstones(String key) {
    int tombstones = 0;
    for (int i = 0; i < cluster.size(); i++) {
      tombstones +=
          (int)
              cluster.machine(i).row(key).siblings().stream()
                  .filter(s -> s.form() == Sibling.Form.TOMBSTONE)
                  .count();
    }
    return tombstones;
  }

  private long total(String metric) {
    long total = 0;
    for (int i = 0; i < cluster.size(); i++) {
      total += cluster.machine(i).count(metric);
    }
    return total;
  }
}
