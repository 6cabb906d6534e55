package io.cartwheel.resp.fake;

import io.cartwheel.cluster.antientropy.PeerSync;
import io.cartwheel.cluster.node.RepairView;
import io.cartwheel.cluster.ring.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How a node stands with its peers, as the test sets it; what is asked for is due, and no more. */
public final class FixedRepair implements RepairView {
  public final SortedMap<NodeName, PeerSync> syncs = new TreeMap<>();
  public int notCurrent;
  public long nowMillis;

  @Override
  public List<OfPeer> peers() {
    List<OfPeer> peers = new ArrayList<>();
    syncs.forEach((name, sync) -> peers.add(new OfPeer(name, sync)));
    return peers;
  }

  @Override
  public int notCurrent() {
    return notCurrent;
  }

  @Override
  public long nowMillis() {
    return nowMillis;
  }

  @Override
  public boolean repair(NodeName peer, Runnable noted) {
    if (peer != null && !syncs.containsKey(peer)) {
      return false;
    }
    syncs.replaceAll((name, sync) -> peer == null || name.equals(peer) ? due(sync) : sync);
    noted.run();
    return true;
  }

  private static PeerSync due(PeerSync sync) {
    return new PeerSync(
        true,
        sync.running(),
        sync.completedMillis(),
        sync.exchanges(),
        sync.failed(),
        sync.rowsTaken(),
        sync.rowsGiven());
  }
}
