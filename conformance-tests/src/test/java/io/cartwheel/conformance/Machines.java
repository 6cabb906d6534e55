package io.cartwheel.conformance;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The nodes of a cluster, each on a {@link ForgetfulDisk} of its own. */
final class Machines implements AutoCloseable {
  private final Map<TestNode, ForgetfulDisk> disks = new LinkedHashMap<>();

  private Machines() {}

  /** Null where such disks cannot be mounted; before the nodes' first start. */
  static Machines of(TestCluster cluster) {
    Machines machines = new Machines();
    for (TestNode node : cluster.nodes()) {
      ForgetfulDisk disk = ForgetfulDisk.mount(node.dataDirectory());
      if (disk == null) {
        machines.close();
        return null;
      }
      machines.disks.put(node, disk);
      // Not the root of the disk: what the node makes above its data must survive as well.
      node.with("cartwheel.node.data-dir=" + node.dataDirectory().resolve("var/cartwheel"));
    }
    return machines;
  }

  /**
   * These lose their power at once: first the disks, so that not a byte comes there that a dying
   * process still writes.
   *
   * @param seed as for {@link ForgetfulDisk#cut}
   */
  void cut(List<TestNode> nodes, long seed) {
    for (int i = 0; i < nodes.size(); i++) {
      disks.get(nodes.get(i)).cut(seedOf(i, seed));
    }
    end(nodes);
  }

  /**
   * As {@link #cut}, but one soon after the other, each when a sync of its disk was to end.
   *
   * @return when each was, as of {@link System#nanoTime}
   */
  Map<TestNode, Long> cutInSync(List<TestNode> nodes, long seed) {
    for (int i = 0; i < nodes.size(); i++) {
      disks.get(nodes.get(i)).beginCutInSync(seedOf(i, seed));
    }
    Map<TestNode, Long> cutNanos = new HashMap<>();
    nodes.forEach(node -> cutNanos.put(node, disks.get(node).awaitCut()));
    end(nodes);
    return cutNanos;
  }

  private static long seedOf(int index, long seed) {
    return seed == 0 ? 0 : seed + index;
  }

  private static void end(List<TestNode> nodes) {
    nodes.forEach(TestNode::destroy);
    nodes.forEach(TestNode::awaitEnd);
  }

  /** Begins to measure how late these disks, and whoever uses them, are. */
  DiskProbe probe() {
    return new DiskProbe(disks.values().stream().map(ForgetfulDisk::directory).toList());
  }

  /** The power is back, and the nodes are started. */
  void start(List<TestNode> nodes) {
    nodes.forEach(node -> disks.get(node).restore());
    nodes.forEach(TestNode::start);
  }

  @Override
  public void close() {
    disks.forEach(
        (node, disk) -> {
          node.reportOwnEnd();
          node.end();
          disk.close();
        });
  }
}
