package io.cartwheel.resp.command.cluster;

import io.cartwheel.cluster.ring.Position;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandSpec.Order;
import io.cartwheel.resp.command.Handler;
import io.cartwheel.resp.command.quorum.Failures;
import io.cartwheel.resp.command.quorum.Help;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Walk;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** CLUSTER, READONLY, READWRITE. */
public final class ClusterCommands {
  private static final String NONDETERMINISTIC = "nondeterministic_output";

  /** What changes a Redis Cluster, or tells of replicas; here others do. */
  private static final List<String> UNSUPPORTED =
      List.of(
          "addslots",
          "addslotsrange",
          "bumpepoch",
          "count-failure-reports",
          "delslots",
          "delslotsrange",
          "failover",
          "flushslots",
          "forget",
          "links",
          "meet",
          "replicas",
          "replicate",
          "reset",
          "saveconfig",
          "set-config-epoch",
          "setslot",
          "slaves");

  private ClusterCommands() {}

  public static List<CommandSpec> specs() {
    return List.of(
        CommandSpec.command("cluster", -2)
            .group("cluster")
            .since("3.0.0")
            .arguments("subcommand [argument ...]")
            .subcommands(subcommands())
            .build("Tells of the ring in Redis Cluster's words.", null),
        CommandSpec.command("readonly", 1)
            .flags("loading", "stale", "fast")
            .acl("connection")
            .group("cluster")
            .since("3.0.0")
            .build(
                "Accepted and without effect: every node answers reads of every key.",
                call -> call.reply(Reply.OK)),
        CommandSpec.command("readwrite", 1)
            .flags("loading", "stale", "fast")
            .acl("connection")
            .group("cluster")
            .since("3.0.0")
            .build(
                "Accepted and without effect: every node answers reads of every key.",
                call -> call.reply(Reply.OK)));
  }

  private static List<CommandSpec> subcommands() {
    List<CommandSpec> all = new ArrayList<>();
    all.add(
        cluster("slots", 2, "3.0.0")
            .tips(NONDETERMINISTIC)
            .complexity("O(N), N the number of partitions")
            .build(
                "Answers runs of slots with their owners, the reachable ones first.",
                ClusterCommands::slots));
    all.add(
        cluster("shards", 2, "7.0.0")
            .tips(NONDETERMINISTIC)
            .complexity("O(N), N the number of partitions")
            .build("Answers each member with the slots it heads.", ClusterCommands::shards));
    all.add(
        cluster("nodes", 2, "3.0.0")
            .tips(NONDETERMINISTIC)
            .complexity("O(N), N the number of partitions")
            .build("Answers a line for each member.", ClusterCommands::nodes));
    all.add(
        cluster("info", 2, "3.0.0")
            .tips(NONDETERMINISTIC)
            .complexity("O(N), N the number of partitions")
            .build(
                "Answers the state of the cluster as this node sees it.", ClusterCommands::info));
    all.add(
        cluster("myid", 2, "3.0.0")
            .build("Answers the id of the node spoken to.", ClusterCommands::myId));
    all.add(
        cluster("keyslot", 3, "3.0.0")
            .complexity("O(N), N the length of the key")
            .arguments("key")
            .build(
                "Answers the hash slot of a key.",
                call -> call.reply(Reply.integer(Position.slotOf(call.arg(2))))));
    all.add(
        cluster("countkeysinslot", 3, "3.0.0")
            .order(Order.ALL)
            .complexity("O(N), N the number of keys in the slot")
            .arguments("slot")
            .build(
                "Counts the keys of a slot.",
                ReplyException.handler(ClusterCommands::countKeysInSlot)));
    all.add(
        cluster("getkeysinslot", 4, "3.0.0")
            .order(Order.ALL)
            .tips(NONDETERMINISTIC)
            .complexity("O(N), N the number of keys asked for")
            .arguments("slot count")
            .build(
                "Answers keys of a slot.", ReplyException.handler(ClusterCommands::getKeysInSlot)));
    all.add(help());
    for (String name : UNSUPPORTED) {
      all.add(
          CommandSpec.subcommand("cluster", name, -2)
              .flags("admin", "stale")
              .group("cluster")
              .since("3.0.0")
              .build("Not supported: the ring is changed by other means.", unsupported(name)));
    }
    return all;
  }

  private static CommandSpec.Builder cluster(String name, int arity, String since) {
    return CommandSpec.subcommand("cluster", name, arity)
        .flags("stale")
        .group("cluster")
        .since(since);
  }

  private static CommandSpec help() {
    return CommandSpec.subcommand("cluster", "help", 2)
        .flags("loading", "stale")
        .group("cluster")
        .since("5.0.0")
        .build(
            "Tells which subcommands there are.",
            Help.of(
                "CLUSTER",
                "COUNTKEYSINSLOT <slot>",
                "Count the keys of a slot.",
                "GETKEYSINSLOT <slot> <count>",
                "List up to so many keys of a slot.",
                "INFO",
                "Show the state of the cluster as this node sees it.",
                "KEYSLOT <key>",
                "Show the hash slot of a key.",
                "MYID",
                "Show the id of this node.",
                "NODES",
                "Show a line for each member; each is a master of the slots it heads.",
                "SHARDS",
                "Show each member with the slots it heads.",
                "SLOTS",
                "Show runs of slots with their owners, the reachable ones first."));
  }

  private static Handler unsupported(String name) {
    Reply error =
        Reply.err(
            "CLUSTER "
                + name.toUpperCase(Locale.ROOT)
                + " is not supported: every node is a peer and serves every key, see RING NODES");
    return call -> call.reply(error);
  }

