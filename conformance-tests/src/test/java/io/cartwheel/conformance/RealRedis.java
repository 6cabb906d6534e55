package io.cartwheel.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A {@code redis-server} on loopback, without persistence, to compare with. */
final class RealRedis implements AutoCloseable {
  private final int port = TestCluster.freePorts(1).get(0);
  private final Process process;

  private RealRedis(Path directory) throws IOException {
    process =
        new ProcessBuilder(
                "redis-server",
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                directory.toString())
            .redirectOutput(directory.resolve("redis.log").toFile())
            .redirectErrorStream(true)
            .start();
  }

  static boolean isInstalled() {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, "redis-server"))) {
        return true;
      }
    }
    return false;
  }

  static RealRedis start(Path directory) {
    try {
      RealRedis redis = new RealRedis(directory);
      Await.until(
          "redis-server serves",
          20_000,
          () -> {
            try (RawClient client = new RawClient(redis.port)) {
              return client.ask("PING").equals("+PONG");
            }
          });
      return redis;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
