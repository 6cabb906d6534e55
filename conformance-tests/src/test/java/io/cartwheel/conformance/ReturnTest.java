package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A node that was away while much was written has all of it again soon after its return, though
 * nobody reads: what it missed through hints, what it lost through an exchange.
 */
@Timeout(240)
class ReturnTest {
  private static final boolean LONG = Boolean.getBoolean("cartwheel.long");
  private static final int KEYS = LONG ? 100_000 : 10_000;

  /** How long it may take; a machine that is busy with other tests has more time. */
  private static final long HINTS_MILLIS = LONG ? 15_000 : 30_000;

  private static final long EXCHANGE_MILLIS = LONG ? 30_000 : 60_000;
  private static final int PIPELINE = 500;

  @Test
  void returnedNode_hasWhatWasWrittenMeanwhile() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3)) {
      TestNode victim = faulty.node(2);
      victim.kill();
      List<String> keys = writeKeys(faulty.node(0));
      long tookMillis = returnAndAwait(faulty, victim, keys, HINTS_MILLIS);
      System.out.println(KEYS + " keys through hints: " + tookMillis + " ms after the return");
    }
  }

  @Test
  void nodeWithAnEmptyDisk_hasWhatItHadAndWhatItMissed() throws IOException {
    try (FaultyCluster faulty = FaultyCluster.start(3)) {
      TestNode victim = faulty.node(2);
      List<String> keys = writeKeys(faulty.node(0));
      victim.kill();
      victim.deleteData();
      long tookMillis = returnAndAwait(faulty, victim, keys, EXCHANGE_MILLIS);
      System.out.println(KEYS + " keys through exchange: " + tookMillis + " ms after the return");
    }
  }

  /**
   * Returns how long after it serves again the node has all keys. While it knows itself to be
   * behind it asks others for what it is asked, so that its answers prove nothing. So its counts
   * are waited for, and then it is left alone and asked for every key.
   */
  private static long returnAndAwait(
      FaultyCluster faulty, TestNode victim, List<String> keys, long millis) throws IOException {
    victim.start().awaitServing();
    long start = System.nanoTime();
    while (true) {
      long leftMillis = millis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      Await.quietly("it seems to have all", leftMillis, () -> seemsComplete(faulty, victim));
      long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      faulty.links().cutAll();
      faulty.awaitReachable(1);
      long lacking = lacking(victim, keys);
      if (lacking == 0) {
        return tookMillis;
      }
      System.out.println("after " + tookMillis + " ms it lacks " + lacking + " keys");
      faulty.links().heal();
      faulty.awaitReachable(3);
    }
  }

  private static boolean seemsComplete(FaultyCluster faulty, TestNode victim) throws IOException {
    try (RawClient client = new RawClient(victim.port())) {
      // Each partition is counted by its first owner, which for a third of them is this node.
      return client.ask("DBSIZE").equals(":" + KEYS) && Replicas.hints(faulty.cluster()).isEmpty();
    }
  }

  private static List<String> writeKeys(TestNode node) throws IOException {
    List<String> keys = new ArrayList<>();
    try (RawClient client = new RawClient(node.port())) {
      for (int i = 0; i < KEYS; i += PIPELINE) {
        for (int k = i; k < i + PIPELINE; k++) {
          keys.add("return:" + k);
          client.send("SET", "return:" + k, "value of " + k);
        }
        for (int k = 0; k < PIPELINE; k++) {
          assertEquals("+OK", RawClient.shown(client.read()));
        }
      }
    }
    return keys;
  }

  private static long lacking(TestNode node, List<String> keys) throws IOException {
    List<List<String>> values = Replicas.valuesAt(node, keys, 1);
    long lacking = 0;
    for (int i = 0; i < keys.size(); i++) {
      lacking += List.of("value of " + i).equals(values.get(i)) ? 0 : 1;
    }
    return lacking;
  }
}