  private static void slots(Call call) {
    List<Reply> runs = new ArrayList<>();
    for (ClusterMap.Run run : map(call).runs()) {
      List<Reply> items = new ArrayList<>();
      items.add(Reply.integer(run.firstSlot()));
      items.add(Reply.integer(run.lastSlot()));
      for (ClusterMap.Node owner : run.owners()) {
        items.add(
            new Reply.Array(
                List.of(
                    Reply.bulk(owner.host()),
                    Reply.integer(owner.port()),
                    Reply.bulk(owner.id()),
                    new Reply.Map(List.of()))));
      }
      runs.add(new Reply.Array(items));
    }
    call.reply(new Reply.Array(runs));
  }

  private static void shards(Call call) {
    ClusterMap map = map(call);
    List<Reply> shards = new ArrayList<>();
    for (ClusterMap.Node node : map.nodes()) {
      List<Reply> slots = new ArrayList<>();
      for (ClusterMap.Run run : map.headedBy(node)) {
        slots.add(Reply.integer(run.firstSlot()));
        slots.add(Reply.integer(run.lastSlot()));
      }
      Reply description =
          new Reply.Map(
              List.of(
                  Reply.bulk("id"),
                  Reply.bulk(node.id()),
                  Reply.bulk("port"),
                  Reply.integer(node.port()),
                  Reply.bulk("ip"),
                  Reply.bulk(node.host()),
                  Reply.bulk("endpoint"),
                  Reply.bulk(node.host()),
                  Reply.bulk("role"),
                  Reply.bulk("master"),
                  Reply.bulk("replication-offset"),
                  Reply.ZERO,
                  Reply.bulk("health"),
                  Reply.bulk(node.reachable() ? "online" : "fail")));
      shards.add(
          new Reply.Map(
              List.of(
                  Reply.bulk("slots"),
                  new Reply.Array(slots),
                  Reply.bulk("nodes"),
                  new Reply.Array(List.of(description)))));
    }
    call.reply(new Reply.Array(shards));
  }

  private static void nodes(Call call) {
    ClusterMap map = map(call);
    StringBuilder text = new StringBuilder();
    for (ClusterMap.Node node : map.nodes()) {
      text.append(node.id())
          .append(' ')
          .append(node.host())
          .append(':')
          .append(node.port())
          .append('@')
          .append(node.peerPort())
          .append(node.myself() ? " myself,master" : " master")
          .append(node.reachable() ? "" : ",fail")
          .append(" - 0 0 ")
          .append(map.epoch())
          .append(node.reachable() ? " connected" : " disconnected");
      for (ClusterMap.Run run : map.headedBy(node)) {
        text.append(' ').append(run.firstSlot());
        if (run.lastSlot() != run.firstSlot()) {
          text.append('-').append(run.lastSlot());
        }
      }
      text.append('\n');
    }
    call.reply(new Reply.Verbatim(text.toString()));
  }

  private static void info(Call call) {
    ClusterMap map = map(call);
    int assigned = 0;
    int unserved = 0;
    for (ClusterMap.Run run : map.runs()) {
      int slots = run.lastSlot() - run.firstSlot() + 1;
      assigned += slots;
      unserved += run.owners().stream().anyMatch(ClusterMap.Node::reachable) ? 0 : slots;
    }
    long heads = map.nodes().stream().filter(node -> !map.headedBy(node).isEmpty()).count();
    String text =
        String.join(
            "\r\n",
            "cluster_state:" + (map.hasTable() ? "ok" : "fail"),
            "cluster_slots_assigned:" + assigned,
            "cluster_slots_ok:" + (assigned - unserved),
            "cluster_slots_pfail:0",
            "cluster_slots_fail:" + unserved,
            "cluster_known_nodes:" + map.nodes().size(),
            "cluster_size:" + heads,
            "cluster_current_epoch:" + map.epoch(),
            "cluster_my_epoch:" + map.epoch(),
            "cluster_stats_messages_sent:0",
            "cluster_stats_messages_received:0",
            "total_cluster_links_buffer_limit_exceeded:0",
            "");
    call.reply(new Reply.Verbatim(text));
  }

  private static void myId(Call call) {
    var ring = call.services().ring();
    call.reply(Reply.bulk(ClusterMap.idOf(ring.clusterName(), ring.self())));
  }

  private static void countKeysInSlot(Call call) throws ReplyException {
    long slot = Options.integer(call.arg(2));
    if (slot < 0 || slot >= Position.SLOTS) {
      throw new ReplyException(Reply.err("Invalid slot"));
    }
    AtomicLong count = new AtomicLong();
    Walk.gather(
        call.services().coordinator(),
        firstPosition(slot),
        firstPosition(slot + 1),
        Long.MAX_VALUE,
        key -> {
          count.incrementAndGet();
          return false;
        },
        (none, failure) ->
            call.reply(failure == null ? Reply.integer(count.get()) : Failures.reply(failure)));
  }

  private static void getKeysInSlot(Call call) throws ReplyException {
    long slot = Options.integer(call.arg(2));
    long atMost = Options.integer(call.arg(3));
    if (slot < 0 || slot >= Position.SLOTS || atMost < 0) {
      throw new ReplyException(Reply.err("Invalid slot or number of keys"));
    }
    Walk.gather(
        call.services().coordinator(),
        firstPosition(slot),
        firstPosition(slot + 1),
        atMost,
        key -> true,
        (keys, failure) ->
            call.reply(
                failure == null
                    ? new Reply.Array(keys.stream().map(Reply::bulk).toList())
                    : Failures.reply(failure)));
  }

  /** 0, the end of the ring, for the slot after the last. */
  private static long firstPosition(long slot) {
    return slot << (Long.SIZE - Position.SLOT_BITS);
  }

  private static ClusterMap map(Call call) {
    return new ClusterMap(call.services().ring());
  }
}
