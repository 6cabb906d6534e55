package io.cartwheel.conformance;

import io.cartwheel.conformance.DelayLine.Delay;
import io.cartwheel.conformance.LinkProxy.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The network between the nodes of a cluster, with faults on demand. Each node announces a name,
 * the same to all; each other node looks it up in a hosts file of its own and finds a {@link
 * LinkProxy} that nobody else is led to. So every proxy knows who dials and who is dialled. A link
 * between two nodes is both proxies between them, whoever has dialled.
 *
 * <p>Clients are not on these wires. Nodes are named by their index in the cluster.
 */
final class FaultyLinks implements AutoCloseable {
  /** All of 127.0.0.0/8 is this machine. */
  private static final int NETWORK = 77;

  private final int size;

  /** By who dials, then who is dialled; null from a node to itself. */
  private final LinkProxy[][] proxies;

  /** Stands between the nodes of a cluster that was prepared and has not been started. */
  FaultyLinks(TestCluster cluster) {
    size = cluster.size();
    proxies = new LinkProxy[size][size];
    List<String> announced = new ArrayList<>();
    for (int to = 0; to < size; to++) {
      announced.add(name(to) + ":" + peerPort(cluster.node(to)));
    }
    for (int from = 0; from < size; from++) {
      StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
      for (int to = 0; to < size; to++) {
        InetAddress direct = InetAddress.getLoopbackAddress();
        InetAddress place = from == to ? direct : LinkProxy.loopback(NETWORK, from, to + 1);
        int port = peerPort(cluster.node(to));
        if (from != to) {
          proxies[from][to] =
              new LinkProxy(
                  new InetSocketAddress(place, port), new InetSocketAddress(direct, port));
        }
        hosts.append(place.getHostAddress()).append(' ').append(name(to)).append('\n');
      }
      Path file = cluster.directory().resolve("node-" + from + ".hosts");
      write(file, hosts.toString());
      cluster
          .node(from)
          .withJvmOption("-Djdk.net.hosts.file=" + file)
          .with(
              "cartwheel.peer.announce=" + announced.get(from),
              "cartwheel.cluster.seeds=" + String.join(",", announced));
    }
  }

  private static String name(int node) {
    return "peer-" + node + ".cartwheel.test";
  }

  private static int peerPort(TestNode node) {
    return node.port() + 10_000;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Resets the connections between two nodes, and refuses new ones. */
  void cut(int a, int b) {
    proxies[a][b].cut();
    proxies[b][a].cut();
  }

  /** What {@code from} says to {@code to} becomes of this; the other way nothing changes. */
  void oneWay(int from, int to, Flow flow) {
    proxies[from][to].outward(flow);
    proxies[to][from].inward(flow);
  }

  /** Both ways. */
  void bothWays(int a, int b, Flow flow) {
    oneWay(a, b, flow);
    oneWay(b, a, flow);
  }

  /** What {@code from} says to {@code to} takes so long; the other way nothing changes. */
  void slow(int from, int to, Delay delay) {
    proxies[from][to].outward(delay);
    proxies[to][from].inward(delay);
  }

  /** Cuts every link between the first so many nodes and the others. */
  void split(int first) {
    for (int a = 0; a < first; a++) {
      for (int b = first; b < size; b++) {
        cut(a, b);
      }
    }
  }

  /** Leaves every node alone. */
  void cutAll() {
    for (int a = 0; a < size; a++) {
      for (int b = a + 1; b < size; b++) {
        cut(a, b);
      }
    }
  }

  /** All links are as good as new. */
  void heal() {
    forEach(LinkProxy::heal);
  }

  @Override
  public void close() {
    forEach(LinkProxy::close);
  }

  private void forEach(java.util.function.Consumer<LinkProxy> action) {
    for (LinkProxy[] row : proxies) {
      for (LinkProxy proxy : row) {
        if (proxy != null) {
          action.accept(proxy);
        }
      }
    }
  }
}
