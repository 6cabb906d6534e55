package io.cartwheel.resp.command.ring;

import io.cartwheel.cluster.node.RingView;
import io.cartwheel.cluster.ring.Key;
import io.cartwheel.cluster.ring.Keyspace;
import io.cartwheel.cluster.ring.Member;
import io.cartwheel.cluster.ring.NodeName;
import io.cartwheel.cluster.ring.PartitionTable;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.quorum.Failures;
import io.cartwheel.resp.command.quorum.Help;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.protocol.Reply;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** RING NODES, RING PARTITIONS, RING WHERE, RING HINTS, RING SYNC, RING REPAIR. */
public final class RingCommands {
  static final Reply NO_MEMBER = new Reply.Error("ERR no member has this name, see RING NODES");

  private RingCommands() {}

  public static List<CommandSpec> specs() {
    return List.of(
        CommandSpec.command("ring", -2)
            .group("ring")
            .arguments(
                "NODES | PARTITIONS | WHERE key | HINTS [PAUSE | RESUME | DROP node [CONFIRM]]"
                    + " | SYNC | REPAIR [node] | HELP")
            .subcommands(
                List.of(
                    ring("nodes", 2)
                        .complexity("O(N), N the number of partitions")
                        .build("Shows a line for each member.", RingCommands::nodes),
                    ring("partitions", 2)
                        .complexity("O(N), N the number of partitions")
                        .build(
                            "Shows a line for each partition with its owners.",
                            ReplyException.handler(RingCommands::partitions)),
                    ring("where", 3)
                        .arguments("key")
                        .build(
                            "Shows where a key lives and how it is kept.",
                            ReplyException.handler(RingCommands::where)),
                    ring("hints", -2)
                        .arguments("[PAUSE | RESUME | DROP node CONFIRM]")
                        .complexity("O(N), N the number of hints")
                        .build(
                            "Shows what this node keeps for others, or steers its delivery.",
                            ReplyException.handler(HintsCommand::run)),
                    ring("sync", 2)
                        .complexity("O(N), N the number of members")
                        .build(
                            "Shows when this node was last compared with each other, and what that"
                                + " repaired.",
                            ReplyException.handler(SyncCommands::sync)),
                    ring("repair", -2)
                        .arguments("[node]")
                        .complexity("O(N), N the number of members; the comparison goes on after")
                        .build(
                            "Begins to compare this node's rows with another's, or all others'.",
                            ReplyException.handler(SyncCommands::repair)),
                    ring("help", 2)
                        .build(
                            "Tells which subcommands there are.",
                            Help.of(
                                "RING",
                                "NODES",
                                "Show each member: addresses, rack, weight, reachability.",
                                "PARTITIONS",
                                "Show each partition: slots, epoch, holder, owners.",
                                "WHERE <key>",
                                "Show the place of a key, its owners and fallbacks in order, and"
                                    + " the settings of its keyspace.",
                                "HINTS [PAUSE|RESUME|DROP <node> CONFIRM]",
                                "Show for each node what this one keeps for it; deliver nothing,"
                                    + " deliver again, or drop what is kept for a node.",
                                "SYNC",
                                "Show for each other node when this one was last compared with it"
                                    + " and what that repaired, and how many partitions of this"
                                    + " node may have missed a write.",
                                "REPAIR [<node>]",
                                "Compare this node's rows with another's, or all others', now;"
                                    + " SYNC shows how far it is."))))
            .build(
                "Tells of the ring: members, partitions, the place of a key; steers hints and"
                    + " repair.",
                null));
  }

  private static CommandSpec.Builder ring(String name, int arity) {
    return CommandSpec.subcommand("ring", name, arity).flags("loading", "stale").group("ring");
  }

  private static void nodes(Call call) {
    RingView ring = call.services().ring();
    PartitionTable table = ring.table();
    StringBuilder text = new StringBuilder();
    for (RingView.Peer peer : ring.members()) {
      Member member = peer.member();
      NodeName name = member.name();
      Line line =
          new Line(text)
              .pair("name", name)
              .pair("resp", member.respAddress())
              .pair("peer", member.peerAddress())
              .pair("rack", member.rack())
              .pair("weight", member.weight())
              .pair("reachable", yesOrNo(peer.reachable()))
              .pair("self", yesOrNo(name.equals(ring.self())));
      if (table != null) {
        line.pair("held", table.entries().stream().filter(e -> e.holder().equals(name)).count())
            .pair(
                "first",
                table.entries().stream().filter(e -> e.committed().get(0).equals(name)).count())
            .pair(
                "owned",
                table.entries().stream().filter(e -> e.committed().contains(name)).count());
      }
      line.end();
    }
    call.reply(new Reply.Verbatim(text.toString()));
  }

