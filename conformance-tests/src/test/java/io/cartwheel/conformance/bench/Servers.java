package io.cartwheel.conformance.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Processes that are measured, from their start to their end. */
final class Servers implements AutoCloseable {
  private static final Pattern NODE = Pattern.compile("node \\d+: port (\\d+), pid (\\d+)");
  private static final String READY = "Ctrl-C stops all nodes.";
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 60;

  private final Process launched;
  private final Path directory;
  private final List<Integer> ports = new ArrayList<>();
  private final List<ProcessHandle> processes = new ArrayList<>();

  private Servers(Process launched, Path directory) {
    this.launched = launched;
    this.directory = directory;
  }

  /** A cluster as a user starts it, in a directory that is gone afterwards. */
  static Servers cluster(Path launcher, int nodes, int port) throws IOException {
    Path directory = Files.createTempDirectory("cartwheel-bench");
    Process local =
        new ProcessBuilder(
                launcher.toString(),
                "local",
                "--nodes",
                Integer.toString(nodes),
                "--port",
                Integer.toString(port),
                "--dir",
                directory.resolve("cluster").toString())
            .redirectErrorStream(true)
            .start();
    Servers servers = new Servers(local, directory);
    StringBuilder output = new StringBuilder();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(local.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.append(line).append('\n');
      Matcher node = NODE.matcher(line);
      if (node.matches()) {
        servers.ports.add(Integer.valueOf(node.group(1)));
        servers.processes.add(ProcessHandle.of(Long.parseLong(node.group(2))).orElseThrow());
      }
      if (line.contains(READY)) {
        return servers;
      }
    }
    servers.close();
    throw new IOException("cartwheel local ended: " + output);
  }

  /** What somebody else has started, and will stop; its CPU time is not known. */
  static Servers running(List<Integer> ports) {
    Servers servers = new Servers(null, null);
    servers.ports.addAll(ports);
    return servers;
  }

  /** Redis, which keeps nothing on the disk. */
  static Servers redis(int port) throws IOException {
    Path directory = Files.createTempDirectory("cartwheel-bench");
    Process redis =
        new ProcessBuilder(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Servers servers = new Servers(redis, directory);
    servers.ports.add(port);
    servers.processes.add(redis.toHandle());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!isListening(port)) {
      if (!redis.isAlive() || System.nanoTime() > deadline) {
        servers.close();
        throw new IOException("redis-server does not listen on port " + port);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return servers;
  }

  private static boolean isListening(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  List<Integer> ports() {
    return ports;
  }

  /** CPU time that all of them have taken since their start, in microseconds. */
  long cpuMicros() {
    return processes.stream()
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .mapToLong(cpu -> TimeUnit.NANOSECONDS.toMicros(cpu.toNanos()))
        .sum();
  }

  @Override
  public void close() {
    if (launched == null) {
      return;
    }
    launched.destroy();
    try {
      if (!launched.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        launched.destroyForcibly();
      }
    } catch (InterruptedException e) {
      launched.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    processes.forEach(ProcessHandle::destroyForcibly);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
