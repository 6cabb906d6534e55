package io.cartwheel.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;

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
    cut(nodes, seed, ForgetfulDisk::cut);
  }

  /** As {@link #cut}, one soon after the other, each when a sync of its disk was to end. */
  void cutInSync(List<TestNode> nodes, long seed) {
    cut(nodes, seed, ForgetfulDisk::cutInSync);
  }

  private void cut(List<TestNode> nodes, long seed, ObjLongConsumer<ForgetfulDisk> cut) {
    System.out.println("the power goes, seed " + seed);
    for (int i = 0; i < nodes.size(); i++) {
      cut.accept(disks.get(nodes.get(i)), seed == 0 ? 0 : seed + i);
    }
    nodes.forEach(TestNode::destroy);
    nodes.forEach(TestNode::awaitEnd);
  }

  /** Begins to measure how late syncs are on these disks. */
  SyncProbe probe() {
    return new SyncProbe(disks.values().stream().map(ForgetfulDisk::directory).toList());
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