  private static void partitions(Call call) throws ReplyException {
    RingView ring = call.services().ring();
    PartitionTable table = requireTable(ring);
    Set<NodeName> reachable = reachable(ring);
    int width = Position.SLOTS / table.partitions();
    StringBuilder text = new StringBuilder();
    for (int p = 0; p < table.partitions(); p++) {
      PartitionTable.Entry entry = table.entry(p);
      Line line =
          new Line(text)
              .pair("partition", p)
              .pair("slots", p * width + "-" + ((p + 1) * width - 1))
              .pair("epoch", entry.epoch())
              .pair("holder", entry.holder())
              .pair("owners", names(entry.committed()))
              .pair(
                  "unreachable",
                  names(entry.committed().stream().filter(n -> !reachable.contains(n)).toList()));
      if (!entry.target().equals(entry.committed())) {
        line.pair("target", names(entry.target()));
      }
      line.end();
    }
    call.reply(new Reply.Verbatim(text.toString()));
  }

  private static void where(Call call) throws ReplyException {
    RingView ring = call.services().ring();
    PartitionTable table = requireTable(ring);
    Key key = new Key(call.arg(2));
    int partition = table.partitionOf(key);
    PartitionTable.Entry entry = table.entry(partition);
    Keyspace keyspace = call.services().coordinator().keyspaceOf(key.bytes());
    int committed = entry.committed().size();
    List<NodeName> preference = ring.preferenceList(key);
    List<NodeName> owners = entry.committed().subList(0, keyspace.effectiveN(committed));
    List<NodeName> fallbacks = preference.stream().filter(n -> !owners.contains(n)).toList();
    Set<NodeName> reachable = reachable(ring);
    StringBuilder text = new StringBuilder();
    new Line(text)
        .pair("slot", key.slot())
        .pair("partition", partition)
        .pair("position", String.format("%016x", key.position()))
        .pair("epoch", entry.epoch())
        .pair("owners", withReachability(owners, reachable))
        .pair("fallbacks", withReachability(fallbacks, reachable))
        .pair("keyspace", keyspace.prefix().isEmpty() ? "default" : keyspace.prefix())
        .pair("n", keyspace.effectiveN(committed))
        .pair("r", keyspace.effectiveR(committed))
        .pair("w", keyspace.effectiveW(committed))
        .pair("conflicts", keyspace.conflicts().name().toLowerCase(Locale.ROOT))
        .end();
    call.reply(new Reply.Verbatim(text.toString()));
  }

  /** The member of this name. */
  static NodeName requireMember(RingView ring, byte[] name) throws ReplyException {
    String wanted = new String(name, StandardCharsets.ISO_8859_1);
    for (RingView.Peer peer : ring.members()) {
      if (peer.member().name().value().equals(wanted)) {
        return peer.member().name();
      }
    }
    throw new ReplyException(NO_MEMBER);
  }

  static PartitionTable requireTable(RingView ring) throws ReplyException {
    PartitionTable table = ring.table();
    if (table == null) {
      throw new ReplyException(Failures.notReady(ring.notReadyReason()));
    }
    return table;
  }

  private static Set<NodeName> reachable(RingView ring) {
    Set<NodeName> reachable = new HashSet<>();
    for (RingView.Peer peer : ring.members()) {
      if (peer.reachable()) {
        reachable.add(peer.member().name());
      }
    }
    return reachable;
  }

  private static String names(List<NodeName> names) {
    return names.stream().map(NodeName::value).collect(Collectors.joining(","));
  }

  /** {@code a(up),b(down)}. */
  private static String withReachability(List<NodeName> names, Set<NodeName> reachable) {
    return names.stream()
        .map(name -> name + (reachable.contains(name) ? "(up)" : "(down)"))
        .collect(Collectors.joining(","));
  }

  private static String yesOrNo(boolean value) {
    return value ? "yes" : "no";
  }
}
