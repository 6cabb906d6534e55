package io.cartwheel.resp.command.server;

import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Failures;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** All commands on the whole; here DBSIZE, FLUSHALL, FLUSHDB. */
public final class ServerCommands {
  private ServerCommands() {}

  public static List<CommandSpec> specs() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ownSpecs());
    all.addAll(ConfigCommands.specs());
    all.addAll(InfoCommand.specs());
    return all;
  }

  private static List<CommandSpec> ownSpecs() {
    return List.of(
        CommandSpec.command("dbsize", 1)
            .flags("readonly", "fast")
            .acl("keyspace")
            .order(Order.ALL)
            .tips("request_policy:all_shards", "response_policy:agg_sum")
            .group("server")
            .since("1.0.0")
            .complexity("O(N), N the number of partitions")
            .build("Counts the keys of the whole cluster.", ServerCommands::dbsize),
        flush("flushall", "Deletes all keys of the whole cluster."),
        flush("flushdb", "The same as FLUSHALL: there is one database."));
  }

  private static CommandSpec flush(String name, String summary) {
    return CommandSpec.command(name, -1)
        .flags("write")
        .acl("keyspace", "dangerous")
        .order(Order.ALL)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .group("server")
        .since("1.0.0")
        .complexity("O(N), N the number of keys")
        .arguments("[ASYNC | SYNC]")
        .build(summary, ReplyException.handler(ServerCommands::flush));
  }

  private static void dbsize(Call call) {
    call.services()
        .coordinator()
        .count(
            result ->
                call.reply(
                    result.failure() == null
                        ? Reply.integer(result.live())
                        : Failures.reply(result.failure())));
  }

  private static void flush(Call call) throws ReplyException {
    boolean valid =
        call.argc() == 1
            || (call.argc() == 2
                && (Words.is(call.arg(1), "ASYNC") || Words.is(call.arg(1), "SYNC")));
    if (!valid) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    RingView ring = call.services().ring();
    PartitionTable table = ring.table();
    if (table == null) {
      throw new ReplyException(Failures.notReady(ring.notReadyReason()));
    }
    Flush.run(call.services().coordinator(), table.partitions(), call::reply);
  }
}
