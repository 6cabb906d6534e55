package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.connection.ArgumentSyntax.Argument;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** One command as COMMAND INFO and COMMAND DOCS tell it, in Redis's shapes. */
final class CommandDescription {
  /** Flags, categories, key flags: each kind in the order of Redis's own tables. */
  private static final List<String> ORDER =
      List.of(
          "RO",
          "RW",
          "OW",
          "RM",
          "keyspace",
          "read",
          "write",
          "readonly",
          "denyoom",
          "string",
          "admin",
          "noscript",
          "loading",
          "stale",
          "fast",
          "slow",
          "dangerous",
          "connection",
          "no_auth",
          "allow_busy",
          "access",
          "update",
          "insert",
          "delete");

  private CommandDescription() {}

  /** Ten items: name, arity, flags, three of key positions, categories, tips, keys, subcommands. */
  static Reply info(CommandSpec spec) {
    List<Reply> items = new ArrayList<>();
    items.add(Reply.bulk(spec.name()));
    items.add(Reply.integer(spec.arity()));
    items.add(words("", spec.flags()));
    items.add(Reply.integer(spec.firstKey()));
    items.add(Reply.integer(spec.lastKey()));
    items.add(Reply.integer(spec.keyStep()));
    items.add(words("@", spec.aclCategories()));
    items.add(new Reply.Set(spec.tips().stream().map(Reply::bulk).toList()));
    items.add(new Reply.Set(spec.firstKey() == 0 ? List.of() : List.of(keySpec(spec))));
    items.add(new Reply.Set(spec.subcommands().stream().map(CommandDescription::info).toList()));
    return new Reply.Array(items);
  }

  /** A set of simple strings, in Redis's order. */
  static Reply words(String prefix, Collection<String> words) {
    List<Reply> items = new ArrayList<>();
    words.stream()
        .sorted(Comparator.comparingInt(CommandDescription::rank).thenComparing(w -> w))
        .forEach(word -> items.add(new Reply.Simple(prefix + word)));
    return new Reply.Set(items);
  }

  private static int rank(String word) {
    int rank = ORDER.indexOf(word);
    return rank < 0 ? ORDER.size() : rank;
  }

  private static Reply keySpec(CommandSpec spec) {
    int lastKey = spec.lastKey() < 0 ? spec.lastKey() : spec.lastKey() - spec.firstKey();
    return map(
        "flags",
        words("", spec.keyFlags()),
        "begin_search",
        map("type", Reply.bulk("index"), "spec", map("index", Reply.integer(spec.firstKey()))),
        "find_keys",
        map(
            "type",
            Reply.bulk("range"),
            "spec",
            map(
                "lastkey",
                Reply.integer(lastKey),
                "keystep",
                Reply.integer(spec.keyStep()),
                "limit",
                Reply.ZERO)));
  }

  /** The documentation of one command: a map. */
  static Reply docs(CommandSpec spec) {
    List<Reply> items = new ArrayList<>();
    CommandSpec.Docs docs = spec.docs();
    put(items, "summary", Reply.bulk(docs.summary()));
    put(items, "since", Reply.bulk(docs.since()));
    put(items, "group", Reply.bulk(docs.group()));
    put(items, "complexity", Reply.bulk(docs.complexity()));
    if (!docs.arguments().isEmpty()) {
      put(
          items,
          "arguments",
          arguments(ArgumentSyntax.parse(docs.arguments()), spec.firstKey() > 0));
    }
    if (!spec.subcommands().isEmpty()) {
      List<Reply> parts = new ArrayList<>();
      for (CommandSpec part : spec.subcommands()) {
        put(parts, part.name(), docs(part));
      }
      put(items, "subcommands", new Reply.Map(parts));
    }
    return new Reply.Map(items);
  }

  private static Reply arguments(List<Argument> arguments, boolean keySpec) {
    return new Reply.Array(arguments.stream().map(one -> argument(one, keySpec)).toList());
  }

  private static Reply argument(Argument argument, boolean keySpec) {
    List<Reply> items = new ArrayList<>();
    put(items, "name", Reply.bulk(argument.name()));
    put(items, "type", Reply.bulk(argument.type()));
    if (keySpec && argument.type().equals("key")) {
      put(items, "key_spec_index", Reply.ZERO);
    }
    if (argument.token() != null) {
      put(items, "token", Reply.bulk(argument.token()));
    }
    List<String> flags = new ArrayList<>();
    if (argument.optional()) {
      flags.add("optional");
    }
    if (argument.multiple()) {
      flags.add("multiple");
    }
    if (!flags.isEmpty()) {
      put(items, "flags", words("", flags));
    }
    if (!argument.parts().isEmpty()) {
      put(items, "arguments", arguments(argument.parts(), keySpec));
    }
    return new Reply.Map(items);
  }

  private static void put(List<Reply> items, String name, Reply value) {
    items.add(Reply.bulk(name));
    items.add(value);
  }

  private static Reply map(Object... namesAndValues) {
    List<Reply> items = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      put(items, (String) namesAndValues[i], (Reply) namesAndValues[i + 1]);
    }
    return new Reply.Map(items);
  }
}
