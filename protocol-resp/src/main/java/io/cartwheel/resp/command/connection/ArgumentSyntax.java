package io.cartwheel.resp.command.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads the syntax of a command's words, as redis-cli shows it, into the tree that COMMAND DOCS
 * answers: {@code key value [NX | XX] [EX seconds | KEEPTTL] [key value ...]}. Capitals are words
 * to be typed as they are, brackets are optional, a bar separates choices, angle brackets group,
 * and {@code [x ...]} after {@code x} means that {@code x} may be repeated.
 */
final class ArgumentSyntax {
  private static final Set<String> INTEGERS =
      Set.of(
          "seconds",
          "milliseconds",
          "count",
          "cursor",
          "offset",
          "start",
          "end",
          "increment",
          "decrement",
          "index",
          "slot",
          "n",
          "client-id",
          "protover");

  /**
   * A node of the tree.
   *
   * @param type key, string, integer, pattern, unix-time, pure-token, oneof or block
   * @param token the word in front of it, or null
   * @param parts of a oneof or block, else empty
   */
  record Argument(
      String name,
      String type,
      String token,
      boolean optional,
      boolean multiple,
      List<Argument> parts) {

    Argument asOptional() {
      return new Argument(name, type, token, true, multiple, parts);
    }

    Argument asMultiple() {
      return new Argument(name, type, token, optional, true, parts);
    }

    Argument withToken(String word) {
      return new Argument(name, type, word, optional, multiple, parts);
    }
  }

  private final List<String> words;
  private int at;

  private ArgumentSyntax(List<String> words) {
    this.words = words;
  }

  /** The arguments that the notation describes. */
  static List<Argument> parse(String notation) {
    List<String> words = new ArrayList<>();
    String spaced = notation.replaceAll("([\\[\\]|<>])", " $1 ").replace("...", " ... ").trim();
    for (String word : spaced.split("\\s+", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return new ArgumentSyntax(words).choices();
  }

  /** Sequences between bars up to a closing bracket; several of them are one choice. */
  private List<Argument> choices() {
    List<Argument> first = sequence();
    if (!peek("|")) {
      return first;
    }
    List<Argument> options = new ArrayList<>();
    options.add(asOne(first));
    while (peek("|")) {
      at++;
      options.add(asOne(sequence()));
    }
    return List.of(new Argument(names(options), "oneof", null, false, false, options));
  }

  private List<Argument> sequence() {
    List<Argument> items = new ArrayList<>();
    while (at < words.size() && !peek("|") && !peek("]") && !peek(">")) {
      String word = words.get(at++);
      if (word.equals("[")) {
        int begin = at;
        List<Argument> inner = choices();
        boolean repeats = at > begin && words.get(at - 1).equals("...");
        at++;
        if (repeats && inner.size() <= items.size() && !inner.isEmpty()) {
          repeatLast(items, inner.size());
        } else if (!inner.isEmpty()) {
          items.add(asOne(inner).asOptional());
        }
      } else if (word.equals("<")) {
        items.add(asOne(choices()));
        at++;
      } else if (word.equals("...")) {
        if (!items.isEmpty() && !peek("]")) {
          repeatLast(items, 1);
        }
      } else if (isToken(word)) {
        items.add(token(word));
      } else {
        items.add(value(word));
      }
    }
    return items;
  }

  /** A word that is typed as it is; the value right behind it belongs to it. */
  private Argument token(String word) {
    if (at < words.size() && isName(words.get(at))) {
      return value(words.get(at++)).withToken(word);
    }
    return new Argument(word.toLowerCase(Locale.ROOT), "pure-token", word, false, false, List.of());
  }

  private static Argument value(String word) {
    String type =
        word.equals("key")
            ? "key"
            : word.equals("pattern")
                ? "pattern"
                : word.startsWith("unix-time")
                    ? "unix-time"
                    : INTEGERS.contains(word) ? "integer" : "string";
    return new Argument(word, type, null, false, false, List.of());
  }

  /** The last so many items become one that may be repeated. */
  private static void repeatLast(List<Argument> items, int count) {
    List<Argument> tail = items.subList(items.size() - count, items.size());
    Argument repeated = asOne(List.copyOf(tail)).asMultiple();
    tail.clear();
    items.add(repeated);
  }

  private static Argument asOne(List<Argument> items) {
    return items.size() == 1
        ? items.get(0)
        : new Argument(names(items), "block", null, false, false, items);
  }

  private static String names(List<Argument> items) {
    return String.join("_", items.stream().map(Argument::name).toList());
  }

  private boolean peek(String word) {
    return at < words.size() && words.get(at).equals(word);
  }

  private static boolean isToken(String word) {
    return Character.isUpperCase(word.charAt(0));
  }

  private static boolean isName(String word) {
    return Character.isLowerCase(word.charAt(0));
  }
}
