package io.cartwheel.resp.command.connection;

import io.cartwheel.resp.command.Call;
import io.cartwheel.resp.command.CommandSpec;
import io.cartwheel.resp.command.CommandTable;
import io.cartwheel.resp.command.GlobPattern;
import io.cartwheel.resp.command.Words;
import io.cartwheel.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** COMMAND: the table tells about itself. */
final class CommandCommands {
  private static final String[] HELP = {
    "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "(no subcommand)",
    "    Return details about all commands.",
    "COUNT",
    "    Return the total number of commands in this server.",
    "LIST [FILTERBY (MODULE <module-name> | ACLCAT <category> | PATTERN <pattern>)]",
    "    Return a list of all commands in this server.",
    "INFO [<command-name> ...]",
    "    Return details about multiple commands.",
    "    If no command names are given, details of all commands are returned.",
    "DOCS [<command-name> ...]",
    "    Return documentation details about multiple commands.",
    "    If no command names are given, documentation details for all",
    "    commands are returned.",
    "GETKEYS <full-command>",
    "    Return the keys from a full command.",
    "GETKEYSANDFLAGS <full-command>",
    "    Return the keys and the access flags from a full command.",
    "HELP",
    "    Print this help."
  };

  private static final String ALL_COMMANDS = "O(N) where N is the number of commands";

  private CommandCommands() {}

  static CommandSpec spec() {
    return CommandSpec.command("command", -1)
        .flags("loading", "stale")
        .acl("connection")
        .tips("nondeterministic_output_order")
        .since("2.8.13")
        .group("server")
        .complexity(ALL_COMMANDS)
        .subcommands(subcommands())
        .build(
            "Tells about all commands.",
            call ->
                call.reply(
                    new Reply.Array(
                        call.services().commands().all().stream()
                            .map(CommandDescription::info)
                            .toList())));
  }

  private static List<CommandSpec> subcommands() {
    return List.of(
        part("count", 2, "2.8.13", "")
            .build(
                "Tells how many commands there are.",
                call -> call.reply(Reply.integer(call.services().commands().all().size()))),
        part("docs", -2, "7.0.0", "[command-name [command-name ...]]")
            .complexity(ALL_COMMANDS)
            .tips("nondeterministic_output_order")
            .build("Tells what commands are for.", CommandCommands::docs),
        part("getkeys", -3, "2.8.13", "command [arg [arg ...]]")
            .build(
                "Tells which words of a command are keys.",
                call -> keys(call, (spec, key) -> Reply.bulk(key))),
        part("getkeysandflags", -3, "7.0.0", "command [arg [arg ...]]")
            .build(
                "Tells which words of a command are keys and what is done to them.",
                call ->
                    keys(
                        call,
                        (spec, key) ->
                            new Reply.Array(
                                List.of(
                                    Reply.bulk(key),
                                    CommandDescription.words("", keyFlags(call, spec)))))),
        part("help", 2, "5.0.0", "")
            .build("Tells about the subcommands.", call -> call.reply(ClientCommands.help(HELP))),
        part("info", -2, "2.8.13", "[command-name [command-name ...]]")
            .complexity(ALL_COMMANDS)
            .tips("nondeterministic_output_order")
            .build("Tells how commands are called.", CommandCommands::info),
        part(
                "list",
                -2,
                "7.0.0",
                "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]")
            .complexity(ALL_COMMANDS)
            .tips("nondeterministic_output_order")
            .build("Tells the commands' names.", CommandCommands::list));
  }

  private static CommandSpec.Builder part(String name, int arity, String since, String arguments) {
    return CommandSpec.subcommand("command", name, arity)
        .flags("loading", "stale")
        .acl("connection")
        .since(since)
        .group("server")
        .arguments(arguments);
  }

  /** A command or, as {@code client|list}, a subcommand; null where there is none of this name. */
  private static CommandSpec find(CommandTable table, byte[] name) {
    String text = Words.text(name);
    int bar = text.indexOf('|');
    CommandSpec command = table.find(bar < 0 ? text : text.substring(0, bar));
    return bar < 0 || command == null
        ? command
        : command.subcommand(Arrays.copyOfRange(name, bar + 1, name.length));
  }

