package io.cartwheel.server;

import java.nio.file.Path;
import java.util.List;

/** {@code cartwheel server}: runs one node until SIGTERM or Ctrl-C. */
final class ServerCommand {
  private static final String USAGE =
      """
      usage: cartwheel server [--config FILE] [-Dkey=value ...]
        --config      settings in HOCON; deploy/conf/cartwheel.conf explains them all
        -Dkey=value   one setting, as -Dcartwheel.resp.port=7001; wins over the environment (CARTWHEEL_RESP_PORT),
                      which wins over the file
      SIGTERM or Ctrl-C stops the node cleanly.""";

  private ServerCommand() {}

  static int run(List<String> args) {
    SettingSources sources = new SettingSources();
    String file = "";
    for (int i = 0; i < args.size(); i++) {
      String word = args.get(i);
      if (word.equals("--help") || word.equals("-h")) {
        System.out.println(USAGE);
        return 0;
      } else if (word.equals("--config")) {
        i++;
        if (i == args.size()) {
          throw UserError.usage("option --config has no value");
        }
        file = args.get(i);
      } else if (!word.startsWith("-D")) {
        throw UserError.usage("option '" + word + "'; allowed: --config FILE, -Dkey=value, --help");
      }
    }
    if (!file.isEmpty()) {
      sources.addFile(Path.of(file));
    }
    sources.addEnvironment(System.getenv());
    for (String word : args) {
      if (word.startsWith("-D")) {
        sources.addOverride(word.substring(2));
      }
    }
    Server server = Server.start(new Settings(sources.texts()), file);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    return 0;
  }
}
