package io.cartwheel.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code deploy/bin/cartwheel local} as a user starts it, in another directory and on other ports.
 */
final class LocalCluster implements AutoCloseable {
  static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();

  private final Process process;
  private final List<String> lines = new ArrayList<>();

  LocalCluster(List<String> options) {
    List<String> command = new ArrayList<>(List.of("deploy/bin/cartwheel", "local"));
    command.addAll(options);
    try {
      process =
          new ProcessBuilder(command)
              .directory(CHECKOUT.toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread reader = new Thread(this::read, "local output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Returns once it has said how to connect. */
  LocalCluster awaitReady() {
    awaitLine("Ctrl-C stops all nodes.");
    return this;
  }

  void awaitLine(String part) {
    Await.until(
        "'" + part + "' is printed",
        120_000,
        () -> {
          if (!process.isAlive() && !output().contains(part)) {
            throw new IllegalStateException("ended with " + process.exitValue() + ": " + output());
          }
          return output().contains(part);
        });
  }

  String output() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  Process process() {
    return process;
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (lines) {
          lines.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM; all nodes that it started end with it. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("cartwheel local did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
