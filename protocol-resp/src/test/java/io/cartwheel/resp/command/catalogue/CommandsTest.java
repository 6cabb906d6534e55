package io.cartwheel.resp.command.catalogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.fake.RealRedis;
import io.cartwheel.resp.protocol.Reply;
import io.cartwheel.resp.protocol.ReplyReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
  /** Not Redis's. */
  private static final Set<String> OURS =
      Set.of(
          "delex",
          "ring",
          "ring|nodes",
          "ring|partitions",
          "ring|where",
          "ring|hints",
          "ring|sync",
          "ring|repair",
          "ring|help");

  /** Redis's, but not of every one that may be installed. */
  private static final Set<String> NEWER_THAN_7_0 = Set.of("client|setinfo", "client|no-touch");

  /** Takes more words here than there; for the last two than in Redis 7.0, as in 7.2. */
  private static final Set<String> OTHER_ARITY =
      Set.of("get", "command|getkeys", "command|getkeysandflags");

  @Test
  void everyCommand_hasDocsAndAHandler() {
    for (CommandSpec spec : all()) {
      assertTrue(spec.docs().summary().length() > 10, spec.name());
      assertTrue(
          spec.docs().complexity().startsWith("O(") || !spec.subcommands().isEmpty(), spec.name());
      assertTrue(spec.handler() != null || !spec.subcommands().isEmpty(), spec.name());
    }
  }

  @Test
  void everyCommandOfRedis_isDescribedAsThere(@TempDir Path directory) throws IOException {
    assumeTrue(RealRedis.isInstalled(), "redis-server is not installed");
    List<String> ours = new ArrayList<>();
    List<String> theirs = new ArrayList<>();
    try (RealRedis redis = RealRedis.start(directory)) {
      redis.run("HELLO", "3");
      for (CommandSpec spec : all()) {
        if (OURS.contains(spec.name()) || isRefused(spec)) {
          continue;
        }
        String raw = redis.run("COMMAND", "INFO", spec.name());
        Reply info = items(ReplyReader.read(raw.getBytes(ISO_8859_1))).get(0);
        if (info instanceof Reply.Null || info instanceof Reply.NullArray) {
          assertTrue(NEWER_THAN_7_0.contains(spec.name()), "not of Redis: " + spec.name());
        } else {
          theirs.add(theirs(items(info), spec));
          ours.add(ours(spec));
        }
      }
    }
    assertEquals(String.join("\n", theirs), String.join("\n", ours));
  }

  /** Known only to be refused with a reason. */
  private static boolean isRefused(CommandSpec spec) {
    return spec.name().startsWith("cluster|") && spec.docs().summary().startsWith("Not supported");
  }

  private static List<CommandSpec> all() {
    List<CommandSpec> all = new ArrayList<>();
    for (CommandSpec spec : Commands.table().all()) {
      all.add(spec);
      all.addAll(spec.subcommands());
    }
    return all;
  }

  private static String ours(CommandSpec spec) {
    return String.join(
        " ",
        spec.name(),
        arity(spec, spec.arity()),
        new TreeSet<>(spec.flags()).toString(),
        spec.firstKey() + "," + spec.lastKey() + "," + spec.keyStep(),
        new TreeSet<>(spec.aclCategories()).toString(),
        new TreeSet<>(spec.tips()).toString());
  }

  private static String theirs(List<Reply> info, CommandSpec spec) {
    return String.join(
        " ",
        text(info.get(0)),
        arity(spec, (int) number(info.get(1))),
        words(info.get(2)).toString(),
        number(info.get(3)) + "," + number(info.get(4)) + "," + number(info.get(5)),
        words(info.get(6)).toString().replace("@", ""),
        words(info.get(7)).toString());
  }

  private static String arity(CommandSpec spec, int arity) {
    return OTHER_ARITY.contains(spec.name()) ? "any" : Integer.toString(arity);
  }

  private static long number(Reply reply) {
    return ((Reply.Int) reply).value();
  }

  private static Set<String> words(Reply reply) {
    Set<String> words = new TreeSet<>();
    items(reply).forEach(item -> words.add(text(item)));
    return words;
  }

  private static List<Reply> items(Reply reply) {
    return reply instanceof Reply.Set set ? set.items() : ((Reply.Array) reply).items();
  }

  private static String text(Reply reply) {
    return reply instanceof Reply.Simple simple
        ? simple.text()
        : new String(((Reply.Bulk) reply).bytes(), ISO_8859_1);
  }
}
