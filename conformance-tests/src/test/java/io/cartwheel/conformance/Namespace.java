package io.cartwheel.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Another machine, as far as the network can tell: a network namespace of Linux with an address of
 * its own, from which this machine is {@link #OUR_ADDRESS}.
 */
final class Namespace implements AutoCloseable {
  static final String OUR_ADDRESS = "10.213.77.1";
  private static final String THEIR_ADDRESS = "10.213.77.2";
  private static final String NAME = "cartwheel-test";

  private Namespace() {}

  /** Null where this user or system cannot make one. */
  static Namespace create() {
    Namespace namespace = new Namespace();
    namespace.close();
    boolean made =
        run("ip", "netns", "add", NAME).succeeded
            && run("ip", "link", "add", "cwtest0", "type", "veth", "peer", "name", "cwtest1")
                .succeeded
            && run("ip", "link", "set", "cwtest1", "netns", NAME).succeeded
            && run("ip", "addr", "add", OUR_ADDRESS + "/24", "dev", "cwtest0").succeeded
            && run("ip", "link", "set", "cwtest0", "up").succeeded
            && inside("ip", "addr", "add", THEIR_ADDRESS + "/24", "dev", "cwtest1").succeeded
            && inside("ip", "link", "set", "cwtest1", "up").succeeded;
    if (!made) {
      namespace.close();
      return null;
    }
    return namespace;
  }

  /** What redis-cli prints there. */
  String redisCli(String host, int port, String... words) {
    List<String> command =
        new ArrayList<>(List.of("redis-cli", "-h", host, "-p", Integer.toString(port)));
    command.addAll(List.of(words));
    return inside(command.toArray(String[]::new)).output.strip();
  }

  @Override
  public void close() {
    run("ip", "link", "del", "cwtest0");
    run("ip", "netns", "del", NAME);
  }

  private record Ran(boolean succeeded, String output) {}

  private static Ran inside(String... words) {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", NAME));
    command.addAll(List.of(words));
    return run(command.toArray(String[]::new));
  }

  private static Ran run(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ran(process.waitFor() == 0, output);
    } catch (IOException e) {
      return new Ran(false, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Ran(false, e.toString());
    }
  }
}
