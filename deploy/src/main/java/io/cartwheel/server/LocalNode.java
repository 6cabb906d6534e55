package io.cartwheel.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One process of a local cluster. */
final class LocalNode {
  private static final int START_MILLIS = 60_000;
  private static final int STOP_MILLIS = 15_000;
  private static final int PROBE_MILLIS = 1_000;

  /** Several nodes share this machine. */
  private static final List<String> JVM = List.of("-XX:+UseSerialGC", "-Xmx512m");

  /**
   * The optimizing compiler takes some 8 s of CPU time in the first minute of each node. Where it
   * has no core to itself, it takes them from the commands: the first 100,000 SETs of three nodes
   * on two cores went three times as fast without it, the later ones three quarters as fast.
   */
  private static final String QUICK_COMPILER = "-XX:TieredStopAtLevel=1";

  /** One for its commands, one for its compiler. */
  private static final int CORES_PER_NODE = 2;

  private final int number;
  private final int port;
  private final Path directory;
  private Process process;

  LocalNode(int number, int port, Path directory) {
    this.number = number;
    this.port = port;
    this.directory = directory;
  }

  int number() {
    return number;
  }

  int port() {
    return port;
  }

  Process process() {
    return process;
  }

  Path log() {
    return directory.resolve("node.log");
  }

  private Path settings() {
    return directory.resolve("cartwheel.conf");
  }

  /** What a user types to start this node again. */
  String commandLine() {
    return Path.of(System.getProperty("cartwheel-home", "."), "deploy", "bin", "cartwheel")
        + " server --config "
        + settings();
  }

  /**
   * Writes the node's settings, where there are none, and starts its process.
   *
   * @param seeds the peer addresses of all nodes of the cluster, which share this machine
   */
  void start(List<String> seeds) {
    try {
      Files.createDirectories(directory);
      if (!Files.exists(settings())) {
        Files.writeString(
            settings(),
            "cartwheel {\n  cluster { name = local, seeds = [\""
                + String.join("\", \"", seeds)
                + "\"] }\n"
                + "  node.data-dir = \""
                + directory.resolve("data")
                + "\"\n  resp.port = "
                + port
                + "\n}\n");
      }
      process =
          new ProcessBuilder(command(seeds.size()))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
    } catch (IOException e) {
      throw new UserError(UserError.OTHER, "node " + number + " cannot be started: " + e);
    }
  }

  /** Returns once the node serves; fails where it ends, or takes longer than a minute. */
  void awaitServing() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    while (!isServing()) {
      if (!process.isAlive()) {
        throw new UserError(
            UserError.OTHER, "node " + number + " ended at its start: " + lastLogLine());
      }
      if (System.nanoTime() > deadline) {
        throw new UserError(
            UserError.OTHER,
            "node " + number + " does not serve after " + START_MILLIS / 1000 + " s; see " + log());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /** Waits for the process to end after SIGTERM, and kills it when it takes too long. */
  void awaitEnd() {
    try {
      if (!process.waitFor(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private List<String> command(int nodes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    if (Runtime.getRuntime().availableProcessors() < nodes * CORES_PER_NODE) {
      command.add(QUICK_COMPILER);
    }
    command.addAll(
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(LocalNode::passesOn)
            .toList());
    String more = System.getenv("CARTWHEEL_JAVA_OPTS");
    if (more != null && !more.isBlank()) {
      command.addAll(Arrays.asList(more.trim().split("\\s+")));
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "server",
            "--config",
            settings().toString()));
    return command;
  }

  /**
   * This process' own heap and compiler are small; what else the launcher found right holds for the
   * nodes too.
   */
  private static boolean passesOn(String flag) {
    return !flag.startsWith("-Xm")
        && !flag.startsWith("-XX:+Use")
        && !flag.startsWith("-XX:Tiered");
  }

  private boolean isServing() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PROBE_MILLIS);
      socket.setSoTimeout(PROBE_MILLIS);
      socket.getOutputStream().write("CLUSTER INFO\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] start = socket.getInputStream().readNBytes(64);
      return new String(start, StandardCharsets.US_ASCII).contains("cluster_state:ok");
    } catch (IOException e) {
      return false;
    }
  }

  private String lastLogLine() {
    try {
      List<String> lines = Files.readAllLines(log());
      return lines.isEmpty() ? "no log" : lines.get(lines.size() - 1);
    } catch (IOException e) {
      return "no log: " + e;
    }
  }
}
