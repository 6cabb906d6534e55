package io.cartwheel.resp.command.server;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.Reply;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** INFO: sections of {@code name:value} lines, Redis's and ours. */
final class InfoCommand {
  private static final List<String> DEFAULT =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "errorstats",
          "cluster",
          "ring",
          "keyspace");

  private static final List<String> ALL =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "commandstats",
          "errorstats",
          "latencystats",
          "cluster",
          "ring",
          "keyspace");

  private InfoCommand() {}

  static List<CommandSpec> specs() {
    return List.of(
        CommandSpec.command("info", -1)
            .flags("loading", "stale")
            .acl("dangerous")
            .group("server")
            .since("1.0.0")
            .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
            .complexity("O(N), N the number of metrics")
            .arguments("[section [section ...]]")
            .build("Tells of this node and its ring, in sections.", InfoCommand::info));
  }

  private static void info(Call call) {
    Set<String> wanted = wanted(call);
    if (!wanted.contains("keyspace") || call.services().ring().table() == null) {
      call.reply(render(call, wanted, 0));
      return;
    }
    call.services()
        .coordinator()
        .count(
            result ->
                call.reply(render(call, wanted, result.failure() == null ? result.live() : 0)));
  }

  private static Set<String> wanted(Call call) {
    Set<String> named = new LinkedHashSet<>();
    if (call.argc() == 1) {
      named.addAll(DEFAULT);
    }
    for (int i = 1; i < call.argc(); i++) {
      String word = Words.text(call.arg(i)).toLowerCase(Locale.ROOT);
      switch (word) {
        case "default" -> named.addAll(DEFAULT);
        case "all", "everything" -> named.addAll(ALL);
        default -> named.add(word);
      }
    }
    Set<String> inOrder = new LinkedHashSet<>(ALL);
    inOrder.retainAll(named);
    return inOrder;
  }

  private static Reply render(Call call, Set<String> wanted, long keys) {
    InfoSections sections = new InfoSections(call.services(), keys);
    return new Reply.Verbatim(
        wanted.stream().map(sections::render).collect(Collectors.joining("\r\n")));
  }
}
