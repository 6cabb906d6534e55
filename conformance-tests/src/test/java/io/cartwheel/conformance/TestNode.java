package io.cartwheel.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One node: a process that can be killed, stopped, paused and started again over the same data. */
final class TestNode {
  private static final Path LIB = Path.of("..", "deploy", "target", "lib");

  private final int port;
  private final Path dataDirectory;
  private final Path log;
  private final List<String> settings;
  private final List<String> jvmOptions = new ArrayList<>();
  private Process process;
  private boolean endWasSeen;

  TestNode(int port, Path dataDirectory, List<String> settings) {
    this.port = port;
    this.dataDirectory = dataDirectory;
    this.log = Path.of(dataDirectory + ".log");
    this.settings = new ArrayList<>(settings);
  }

  /** Further settings from the next start on; the later of two wins. */
  TestNode with(String... more) {
    settings.addAll(List.of(more));
    return this;
  }

  /** A further option of the JVM from the next start on. */
  TestNode withJvmOption(String option) {
    jvmOptions.add(option);
    return this;
  }

  int port() {
    return port;
  }

  Path dataDirectory() {
    return dataDirectory;
  }

  Process process() {
    return process;
  }

  /** Starts the process; does not wait until it serves. */
  TestNode start() {
    endWasSeen = false;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError"));
    command.add(ClassArchive.option());
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", LIB + "/*", "io.cartwheel.server.Main", "server"));
    settings.forEach(setting -> command.add("-D" + setting));
    try {
      process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Returns once the node answers and its ring is there. */
  TestNode awaitServing() {
    Await.until(
        "node " + port + " serves",
        60_000,
        () -> {
          if (!process.isAlive()) {
            fail("node " + port + " ended with " + process.exitValue() + "\n" + log());
          }
          try (RawClient client = new RawClient(port)) {
            String password = setting("cartwheel.requirepass=");
            if (!password.isEmpty()) {
              client.call("AUTH", password);
            }
            return client.call("CLUSTER", "INFO").contains("cluster_state:ok");
          } catch (IOException e) {
            return false;
          }
        });
    return this;
  }

  private String setting(String assignment) {
    String found = "";
    for (String setting : settings) {
      found = setting.startsWith(assignment) ? setting.substring(assignment.length()) : found;
    }
    return found;
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
    int code = awaitEnd();
    assertTrue(code == 137, "node " + port + " ended by itself with " + code + "\n" + log());
  }

  /** The node has ended, and what is in its data directory is gone. */
  void deleteData() {
    try (var files = Files.walk(dataDirectory)) {
      for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins to end the process; does not wait. */
  void destroy() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  /** SIGTERM, and waits for a clean end. */
  int stop() {
    process.destroy();
    return awaitEnd();
  }

  /** SIGSTOP. */
  void pause() {
    signal("STOP");
  }

  /** SIGCONT. */
  void resume() {
    signal("CONT");
  }

  String log() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the process is gone though no test ended it. */
  boolean hasEndedByItself() {
    return process != null && !process.isAlive() && !endWasSeen;
  }

  /** Prints the log of a process that has ended though no test ended it. */
  void reportOwnEnd() {
    if (hasEndedByItself()) {
      System.out.println("node " + port + " has ended with " + process.exitValue() + "\n" + log());
    }
  }

  /** Ends the process, if it runs, paused or not. */
  void end() {
    if (process != null && process.isAlive()) {
      kill();
    }
  }

  /** Waits until the process has ended, and returns its exit code. */
  int awaitEnd() {
    try {
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "node " + port + " has not ended");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail("interrupted");
    }
    endWasSeen = true;
    return process.exitValue();
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
      assertTrue(code == 0, "kill -" + name + " ended with " + code);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail("interrupted");
    }
  }
}
