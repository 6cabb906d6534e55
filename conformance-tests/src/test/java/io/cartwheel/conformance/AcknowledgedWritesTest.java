package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the tests of faults rely on: that a loss would be seen. */
@Timeout(60)
class AcknowledgedWritesTest {
  @Test
  void lossesAndDifferences_areFound() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3);
        AcknowledgedWrites writes = new AcknowledgedWrites()) {
      TestNode node = faulty.node(0);
      writes.numbers("seen:number:", node.port()).carts("seen:cart:", node.port());
      writes.awaitMore(400);
      writes.stop();
      assertTrue(writes.longestGapMillis(faulty.node(0)) > 0);
      assertEquals(List.of(), writes.missing(node));
      try (RawClient client = new RawClient(node.port())) {
        assertEquals("+OK", client.ask("SET", "seen:number:7", "0"));
        assertEquals("+OK", client.ask("SET", "seen:cart:0", "c1.1,c1.2"));
        assertEquals(":1", client.ask("DEL", "seen:number:8"));
      }
      List<String> missing = writes.missing(faulty.node(1));
      assertEquals(3, missing.size(), missing.toString());
      assertTrue(missing.toString().contains("seen:cart:0 lacks [c1.0, c1.3,"), missing.toString());
      assertTrue(missing.toString().contains("seen:number:7 is [0]"), missing.toString());
      assertTrue(missing.toString().contains("seen:number:8 is []"), missing.toString());

      faulty.links().cutAll();
      faulty.awaitReachable(1);
      try (RawClient client = new RawClient(node.port())) {
        assertEquals("+OK", client.ask("SET", "seen:number:9", "different", "W", "1"));
      }
      List<String> differences = Replicas.differences(faulty.cluster(), writes.keys());
      assertEquals(1, differences.size(), differences.toString());
      assertTrue(differences.get(0).startsWith("seen:number:9 is"), differences.toString());
    }
  }
}
