package io.cartwheel.server;

import java.util.Arrays;
import java.util.List;

/** The commands of the process. Errors of users are one line on standard error and an exit code. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    int code;
    try {
      code = run(Arrays.asList(args));
    } catch (UserError e) {
      System.err.println("cartwheel: " + e.getMessage());
      code = e.exitCode();
    }
    // Not System.exit: a server that runs ends by its own.
    if (code != 0) {
      System.exit(code);
    }
  }

  private static int run(List<String> args) {
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    switch (args.isEmpty() ? "" : args.get(0)) {
      case "server":
        return ServerCommand.run(rest);
      case "local":
        return LocalCommand.run(rest);
      case "ring":
        return RingCommand.run(rest);
      case "--version":
        System.out.println("cartwheel " + Version.current());
        return 0;
      default:
        throw UserError.usage(
            "unknown command " + args + "; allowed: server, local, ring, --version");
    }
  }
}
