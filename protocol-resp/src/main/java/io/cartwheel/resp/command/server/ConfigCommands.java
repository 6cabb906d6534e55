package io.cartwheel.resp.command.server;

import com.codahale.metrics.Counter;
import io.cartwheel.cluster.reap.ReapMetrics;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.GlobPattern;
import io.cartwheel.resp.command.ServerConfig;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Help;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** CONFIG: the settings of the node spoken to. */
final class ConfigCommands {
  private ConfigCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        CommandSpec.command("config", -2)
            .group("server")
            .since("2.0.0")
            .arguments("subcommand [argument ...]")
            .subcommands(
                List.of(
                    config("get", -3)
                        .complexity("O(N), N the number of settings")
                        .arguments("pattern [pattern ...]")
                        .build("Shows settings; never a secret.", ConfigCommands::get),
                    config("set", -4)
                        .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                        .complexity("O(N), N the number of settings given")
                        .arguments("setting value [setting value ...]")
                        .build(
                            "Changes settings of this node until it stops, all of them or none.",
                            ReplyException.handler(ConfigCommands::set)),
                    config("resetstat", 2)
                        .build(
                            "Sets the statistics of INFO back to zero.",
                            ConfigCommands::resetStatistics),
                    config("rewrite", 2)
                        .since("2.8.0")
                        .build(
                            "Not supported: settings are changed in the file that holds them.",
                            call ->
                                call.reply(
                                    Reply.err(
                                        "CONFIG REWRITE is not supported: change the settings"
                                            + " file, it is read at the start"))),
                    CommandSpec.subcommand("config", "help", 2)
                        .flags("loading", "stale")
                        .group("server")
                        .since("5.0.0")
                        .build(
                            "Tells which subcommands there are.",
                            Help.of(
                                "CONFIG",
                                "GET <pattern>",
                                "Show the settings that match a pattern.",
                                "SET <setting> <value>",
                                "Change a setting of this node until it stops.",
                                "RESETSTAT",
                                "Set the statistics of INFO back to zero."))))
            .build("Shows and changes settings of this node.", null));
  }

  private static CommandSpec.Builder config(String name, int arity) {
    return CommandSpec.subcommand("config", name, arity)
        .flags("admin", "noscript", "loading", "stale")
        .group("server")
        .since("2.0.0");
  }

  private static void get(Call call) {
    List<GlobPattern> patterns = new ArrayList<>();
    for (int i = 2; i < call.argc(); i++) {
      patterns.add(new GlobPattern(call.arg(i), true));
    }
    List<Reply> pairs = new ArrayList<>();
    call.services()
        .config()
        .all()
        .forEach(
            (name, value) -> {
              if (patterns.stream().anyMatch(pattern -> pattern.matches(name))) {
                pairs.add(Reply.bulk(name));
                pairs.add(Reply.bulk(value));
              }
            });
    call.reply(new Reply.Map(pairs));
  }

  private static void set(Call call) throws ReplyException {
    if (call.argc() % 2 != 0) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    ServerConfig config = call.services().config();
    for (int i = 2; i < call.argc(); i += 2) {
      if (!config.knows(name(call, i))) {
        String given = Words.text(call.arg(i));
        throw new ReplyException(
            Reply.err("Unknown option or number of arguments for CONFIG SET - '" + given + "'"));
      }
    }
    Map<String, String> wanted = new LinkedHashMap<>();
    for (int i = 2; i < call.argc(); i += 2) {
      String name = name(call, i);
      String value = Words.text(call.arg(i + 1));
      String reason = config.immutable(name, value);
      if (reason != null) {
        throw failed(name, reason);
      }
      if (wanted.put(name, value) != null) {
        throw failed(name, "duplicate parameter");
      }
    }
    ServerConfig.Refusal refusal = config.set(wanted);
    if (refusal != null) {
      throw failed(refusal.name(), refusal.reason());
    }
    call.reply(Reply.OK);
  }

  private static String name(Call call, int index) {
    return Words.text(call.arg(index)).toLowerCase(Locale.ROOT);
  }

  private static ReplyException failed(String name, String reason) {
    return new ReplyException(
        Reply.err("CONFIG SET failed (possibly related to argument '" + name + "') - " + reason));
  }

  private static void resetStatistics(Call call) {
    call.services().frontMetrics().reset();
    Counter expired = call.services().metrics().counter(ReapMetrics.EXPIRED);
    expired.dec(expired.getCount());
    call.reply(Reply.OK);
  }
}
