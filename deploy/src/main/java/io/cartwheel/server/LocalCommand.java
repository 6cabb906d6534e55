package io.cartwheel.server;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** {@code cartwheel local}: a cluster of several processes on this machine, for trying it out. */
final class LocalCommand {
  private static final String USAGE =
      """
      usage: cartwheel local [--nodes 3] [--port 7001] [--dir DIR]
        --nodes  how many nodes, 1 to 9
        --port   port of the first node; the others follow, and each uses its port + 10000 for its peers
        --dir    directory of data and logs; .cartwheel/local in the checkout where not given
      Ctrl-C or SIGTERM stops all nodes; once the last has ended by itself, so does this.""";

  private static final int MAX_NODES = 9;

  /** Above it a port + 10000 would not be one. */
  private static final int MAX_PORT = 55_535;

  private final int nodes;
  private final int port;
  private final Path directory;
  private final List<LocalNode> started = new ArrayList<>();
  private volatile boolean stopping;

  private LocalCommand(int nodes, int port, Path directory) {
    this.nodes = nodes;
    this.port = port;
    this.directory = directory;
  }

  static int run(List<String> args) {
    int nodes = 3;
    int port = 7001;
    Path directory = Path.of(System.getProperty("cartwheel-home", "."), ".cartwheel", "local");
    for (int i = 0; i < args.size(); i += 2) {
      String option = args.get(i);
      if (option.equals("--help") || option.equals("-h")) {
        System.out.println(USAGE);
        return 0;
      }
      if (!List.of("--nodes", "--port", "--dir").contains(option)) {
        throw UserError.usage(
            "option '" + option + "'; allowed: --nodes N, --port PORT, --dir DIR, --help");
      }
      if (i + 1 == args.size()) {
        throw UserError.usage("option " + option + " has no value");
      }
      String value = args.get(i + 1);
      switch (option) {
        case "--nodes":
          nodes = Options.number(option, value, 1, MAX_NODES);
          break;
        case "--port":
          port = Options.port(option, value);
          break;
        default:
          directory = Path.of(value);
      }
    }
    if (port + nodes - 1 > MAX_PORT) {
      throw UserError.usage(
          "option --port is '"
              + port
              + "'; allowed: up to "
              + (MAX_PORT - nodes + 1)
              + ", because each node also uses its"
              + " port + 10000");
    }
    return new LocalCommand(nodes, port, directory.toAbsolutePath().normalize()).run();
  }

  private int run() {
    prepare();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
    System.out.println(
        "starting "
            + nodes
            + (nodes == 1 ? " node" : " nodes")
            + ", data and logs in "
            + directory);
    for (int i = 0; i < nodes; i++) {
      LocalNode node = new LocalNode(i + 1, port + i, directory.resolve("node-" + (i + 1)));
      node.start(seeds());
      started.add(node);
    }
    for (LocalNode node : started) {
      node.awaitServing();
    }
    report();
    CountDownLatch left = new CountDownLatch(nodes);
    for (LocalNode node : started) {
      node.process()
          .onExit()
          .thenAccept(
              process -> {
                sayDied(node, process);
                left.countDown();
              });
    }
    awaitEnd(left);
    if (!stopping) {
      throw new UserError(
          UserError.OTHER,
          "all nodes have ended, so this does, too; their logs say why: "
              + directory.resolve("node-*").resolve(started.get(0).log().getFileName()));
    }
    return 0;
  }

  private void prepare() {
    for (int i = 0; i < nodes; i++) {
      requireFree(port + i);
      requireFree(port + i + 10_000);
    }
    Path shape = directory.resolve("cluster");
    String mine = "nodes=" + nodes + " port=" + port;
    try {
      Files.createDirectories(directory);
      if (Files.exists(shape)) {
        String theirs = Files.readString(shape).trim();
        if (!theirs.equals(mine)) {
          throw UserError.usage(
              "directory '"
                  + directory
                  + "' holds a cluster with "
                  + theirs
                  + ", not "
                  + mine
                  + "; give the same options, or another --dir");
        }
      } else {
        Files.writeString(shape, mine + "\n");
      }
    } catch (IOException e) {
      throw new UserError(UserError.OTHER, "directory '" + directory + "' cannot be used: " + e);
    }
  }

  private static void requireFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UserError(
          UserError.OTHER,
          "port " + port + " is in use; stop what uses it, or choose other ports with --port");
    }
  }

  private List<String> seeds() {
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      seeds.add("127.0.0.1:" + (port + i + 10_000));
    }
    return seeds;
  }

  private void report() {
    for (LocalNode node : started) {
      System.out.println();
      System.out.println(
          "node " + node.number() + ": port " + node.port() + ", pid " + node.process().pid());
      System.out.println("  log    " + node.log());
      System.out.println("  again  " + node.commandLine());
    }
    System.out.println();
    System.out.println("connect to any node:  redis-cli -p " + port);
    if (!onPath("redis-cli")) {
      System.out.println(
          "redis-cli is not installed; get it with: sudo apt-get install -y redis-tools");
    }
    System.out.println("Ctrl-C stops all nodes.");
    System.out.flush();
  }

  private void sayDied(LocalNode node, Process process) {
    if (!stopping) {
      System.out.println(
          "node "
              + node.number()
              + " (port "
              + node.port()
              + ", pid "
              + process.pid()
              + ") has ended with code "
              + process.exitValue()
              + "; start it again: "
              + node.commandLine());
      System.out.flush();
    }
  }

  private void stop() {
    stopping = true;
    started.forEach(node -> node.process().destroy());
    started.forEach(LocalNode::awaitEnd);
  }

  private static void awaitEnd(CountDownLatch left) {
    try {
      left.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean onPath(String program) {
    for (String part : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!part.isEmpty() && Files.isExecutable(Path.of(part, program))) {
        return true;
      }
    }
    return false;
  }
}
