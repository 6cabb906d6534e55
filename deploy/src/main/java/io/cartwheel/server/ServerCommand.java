package io.cartwheel.server;

import java.util.List;

/** {@code cartwheel server}: runs one node. */
final class ServerCommand {
  private ServerCommand() {}

  static int run(List<String> args) {
    throw UserError.usage("not yet " + args);
  }
}
