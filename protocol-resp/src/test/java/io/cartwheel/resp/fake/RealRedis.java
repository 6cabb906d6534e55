package io.cartwheel.resp.fake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A {@code redis-server} of its own on a free port of the loopback, without persistence. */
public final class RealRedis implements AutoCloseable {
  private static final long START_SECONDS = 10;

  private final Process process;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RealRedis(Process process, Socket socket) throws IOException {
    this.process = process;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  public static boolean isInstalled() {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, "redis-server"))) {
        return true;
      }
    }
    return false;
  }

  public static RealRedis start(Path directory) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process process =
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
            .redirectOutput(directory.resolve("redis.log").toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return new RealRedis(process, socket);
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          process.destroyForcibly();
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getRemoteSocketAddress();
  }

  /** The reply's bytes, one char for each. */
  public String run(String... words) throws IOException {
    ByteArrayOutputStream command = new ByteArrayOutputStream();
    command.writeBytes(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      command.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(ISO_8859_1));
    }
    out.write(command.toByteArray());
    out.flush();
    StringBuilder reply = new StringBuilder();
    read(reply);
    return reply.toString();
  }

  /** What the server answers, as a tree: strings, and lists for aggregates. */
  private void read(StringBuilder reply) throws IOException {
    String line = line();
    reply.append(line).append("\r\n");
    char type = line.charAt(0);
    if (type == '$' || type == '=') {
      int length = Integer.parseInt(line.substring(1));
      if (length >= 0) {
        reply.append(new String(in.readNBytes(length + 2), ISO_8859_1));
      }
    } else if (type == '*' || type == '~' || type == '%') {
      int items = Integer.parseInt(line.substring(1)) * (type == '%' ? 2 : 1);
      for (int i = 0; i < items; i++) {
        read(reply);
      }
    }
  }

  private String line() throws IOException {
    List<Integer> bytes = new ArrayList<>();
    for (int b = in.read(); b != '\r'; b = in.read()) {
      if (b < 0) {
        throw new IOException("redis-server closed the connection");
      }
      bytes.add(b);
    }
    in.read();
    StringBuilder line = new StringBuilder();
    bytes.forEach(b -> line.append((char) (int) b));
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
    process.destroy();
    try {
      if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
