package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A cluster behind faulty links, and what must hold of it once a fault is over. */
final class FaultyCluster implements AutoCloseable {
  /** Much more than it takes on an idle machine. */
  private static final long CONVERGE_MILLIS = 60_000;

  private final TestCluster cluster;
  private final FaultyLinks links;

  private FaultyCluster(TestCluster cluster) {
    this.cluster = cluster;
    this.links = new FaultyLinks(cluster);
  }

  /** Nodes that are not started yet; settings as {@code key=value}. */
  static FaultyCluster prepare(int size, String... settings) {
    return new FaultyCluster(TestCluster.prepare(size, settings));
  }

  /** Nodes that serve. */
  static FaultyCluster start(int size, String... settings) {
    FaultyCluster faulty = prepare(size, settings);
    faulty.startAll();
    return faulty;
  }

  void startAll() {
    try {
      cluster.nodes().forEach(TestNode::start);
      cluster.nodes().forEach(TestNode::awaitServing);
      awaitReachable(cluster.size());
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  TestCluster cluster() {
    return cluster;
  }

  FaultyLinks links() {
    return links;
  }

  TestNode node(int index) {
    return cluster.node(index);
  }

  /** Waits until each node reaches so many nodes, itself among them. */
  void awaitReachable(int count) {
    awaitReachable(cluster, count);
  }

  /** As {@link #awaitReachable(int)}, of a cluster without faults. */
  static void awaitReachable(TestCluster cluster, int count) {
    for (TestNode node : cluster.nodes()) {
      Await.quietly(
          node.port() + " reaches " + count + " nodes", 30_000, () -> reachable(node) == count);
    }
  }

  /** How many nodes a node reaches, itself among them. */
  static long reachable(TestNode node) throws IOException {
    try (RawClient client = new RawClient(node.port())) {
      String nodes = RawClient.text(client.call("RING", "NODES"));
      return nodes.lines().filter(line -> !line.contains("reachable=no")).count();
    }
  }

  /**
   * After a fault, when all nodes are up, all links are healed and the clients are stopped: waits
   * until every acknowledged write is readable at every node, the replicas are equal and no hint is
   * left, and prints how long that took. Then each node is left alone, and must still hold the same
   * as the others.
   *
   * @return in ms how long it took to converge
   */
  long awaitConverged(AcknowledgedWrites writes) throws IOException {
    assertTrue(writes.complaints().isEmpty(), () -> String.join("\n", writes.complaints()));
    long start = System.nanoTime();
    awaitReachable(cluster.size());
    for (TestNode node : cluster.nodes()) {
      awaitNone("missing at " + node.port(), () -> writes.missing(node));
    }
    long tookMillis = awaitEqual(writes.keys(), start);
    for (TestNode node : cluster.nodes()) {
      assertEquals(List.of(), writes.missing(node));
      // Of its last run: a run may have been ended for a reason, and have told it.
      String log = node.log();
      log = log.substring(Math.max(0, log.lastIndexOf("Server: Cartwheel ")));
      assertFalse(log.contains("\tat "), log);
    }
    System.out.println(
        "keys of one writer with siblings: " + writes.numbersWithSiblings(cluster.node(0)));
    return tookMillis;
  }

  /** As {@link #awaitConverged}, of the replicas of these keys alone. */
  long awaitEqual(List<String> keys, long startNanos) throws IOException {
    awaitNone("different between replicas", () -> Replicas.differences(cluster, keys));
    awaitNone("hints", () -> Replicas.hints(cluster));
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    System.out.println("converged after " + tookMillis + " ms");
    links.cutAll();
    awaitReachable(1);
    assertEquals(List.of(), Replicas.differences(cluster, keys), "between nodes left alone");
    links.heal();
    awaitReachable(cluster.size());
    return tookMillis;
  }

  /** What is wrong, a line each. */
  interface Listing {
    List<String> list() throws IOException;
  }

  /** Waits until nothing is listed; fails with what is left. */
  static void awaitNone(String what, Listing listing) throws IOException {
    try {
      Await.quietly("nothing is " + what, CONVERGE_MILLIS, () -> listing.list().isEmpty());
    } catch (AssertionError e) {
      List<String> left = listing.list();
      throw new AssertionError(
          left.size()
              + " are "
              + what
              + ", as\n"
              + String.join("\n", left.subList(0, Math.min(left.size(), 20))),
          e);
    }
  }

  @Override
  public void close() {
    try {
      cluster.close();
    } finally {
      links.close();
    }
  }
}
