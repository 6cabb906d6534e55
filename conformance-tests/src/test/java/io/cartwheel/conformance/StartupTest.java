package io.cartwheel.conformance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a start says: little where it goes well, one line where it does not. */
@Timeout(120)
class StartupTest {
  @Test
  void start_logsTenLinesAtMost() {
    try (TestCluster cluster = TestCluster.start(3)) {
      for (TestNode node : cluster.nodes()) {
        List<String> lines = node.log().lines().filter(line -> line.contains(" INFO ")).toList();
        assertTrue(lines.size() <= 10, String.join("\n", lines));
        assertTrue(lines.stream().anyMatch(line -> line.endsWith("serving")), node.log());
      }
    }
  }

  @Test
  void requests_areNotLogged() throws IOException {
    try (TestCluster cluster = TestCluster.start(1)) {
      String before = cluster.node(0).log();
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        for (int i = 0; i < 100; i++) {
          client.call("SET", "k" + i, "v");
          client.call("FROB");
          client.call("INCR", "k" + i);
        }
        client.sendRaw("*x\r\n".getBytes(US_ASCII));
        client.read();
      }
      assertEquals(before, cluster.node(0).log());
    }
  }

  @Test
  void anotherPartitionCount_isRefused() {
    try (TestCluster cluster = TestCluster.start(1)) {
      cluster.node(0).stop();
      expectOneLine(
          cluster.node(0).with("cartwheel.cluster.partitions=64"), "partitions", "256", "64");
      cluster.node(0).with("cartwheel.cluster.partitions=256").start().awaitServing();
    }
  }

  @Test
  void anotherNameOrCluster_isRefused() {
    try (TestCluster cluster = TestCluster.start(1)) {
      cluster.node(0).stop();
      expectOneLine(cluster.node(0).with("cartwheel.cluster.name=other"), "other", "cartwheel");
      expectOneLine(
          cluster.node(0).with("cartwheel.cluster.name=cartwheel", "cartwheel.node.name=else"),
          "else");
    }
  }

  @Test
  void directoryInUse_isRefusedAndTheUserGoesOn() throws IOException {
    try (TestCluster cluster = TestCluster.start(1);
        TestCluster other = TestCluster.prepare(1)) {
      Path data = cluster.node(0).dataDirectory();
      expectOneLine(other.node(0).with("cartwheel.node.data-dir=" + data), data.toString());
      try (RawClient client = new RawClient(cluster.node(0).port())) {
        assertEquals("+OK", client.ask("SET", "k", "v"));
      }
    }
  }

  @Test
  void foreignDirectory_isRefusedAndLeftAlone() throws IOException {
    try (TestCluster cluster = TestCluster.prepare(1)) {
      Path data = Files.createDirectories(cluster.node(0).dataDirectory());
      Files.writeString(data.resolve("letter.txt"), "dear");
      expectOneLine(cluster.node(0), data.toString());
      try (Stream<Path> left = Files.list(data)) {
        assertEquals(List.of(data.resolve("letter.txt")), left.toList());
      }
    }
  }

  @Test
  void busyPorts_areNamed() throws IOException {
    for (int offset : List.of(0, 10_000)) {
      try (TestCluster cluster = TestCluster.prepare(1)) {
        int port = cluster.node(0).port() + offset;
        try (ServerSocket busy = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
          expectOneLine(cluster.node(0), Integer.toString(busy.getLocalPort()), "in use");
        }
      }
    }
  }

  @Test
  void peersBeyondLoopbackWithoutASecret_areRefused() {
    try (TestCluster cluster = TestCluster.prepare(1)) {
      expectOneLine(
          cluster
              .node(0)
              .with("cartwheel.peer.bind=0.0.0.0", "cartwheel.peer.announce=127.0.0.1:1"),
          "peer.bind",
          "cluster.secret");
    }
  }

  @Test
  void wrongSettings_areNamedWithValueAndWhatIsAllowed() {
    for (String setting :
        List.of(
            "resp.port=x",
            "resp.port=70000",
            "cluster.partitions=100",
            "keyspaces.default.r=4",
            "keyspaces.default.conflicts=maybe",
            "attempt-timeout=800",
            "max-value-size=lots",
            "cluster.seeds=nowhere",
            "frob=1")) {
      try (TestCluster cluster = TestCluster.prepare(1)) {
        String[] parts = setting.split("=", 2);
        expectOneLine(
            cluster.node(0).with("cartwheel." + setting),
            "cartwheel." + parts[0].replace("default", "\"default\""),
            parts[1]);
      }
    }
  }

  @Test
  void unknownStorageEngine_isNamed() {
    try (TestCluster cluster = TestCluster.prepare(1)) {
      expectOneLine(
          cluster.node(0).with("cartwheel.storage.engine=paper"),
          "storage.engine",
          "'paper'",
          "memory, rocksdb");
    }
  }

  /** The process ends with 1 or 2 and has said one line that holds all these parts. */
  private static void expectOneLine(TestNode node, String... parts) {
    int before = (int) node.log().lines().count();
    int code = node.start().awaitEnd();
    List<String> said = node.log().lines().skip(before).toList();
    String all = String.join("\n", said);
    assertTrue(code == 1 || code == 2, "code " + code + ": " + all);
    List<String> errors = said.stream().filter(line -> line.startsWith("cartwheel: ")).toList();
    assertEquals(1, errors.size(), all);
    for (String part : parts) {
      assertTrue(errors.get(0).contains(part), "'" + part + "' is not in: " + all);
    }
    assertFalse(all.contains("\tat "), all);
  }
}
