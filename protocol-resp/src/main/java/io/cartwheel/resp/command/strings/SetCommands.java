package io.cartwheel.resp.command.strings;

import static io.cartwheel.resp.command.strings.StringCommands.string;

import io.cartwheel.cluster.message.Message.Write.Kind;
import io.cartwheel.cluster.ring.Position;
import io.cartwheel.cluster.version.VersionVector;
import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.quorum.Expiry;
import io.cartwheel.resp.command.quorum.Options;
import io.cartwheel.resp.command.quorum.ReplyException;
import io.cartwheel.resp.command.quorum.Tokens;
import io.cartwheel.resp.command.quorum.Writes;
import io.cartwheel.resp.command.update.SetAllIfNoneUpdate;
import io.cartwheel.resp.command.update.SetUpdate;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.List;

/** SET, SETNX, SETEX, PSETEX, GETSET, MSET, MSETNX. */
final class SetCommands {
  private static final Reply CROSS_SLOT =
      new Reply.Error("CROSSSLOT Keys in request don't hash to the same slot");

  private SetCommands() {}

  static List<CommandSpec> specs() {
    return List.of(
        string("set", -3, "1.0.0")
            .flags("write", "denyoom")
            .key("RW", "access", "update", CommandSpec.VARIABLE_FLAGS)
            .arguments(
                "key value [NX | XX] [GET] [EX seconds | PX milliseconds |"
                    + " EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
                    + " [CONTEXT token] [W n]")
            .build(
                "Gives a key a value; with a token it replaces just what its reader saw.",
                ReplyException.handler(SetCommands::set)),
        string("setnx", 3, "1.0.0")
            .flags("write", "denyoom", "fast")
            .key("OW", "insert")
            .arguments("key value")
            .build(
                "Gives a key a value if it has none.", ReplyException.handler(SetCommands::setnx)),
        string("setex", 4, "2.0.0")
            .flags("write", "denyoom")
            .key("OW", "update")
            .arguments("key seconds value")
            .build(
                "Gives a key a value that expires after so many seconds.",
                ReplyException.handler(call -> setex(call, Expiry.Unit.EX))),
        string("psetex", 4, "2.6.0")
            .flags("write", "denyoom")
            .key("OW", "update")
            .arguments("key milliseconds value")
            .build(
                "Gives a key a value that expires after so many milliseconds.",
                ReplyException.handler(call -> setex(call, Expiry.Unit.PX))),
        string("getset", 3, "1.0.0")
            .flags("write", "denyoom", "fast")
            .key("RW", "access", "update")
            .arguments("key value")
            .build(
                "Gives a key a value and answers the one before.",
                ReplyException.handler(SetCommands::getset)),
        string("mset", -3, "1.0.1")
            .flags("write", "denyoom")
            .keys(1, -1, 2, "OW", "update")
            .tips("request_policy:multi_shard", "response_policy:all_succeeded")
            .complexity("O(N), N the number of keys")
            .arguments("key value [key value ...]")
            .build(
                "Gives several keys a value each; not atomic.",
                ReplyException.handler(SetCommands::mset)),
        string("msetnx", -3, "1.0.1")
            .flags("write", "denyoom")
            .keys(1, -1, 2, "OW", "insert")
            .tips("request_policy:multi_shard", "response_policy:agg_min")
            .complexity("O(N), N the number of keys")
            .arguments("key value [key value ...]")
            .build(
                "Gives several keys of one slot a value each if none of them has one.",
                ReplyException.handler(SetCommands::msetnx)));
  }

  private static void set(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    byte[] value = Options.value(call, call.arg(2));
    if (call.argc() == 3) {
      Writes.plain(call, key, new SetUpdate(0, Expiry.ofKeyspace(call, key), value), 0);
      return;
    }
    SetOptions options = SetOptions.ofSet(call);
    long expiry =
        options.unit == null
            ? Expiry.ofKeyspace(call, key)
            : Expiry.ofValue(call, options.time, options.unit);
    int w = options.w == null ? 0 : Options.replicas(call, "W", key, options.w);
    SetUpdate update = new SetUpdate(options.flags, expiry, value);
    if (options.token != null) {
      Writes.context(call, key, update, Tokens.read(key, options.token), w);
    } else if (update.isPlain()) {
      Writes.plain(call, key, update, w);
    } else if ((options.flags & SetUpdate.GET) != 0) {
      Writes.exchange(call, key, update, w);
    } else {
      Writes.readModifyWrite(call, key, update, w);
    }
  }

  private static void setnx(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    int flags = SetUpdate.IF_NONE | SetUpdate.INTEGER_REPLY;
    byte[] value = Options.value(call, call.arg(2));
    Writes.readModifyWrite(call, key, new SetUpdate(flags, Expiry.ofKeyspace(call, key), value), 0);
  }

  private static void setex(Call call, Expiry.Unit unit) throws ReplyException {
    long expiry = Expiry.ofValue(call, call.arg(2), unit);
    byte[] value = Options.value(call, call.arg(3));
    Writes.plain(call, call.arg(1), new SetUpdate(0, expiry, value), 0);
  }

  private static void getset(Call call) throws ReplyException {
    byte[] key = call.arg(1);
    byte[] value = Options.value(call, call.arg(2));
    Writes.exchange(
        call, key, new SetUpdate(SetUpdate.GET, Expiry.ofKeyspace(call, key), value), 0);
  }

  private static void mset(Call call) throws ReplyException {
    List<Writes.Item> items = new ArrayList<>();
    for (int i = 1; i < evenArgc(call); i += 2) {
      byte[] key = call.arg(i);
      byte[] value = Options.value(call, call.arg(i + 1));
      items.add(new Writes.Item(key, new SetUpdate(0, Expiry.ofKeyspace(call, key), value)));
    }
    Writes.each(
        call,
        Writes.lastOfEachKey(items),
        "set",
        result -> call.reply(result.error() == null ? Reply.OK : result.error()));
  }

  private static void msetnx(Call call) throws ReplyException {
    List<Writes.Item> items = new ArrayList<>();
    int slot = Position.slotOf(call.arg(1));
    for (int i = 1; i < evenArgc(call); i += 2) {
      byte[] key = call.arg(i);
      byte[] value = Options.value(call, call.arg(i + 1));
      if (Position.slotOf(key) != slot) {
        throw new ReplyException(CROSS_SLOT);
      }
      items.add(new Writes.Item(key, new SetUpdate(0, Expiry.ofKeyspace(call, key), value)));
    }
    List<byte[]> keys = new ArrayList<>();
    List<SetAllIfNoneUpdate.Item> values = new ArrayList<>();
    for (Writes.Item item : Writes.lastOfEachKey(items)) {
      SetUpdate set = (SetUpdate) item.update();
      keys.add(item.key());
      values.add(new SetAllIfNoneUpdate.Item(set.value(), set.expiryMillis()));
    }
    Writes.send(
        call, keys, Kind.READ_MODIFY_WRITE, new SetAllIfNoneUpdate(values), VersionVector.EMPTY, 0);
  }

  private static int evenArgc(Call call) throws ReplyException {
    if (call.argc() % 2 == 0) {
      throw new ReplyException(Options.wrongArity(call.spec().name()));
    }
    return call.argc();
  }
}
