package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node whose disk is full, while the others have room. */
@Timeout(120)
class FullDiskTest {
  private static final String SMALL = "32m";
  private static final String LARGE = "512m";

  /** Together more than the disk takes. */
  private static final int VALUES = 1_500;

  private static final String VALUE = "x".repeat(32 * 1024);

  @Test
  void nodeStops_othersGoOn_andItHasEverythingOnceThereIsRoom() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.prepare(3);
        SmallDisk disk = SmallDisk.mount(faulty.node(2), SMALL);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      assumeTrue(disk != null, "skipped: mounting a small disk needs Linux and root");
      faulty.startAll();
      TestNode full = faulty.node(2);
      for (int i = 0; i < 2; i++) {
        int port = faulty.node(i).port();
        writes.numbers("number:" + i + ":", port).carts("cart:", port);
      }
      writes.awaitMore(500);
      writes.resetGaps();
      List<String> keys = writeUntilFull(faulty.node(0));
      System.out.println("the node with the full disk has ended with " + full.awaitEnd());
      assertTrue(full.log().contains("No space left on device"), full.log());
      writes.awaitMore(1000);
      for (int i = 0; i < 2; i++) {
        long gap = writes.longestGapMillis(faulty.node(i));
        System.out.println("full disk: longest gap in service " + gap + " ms");
        assertTrue(gap < 5_000, "longest gap in service " + gap + " ms");
      }
      disk.resize(LARGE);
      full.start().awaitServing();
      writes.awaitMore(500);
      writes.stop();
      faulty.awaitConverged(writes);
      for (List<String> values : Replicas.valuesAt(full, keys, 0)) {
        assertEquals(List.of(VALUE), values);
      }
      faulty.awaitEqual(keys, System.nanoTime());
    }
  }

  /** The keys whose values were acknowledged. */
  private static List<String> writeUntilFull(TestNode node) throws IOException {
    List<String> keys = new ArrayList<>();
    try (RawClient client = new RawClient(node.port())) {
      for (int i = 0; i < VALUES; i++) {
        if (client.ask("SET", "large:" + i, VALUE).equals("+OK")) {
          keys.add("large:" + i);
        }
      }
    }
    System.out.println(keys.size() + " of " + VALUES + " large values acknowledged");
    return keys;
  }
}
