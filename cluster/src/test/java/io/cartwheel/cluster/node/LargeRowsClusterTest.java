package io.cartwheel.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.message.MessageCodec;
import io.cartwheel.cluster.ring.Keyspaces;
import io.cartwheel.cluster.transport.VirtualNetwork;
import io.cartwheel.cluster.version.ByteWriter;
import io.cartwheel.cluster.version.VersionVector;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A row that three coordinators have made larger than all the room there is for messages: it finds
 * its way, over seconds, and everything else goes on meanwhile.
 */
class LargeRowsClusterTest {
  private static final String LARGE = "large";
  private static final int VALUE_BYTES = 2 << 20;
  private static final int KEYS = 30;
  private static final int INTERVAL_MILLIS = 2_000;

  /** So that the row of three values takes five seconds. */
  private static final long BYTES_PER_MILLI = 1_200;

  private static final long ROOM_BYTES = 3 << 20;

  @TempDir Path directory;

  private SimulatedCluster cluster(long hintBytes) {
    SimulatedCluster cluster =
        new SimulatedCluster(
            directory, 11, 3, 2, new Keyspaces(List.of(SimulatedCluster.keyspace("", 3, 2, 1))));
    NodeSettings.Repair usual = NodeSettings.Repair.DEFAULTS;
    cluster.repair =
        new NodeSettings.Repair(
            hintBytes, usual.hintsMaxAgeMillis(), INTERVAL_MILLIS, usual.reapFloorMillis());
    cluster.startAll();
    return cluster;
  }

  private static VirtualNetwork.Pipe pipe(long maxMessageBytes) {
    return new VirtualNetwork.Pipe(
        message -> {
          ByteWriter out = new ByteWriter();
          MessageCodec.write(out, message);
          return out.size();
        },
        BYTES_PER_MILLI,
        ROOM_BYTES,
        maxMessageBytes);
  }

  private static void cutAll(SimulatedCluster cluster) {
    for (int a = 0; a < cluster.size(); a++) {
      for (int b = 0; b < a; b++) {
        cluster.network.cut(cluster.machine(a).address(), cluster.machine(b).address());
      }
    }
    cluster.time.advanceMillis(200);
  }

  private static void writeLarge(SimulatedCluster cluster, int at) {
    String value = Integer.toString(at).repeat(VALUE_BYTES);
    assertNull(
        cluster
            .write(at, LARGE, Kind.CONTEXT, TestUpdates.set(value), VersionVector.EMPTY)
            .failure());
  }

  private static void writeSmall(SimulatedCluster cluster, int at) {
    for (int i = 0; i < KEYS; i++) {
      assertNull(cluster.set(at, "k" + i, "v" + i).failure());
    }
  }

  private static int siblings(SimulatedCluster cluster, int at) {
    return cluster.machine(at).row(LARGE).siblings().size();
  }

  private static boolean hasSmall(SimulatedCluster cluster, int at) {
    return IntStream.range(0, KEYS)
        .allMatch(i -> !cluster.machine(at).row("k" + i).siblings().isEmpty());
  }

  private static boolean areAll(SimulatedCluster cluster, IntPredicate is) {
    return IntStream.range(0, cluster.size()).allMatch(is);
  }

  private static boolean areCurrent(SimulatedCluster cluster) {
    return areAll(cluster, i -> cluster.machine(i).node.repair().notCurrent() == 0);
  }

  /** All see the three values, and a plain SET over them ends it. */
  private static void checkReadsAndOverwrites(SimulatedCluster cluster) {
    for (int at = 0; at < cluster.size(); at++) {
      assertEquals(3, cluster.values(at, LARGE).size());
    }
    assertNull(cluster.set(1, LARGE, "resolved").failure());
    cluster.await(() -> areAll(cluster, i -> siblings(cluster, i) == 1), "the plain value");
    for (int at = 0; at < cluster.size(); at++) {
      assertEquals(List.of("resolved"), cluster.values(at, LARGE));
    }
  }

