package io.cartwheel.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A cluster of real processes on loopback, with data in a directory of its own, both gone after
 * {@link #close}.
 */
final class TestCluster implements AutoCloseable {
  /** Below what the system gives to outgoing connections, and so are the ports for peers. */
  private static final int FIRST_PORT = 11_000;

  private static final int PORTS = 10_000;

  private final Path directory;
  private final List<TestNode> nodes = new ArrayList<>();

  private TestCluster(Path directory) {
    this.directory = directory;
    // A test run that is itself killed leaves no processes.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> nodes.forEach(TestNode::destroy)));
  }

  /**
   * Starts so many nodes and returns when all of them serve; further settings as {@code key=value}.
   */
  static TestCluster start(int size, String... settings) {
    TestCluster cluster = prepare(size, settings);
    cluster.nodes.forEach(TestNode::start);
    cluster.nodes.forEach(TestNode::awaitServing);
    return cluster;
  }

  /** As {@link #start}, but starts no process yet. */
  static TestCluster prepare(int size, String... settings) {
    try {
      TestCluster cluster = new TestCluster(Files.createTempDirectory("cartwheel-test"));
      List<Integer> ports = freePorts(size);
      List<String> seeds = ports.stream().map(port -> "127.0.0.1:" + (port + 10_000)).toList();
      for (int i = 0; i < size; i++) {
        List<String> all = new ArrayList<>();
        all.add("cartwheel.resp.port=" + ports.get(i));
        all.add("cartwheel.cluster.seeds=" + String.join(",", seeds));
        all.add("cartwheel.node.data-dir=" + cluster.directory.resolve("node-" + i));
        all.addAll(List.of(settings));
        cluster.nodes.add(new TestNode(ports.get(i), cluster.directory.resolve("node-" + i), all));
      }
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int size() {
    return nodes.size();
  }

  TestNode node(int index) {
    return nodes.get(index);
  }

  List<TestNode> nodes() {
    return nodes;
  }

  Path directory() {
    return directory;
  }

  @Override
  public void close() {
    for (TestNode node : nodes) {
      node.reportOwnEnd();
      node.end();
    }
    try (var files = Files.walk(directory)) {
      for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ports that are free now, and whose ports for peers are. */
  static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    while (ports.size() < count) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (!ports.contains(port) && isFree(port) && isFree(port + 10_000)) {
        ports.add(port);
      }
    }
    return ports;
  }

  static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