  private static void info(Call call) {
    CommandTable table = call.services().commands();
    List<Reply> items = new ArrayList<>();
    if (call.argc() == 2) {
      table.all().forEach(spec -> items.add(CommandDescription.info(spec)));
    }
    for (int i = 2; i < call.argc(); i++) {
      CommandSpec spec = find(table, call.arg(i));
      items.add(spec == null ? Reply.NULL : CommandDescription.info(spec));
    }
    call.reply(new Reply.Array(items));
  }

  private static void docs(Call call) {
    CommandTable table = call.services().commands();
    List<CommandSpec> asked = new ArrayList<>();
    if (call.argc() == 2) {
      asked.addAll(table.all());
    }
    for (int i = 2; i < call.argc(); i++) {
      CommandSpec spec = find(table, call.arg(i));
      if (spec != null) {
        asked.add(spec);
      }
    }
    List<Reply> items = new ArrayList<>();
    for (CommandSpec spec : asked) {
      items.add(Reply.bulk(spec.name()));
      items.add(CommandDescription.docs(spec));
    }
    call.reply(new Reply.Map(items));
  }

  private static void list(Call call) {
    if (call.argc() != 2 && (call.argc() != 5 || !Words.is(call.arg(2), "filterby"))) {
      call.reply(Reply.err("syntax error"));
      return;
    }
    Predicate<CommandSpec> filter = call.argc() == 2 ? spec -> true : filter(call);
    if (filter == null) {
      call.reply(Reply.err("syntax error"));
      return;
    }
    List<Reply> names = new ArrayList<>();
    for (CommandSpec spec : call.services().commands().all()) {
      add(spec, filter, names);
    }
    call.reply(new Reply.Array(names));
  }

  /** As in Redis, subcommands are in the list, whether or not their command is. */
  private static void add(CommandSpec spec, Predicate<CommandSpec> filter, List<Reply> names) {
    if (filter.test(spec)) {
      names.add(Reply.bulk(spec.name()));
    }
    spec.subcommands().forEach(part -> add(part, filter, names));
  }

  private static Predicate<CommandSpec> filter(Call call) {
    if (Words.is(call.arg(3), "module")) {
      return spec -> false;
    }
    if (Words.is(call.arg(3), "aclcat")) {
      String category = Words.text(call.arg(4)).toLowerCase(Locale.ROOT);
      return spec -> spec.aclCategories().contains(category);
    }
    if (Words.is(call.arg(3), "pattern")) {
      GlobPattern pattern = new GlobPattern(call.arg(4), true);
      return spec -> pattern.matches(spec.name());
    }
    return null;
  }

  /** SET looks at its key only where it has the word GET, and no other command's flags vary. */
  private static Set<String> keyFlags(Call call, CommandSpec spec) {
    if (!spec.keyFlags().contains(CommandSpec.VARIABLE_FLAGS)) {
      return spec.keyFlags();
    }
    // COMMAND GETKEYSANDFLAGS SET key value: options follow.
    for (int i = 5; i < call.argc(); i++) {
      if (Words.is(call.arg(i), "get")) {
        return Set.of("RW", "access", "update");
      }
    }
    return Set.of("OW", "update");
  }

  /** What is answered for one key of a command. */
  private interface KeyReply {
    Reply of(CommandSpec spec, byte[] key);
  }

  private static void keys(Call call, KeyReply reply) {
    byte[][] words = Arrays.copyOfRange(call.argv(), 2, call.argc());
    CommandSpec spec = call.services().commands().resolve(words);
    if (spec == null) {
      call.reply(Reply.err("Invalid command specified"));
    } else if (spec.firstKey() == 0) {
      call.reply(Reply.err("The command has no key arguments"));
    } else if (!spec.fits(words.length)) {
      call.reply(Reply.err("Invalid number of arguments specified for command"));
    } else {
      call.reply(
          new Reply.Array(spec.keysOf(words).stream().map(key -> reply.of(spec, key)).toList()));
    }
  }
}