  @Test
  void exchanges_completeAndBringTheOthersFirst() {
    try (SimulatedCluster cluster = cluster(0)) {
      cutAll(cluster);
      for (int at = 0; at < 3; at++) {
        writeLarge(cluster, at);
      }
      writeSmall(cluster, 0);
      cluster.network.narrow(pipe(Long.MAX_VALUE));
      cluster.network.heal();
      cluster.await(cluster::allSeeEachOther, "connections");
      cluster.await(() -> areAll(cluster, i -> hasSmall(cluster, i)), "small rows");
      assertFalse(areAll(cluster, i -> siblings(cluster, i) == 3), "the large one is on its way");
      cluster.await(() -> areAll(cluster, i -> siblings(cluster, i) == 3), "the large row");
      cluster.await(() -> areCurrent(cluster), "currency");
      checkReadsAndOverwrites(cluster);
    }
  }

  @Test
  void hints_areDeliveredAndKeepNoneWaitingBehind() {
    try (SimulatedCluster cluster = cluster(256 << 20)) {
      cluster.machine(2).kill();
      cluster.await(cluster::allSeeEachOther, "notice of the death");
      cutAll(cluster);
      writeLarge(cluster, 0);
      writeLarge(cluster, 1);
      cluster.network.heal();
      cluster.await(() -> siblings(cluster, 0) == 2 && siblings(cluster, 1) == 2, "both values");
      writeSmall(cluster, 0);
      cluster.network.narrow(pipe(Long.MAX_VALUE));
      cluster.machine(2).start();
      cluster.await(cluster::allSeeEachOther, "connections");
      cluster.await(() -> hasSmall(cluster, 2), "small rows");
      assertEquals(0, siblings(cluster, 2), "the large one is on its way");
      cluster.await(() -> siblings(cluster, 2) == 2, "the large row");
      cluster.await(
          () -> areAll(cluster, i -> cluster.machine(i).storedHints().isEmpty()),
          "delivery of all hints");
      assertTrue(cluster.machine(0).count("hints.delivered") > 0);
    }
  }

  /** A peer may have less room than any row needs. */
  @Test
  void rowThatFindsNoRoom_keepsNobodyElseFromComing_andComesWhenThereIs() {
    for (long hintBytes : new long[] {0, 256 << 20}) {
      try (SimulatedCluster cluster = cluster(hintBytes)) {
        cutAll(cluster);
        for (int at = 0; at < 3; at++) {
          writeLarge(cluster, at);
          writeSmall(cluster, at);
        }
        cluster.network.narrow(pipe(VALUE_BYTES / 2));
        cluster.network.heal();
        cluster.await(cluster::allSeeEachOther, "connections");
        cluster.await(() -> areAll(cluster, i -> hasSmall(cluster, i)), "small rows");
        long failed = failedExchanges(cluster);
        long exchanges = exchanges(cluster);
        cluster.time.advanceMillis(20_000);
        assertEquals(1, siblings(cluster, 0));
        assertEquals(failed, failedExchanges(cluster), "no exchange fails for it");
        writeSmall(cluster, 1);
        cluster.network.narrow(pipe(Long.MAX_VALUE));
        cluster.await(() -> areAll(cluster, i -> siblings(cluster, i) == 3), "the large row");
        cluster.await(() -> areCurrent(cluster), "currency");
        assertTrue(exchanges(cluster) > exchanges);
        checkReadsAndOverwrites(cluster);
      }
    }
  }

  private static long exchanges(SimulatedCluster cluster) {
    return IntStream.range(0, cluster.size())
        .mapToLong(i -> cluster.machine(i).count("antientropy.exchanges"))
        .sum();
  }

  private static long failedExchanges(SimulatedCluster cluster) {
    return IntStream.range(0, cluster.size())
        .mapToLong(i -> cluster.machine(i).count("antientropy.failed"))
        .sum();
  }
}
