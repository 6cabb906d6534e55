package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher as a user meets it: help, one-line errors, a local cluster that stays up and goes
 * down.
 */
@Timeout(300)
class LauncherTest {
  @TempDir Path directory;

  private record Ended(int code, String output) {}

  @Test
  void help_isPrintedByEveryCommand() throws Exception {
    for (String words : List.of("--help", "server --help", "local --help", "ring --help")) {
      Ended ended = launch(words.split(" "));
      assertEquals(0, ended.code, words);
      assertTrue(ended.output.contains("usage:"), words + ": " + ended.output);
    }
  }

  @Test
  void wrongUsage_isOneLineAndCodeTwo() throws Exception {
    for (String words :
        List.of(
            "frobnicate",
            "server --frob",
            "server -Dcartwheel.resp.prot=1",
            "server -Dcartwheel.resp.port=x",
            "server --config /nonexistent",
            "local --nodes 0",
            "local --nodes many",
            "local --port 55534",
            "local --nodes",
            "ring",
            "ring --port x nodes")) {
      Ended ended = launch(words.split(" "));
      assertEquals(2, ended.code, words + ": " + ended.output);
      assertEquals(1, ended.output.lines().count(), words + ": " + ended.output);
      assertTrue(
          ended.output.contains("allowed:")
              || ended.output.contains("has no value")
              || ended.output.contains("give a readable file"),
          ended.output);
    }
  }

  @Test
  void ring_withoutANodeSaysSoInOneLine() throws Exception {
    int port = TestCluster.freePorts(1).get(0);
    Ended ended = launch("ring", "--port", Integer.toString(port), "nodes");
    assertEquals(1, ended.code);
    assertTrue(
        ended.output.startsWith("cartwheel: no answer from 127.0.0.1:" + port), ended.output);
    assertEquals(1, ended.output.lines().count());
  }

  @Test
  void busyPort_isOneLineThatNamesIt() throws Exception {
    int port = TestCluster.freePorts(1).get(0);
    try (ServerSocket busy = new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress())) {
      Ended ended =
          launch(
              "local",
              "--nodes",
              "1",
              "--port",
              Integer.toString(port),
              "--dir",
              directory.toString());
      assertEquals(1, ended.code);
      assertEquals(
          "cartwheel: port "
              + busy.getLocalPort()
              + " is in use; stop what uses it, or choose other ports with --port",
          ended.output.strip());
    }
  }

  @Test
  void local_staysUpWhenANodeDies_andEndsWithTheLast() throws Exception {
    int port = twoFreePorts();
    List<String> options =
        List.of("--nodes", "2", "--port", Integer.toString(port), "--dir", directory.toString());
    try (LocalCluster local = new LocalCluster(options).awaitReady()) {
      Ended other =
          launch(
              "local",
              "--nodes",
              "1",
              "--port",
              Integer.toString(port + 5),
              "--dir",
              directory.toString());
      assertEquals(2, other.code, other.output);
      assertTrue(other.output.contains("holds a cluster with nodes=2"), other.output);
      assertEquals("OK", RedisCli.run(port, "SET", "k", "v"));
      Ended ring = launch("ring", "--port", Integer.toString(port), "where", "k");
      assertEquals(0, ring.code, ring.output);
      assertTrue(ring.output.contains("127.0.0.1:" + port), ring.output);
      kill(port);
      local.awaitLine("node 1 (port " + port);
      assertTrue(local.process().isAlive());
      kill(port + 1);
      assertTrue(local.process().waitFor(60, TimeUnit.SECONDS));
      assertEquals(1, local.process().exitValue());
      String why = "\ncartwheel: all nodes have ended, so this does, too; their logs say why: ";
      Await.until("it says why", 10_000, () -> local.output().contains(why + directory));
    }
  }

  /** The first of two neighbours that are free, as their ports for peers are. */
  private static int twoFreePorts() {
    int port = TestCluster.freePorts(1).get(0);
    while (!TestCluster.isFree(port + 1) || !TestCluster.isFree(port + 10_001)) {
      port = TestCluster.freePorts(1).get(0);
    }
    return port;
  }

  /** SIGKILL to the node that serves this port. */
  private static void kill(int port) {
    String pid =
        RedisCli.run(port, "INFO", "server")
            .lines()
            .filter(line -> line.startsWith("process_id:"))
            .findFirst()
            .orElseThrow()
            .substring("process_id:".length());
    ProcessHandle.of(Long.parseLong(pid.trim())).orElseThrow().destroyForcibly();
  }

  @Test
  void local_keepsItsDataOverARestart() throws Exception {
    int port = TestCluster.freePorts(1).get(0);
    List<String> options =
        List.of("--nodes", "1", "--port", Integer.toString(port), "--dir", directory.toString());
    List<ProcessHandle> nodes = new ArrayList<>();
    try (LocalCluster local = new LocalCluster(options).awaitReady()) {
      assertEquals("OK", RedisCli.run(port, "SET", "k", "v"));
      nodes.addAll(local.process().descendants().toList());
      assertFalse(nodes.isEmpty());
    }
    assertTrue(nodes.stream().noneMatch(ProcessHandle::isAlive), "a node outlives its cluster");
    assertEquals(
        "rwx------",
        java.nio.file.attribute.PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("node-1/data"))));
    try (LocalCluster local = new LocalCluster(options).awaitReady()) {
      assertEquals("v", RedisCli.run(port, "GET", "k"));
      assertTrue(local.output().contains("redis-cli -p " + port));
    }
  }

  private static Ended launch(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("deploy/bin/cartwheel"));
    command.addAll(Arrays.asList(words));
    Process process =
        new ProcessBuilder(command)
            .directory(LocalCluster.CHECKOUT.toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
