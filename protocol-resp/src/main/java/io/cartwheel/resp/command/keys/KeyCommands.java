package io.cartwheel.resp.command.keys;

import io.cartwheel.cluster.version.Reading;
import io.cartwheel.cluster.version.Sibling;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.Reads;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Tokens;
import io.cartwheel.resp.command.quorum.Writes;
import io.cartwheel.resp.command.update.DeleteUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All commands on keys; here DEL, UNLINK, DELEX, EXISTS, TOUCH, TYPE. */
public final class KeyCommands {
  private static final Reply NONE = new Reply.Simple("none");
  private static final Reply STRING = new Reply.Simple("string");

  private KeyCommands() {}

  public static List<CommandSpec> specs() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ownSpecs());
    all.addAll(ExpiryCommands.specs());
    all.addAll(WalkCommands.specs());
    return all;
  }

  /** Begins a command of this group. */
  static CommandSpec.Builder generic(String name, int arity, String since) {
    return CommandSpec.command(name, arity).group("generic").since(since);
  }

  private static List<CommandSpec> ownSpecs() {
    return List.of(
        generic("del", -2, "1.0.0")
            .flags("write")
            .keys(1, -1, 1, "RM", "delete")
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .complexity("O(N), N the number of keys")
            .arguments("key [key ...]")
            .build("Deletes keys, all their values.", KeyCommands::del),
        generic("unlink", -2, "4.0.0")
            .flags("write", "fast")
            .keys(1, -1, 1, "RM", "delete")
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .complexity("O(N), N the number of keys")
            .arguments("key [key ...]")
            .build("The same as DEL.", KeyCommands::del),
        generic("delex", 4, "0.1.0")
            .flags("write", "fast")
            .key("RM", "delete")
            .arguments("key CONTEXT token")
            .build(
                "Deletes just those values of a key that the token's reader saw.",
                ReplyException.handler(KeyCommands::delex)),
        generic("exists", -2, "1.0.0")
            .flags("readonly", "fast")
            .keys(1, -1, 1, "RO")
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .complexity("O(N), N the number of keys")
            .arguments("key [key ...]")
            .build("Counts which of the keys have a value.", KeyCommands::exists),
        generic("touch", -2, "3.2.1")
            .flags("readonly", "fast")
            .keys(1, -1, 1, "RO")
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .complexity("O(N), N the number of keys")
            .arguments("key [key ...]")
            .build(
                "Counts which of the keys have a value; times of access are not kept.",
                KeyCommands::exists),
        generic("type", 2, "1.0.0")
            .flags("readonly", "fast")
            .key("RO")
            .arguments("key")
            .build("Answers what kind of value a key has.", KeyCommands::type));
  }

  private static void del(Call call) {
    List<Writes.Item> items = new ArrayList<>(call.argc() - 1);
    for (int i = 1; i < call.argc(); i++) {
      items.add(new Writes.Item(call.arg(i), DeleteUpdate.ALL));
    }
    Writes.each(
        call,
        Writes.lastOfEachKey(items),
        "deleted",
        result ->
            call.reply(result.error() == null ? Reply.integer(result.sum()) : result.error()));
  }

  private static void delex(Call call) throws ReplyException {
    if (!Words.is(call.arg(2), "CONTEXT")) {
      throw new ReplyException(Options.SYNTAX_ERROR);
    }
    byte[] key = call.arg(1);
    VersionVector past = Tokens.read(key, call.arg(3));
    Writes.context(call, key, new DeleteUpdate(past), past, 0);
  }

  private static void exists(Call call) {
    Reads.each(
        call,
        Arrays.asList(call.argv()).subList(1, call.argc()),
        readings -> Reply.integer(readings.stream().filter(Reading::exists).count()));
  }

  private static void type(Call call) {
    Reads.one(
        call,
        call.arg(1),
        0,
        reading -> {
          if (!reading.exists()) {
            return NONE;
          }
          byte type = reading.live().get(0).type();
          return type == Sibling.STRING ? STRING : new Reply.Simple("unknown");
        });
  }
}
